//! The way out of the sandbox, as programs find it: variables for those that run here, the CLI's settings for what runs in
//! builds and containers, and whom to trust on the way.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde_json::json;

/// The certificates that the system trusts.
const SYSTEM: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The way out.
#[derive(Clone)]
pub struct Gateway {
    /// Its address with this sandbox's token: `http://user:token@address:port`.
    pub proxy: String,
    /// What is reached without it.
    pub no_proxy: String,
    /// Whom to trust there, beside those whom the system trusts, as PEM.
    pub ca: String,
    /// The file that holds all of them.
    pub bundle: PathBuf,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the proxy: there is a token in it.
        out.debug_struct("Gateway")
            .field("no_proxy", &self.no_proxy)
            .field("bundle", &self.bundle)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// The variables by which programs know it. Some read only the one spelling, some only the other.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HTTP_PROXY", self.proxy.clone()),
            ("HTTPS_PROXY", self.proxy.clone()),
            ("NO_PROXY", self.no_proxy.clone()),
            ("http_proxy", self.proxy.clone()),
            ("https_proxy", self.proxy.clone()),
            ("no_proxy", self.no_proxy.clone()),
            ("SSL_CERT_FILE", self.bundle.to_string_lossy().into_owned()),
        ]
    }

    /// Writes the certificates, and the CLI's settings where there are none. What fails is told in the log: a sandbox without
    /// a way out is still of use.
    pub(crate) fn settle(&self, home: &Path) {
        for (what, outcome) in [
            ("the certificates", self.write_bundle(Path::new(SYSTEM))),
            ("the CLI's settings", self.write_cli_settings(home)),
        ] {
            if let Err(error) = outcome {
                crate::log(format_args!("cannot write {what}: {error}"));
            }
        }
    }

    fn write_bundle(&self, system: &Path) -> io::Result<()> {
        let mut bundle = match fs::read(system) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        if bundle.last().is_some_and(|byte| *byte != b'\n') {
            bundle.push(b'\n');
        }
        bundle.extend_from_slice(self.ca.as_bytes());
        if let Some(folder) = self.bundle.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.bundle, bundle)
    }

    /// With these, the CLI passes the way out to builds and containers, as arguments and variables that no image keeps in
    /// its history.
    fn write_cli_settings(&self, home: &Path) -> io::Result<()> {
        let folder = home.join(".docker");
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        // A file that is there is the learner's own.
        let file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join("config.json"));
        let mut file = match file {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            opened => opened?,
        };
        let settings = json!({
            "proxies": {
                "default": {
                    "httpProxy": self.proxy,
                    "httpsProxy": self.proxy,
                    "noProxy": self.no_proxy,
                },
            },
        });
        writeln!(file, "{settings:#}")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn gateway(folder: &Path) -> Gateway {
        Gateway {
            proxy: "http://sandbox:secret@172.20.0.1:3128".to_owned(),
            no_proxy: "localhost".to_owned(),
            ca: "ours\n".to_owned(),
            bundle: folder.join("drydock/bundle.crt"),
        }
    }

    #[test]
    fn the_systems_certificates_and_ours_are_in_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().join("system.crt");
        fs::write(&system, "theirs").unwrap();
        let gateway = gateway(folder.path());
        gateway.write_bundle(&system).unwrap();
        assert_eq!(fs::read_to_string(&gateway.bundle).unwrap(), "theirs\nours\n");
        gateway.write_bundle(&folder.path().join("none")).unwrap();
        assert_eq!(fs::read_to_string(&gateway.bundle).unwrap(), "ours\n");
    }

    #[test]
    fn the_clis_settings_are_made_once() {
        let home = tempfile::tempdir().unwrap();
        let gateway = gateway(home.path());
        gateway.write_cli_settings(home.path()).unwrap();
        let path = home.path().join(".docker/config.json");
        let settings: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(settings["proxies"]["default"]["httpsProxy"], gateway.proxy);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "{}").unwrap();
        gateway.write_cli_settings(home.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
    }

    #[test]
    fn the_token_is_not_printed() {
        let printed = format!("{:?}", gateway(Path::new("/run")));
        assert!(!printed.contains("secret"), "{printed}");
    }
}
