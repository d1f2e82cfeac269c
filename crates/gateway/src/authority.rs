//! The classroom's certificate authority: made at the first start, kept in one file, and bound by its own name constraints
//! to the hosts that the gateway answers for. Sandboxes' engines trust it; nothing else does.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::Error;

const FILE: &str = "authority.json";
const LIVES: Duration = Duration::days(5 * 365);
/// What is left of its life when it is made anew.
const RENEWED: Duration = Duration::days(90);
const LEAF_LIVES: Duration = Duration::days(30);
const LEAF_RENEWED: Duration = Duration::days(7);
/// Sandboxes whose clock is behind trust it too.
const BEFORE: Duration = Duration::days(1);

/// What the file holds. One file, so that key and certificate cannot be of different ages.
#[derive(Serialize, Deserialize)]
struct Kept {
    hosts: Vec<String>,
    /// Seconds since 1970.
    expires: i64,
    certificate_pem: String,
    key_pem: String,
}

struct Leaf {
    config: Arc<ServerConfig>,
    expires: OffsetDateTime,
}

/// The authority, with the leaves that it has signed.
pub struct Authority {
    path: PathBuf,
    hosts: Vec<String>,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
    leaves: Mutex<HashMap<String, Leaf>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("path", &self.path)
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Reads the authority that is kept in `folder`, or makes one: where there is none, where `hosts` has some that it may
    /// not sign for, and 90 days before its end.
    pub fn open_or_create(folder: &Path, hosts: &[String]) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let failed = |why: String| Error::Authority {
            path: path.clone(),
            why,
        };
        let kept = match fs::read(&path) {
            Ok(bytes) => Some(serde_json::from_slice::<Kept>(&bytes).map_err(|error| failed(plain(&error)))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error.to_string())),
        };
        let now = OffsetDateTime::now_utc();
        let good = kept
            .filter(|kept| kept.hosts.iter().eq(hosts) && kept.expires > (now + RENEWED).unix_timestamp());
        let kept = if let Some(kept) = good {
            // Whoever restored it from a backup may have widened it.
            fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(|error| failed(error.to_string()))?;
            kept
        } else {
            let made = make(hosts, now).map_err(|error| failed(error.to_string()))?;
            keep(folder, &path, &made).map_err(|error| failed(error.to_string()))?;
            tracing::info!(path = %path.display(), ?hosts, "gateway.authority_made");
            made
        };
        let key = KeyPair::from_pem(&kept.key_pem).map_err(|error| failed(error.to_string()))?;
        Ok(Self {
            issuer: Issuer::new(params(&kept.hosts), key),
            hosts: kept.hosts,
            certificate_pem: kept.certificate_pem,
            leaves: Mutex::default(),
            path,
        })
    }

    /// The certificate that sandboxes' engines have to trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// What a TLS server for this host, one of those that it was made for, answers with.
    pub(crate) fn server(&self, host: &str) -> Result<Arc<ServerConfig>, Error> {
        let now = OffsetDateTime::now_utc();
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.get(host).filter(|leaf| leaf.expires > now + LEAF_RENEWED) {
            return Ok(Arc::clone(&leaf.config));
        }
        let config = self.sign(host, now).map_err(|why| Error::Authority {
            path: self.path.clone(),
            why,
        })?;
        leaves.insert(
            host.to_owned(),
            Leaf {
                config: Arc::clone(&config),
                expires: now + LEAF_LIVES,
            },
        );
        Ok(config)
    }

    fn sign(&self, host: &str, now: OffsetDateTime) -> Result<Arc<ServerConfig>, String> {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let mut params = CertificateParams::new(vec![host.to_owned()]).map_err(|error| error.to_string())?;
        params.distinguished_name.push(DnType::CommonName, host);
        params.not_before = now - BEFORE;
        params.not_after = now + LEAF_LIVES;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(|error| error.to_string())?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key.into())
                .map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Where and why JSON is wrong, without any of what it says: the key is in it.
fn plain(error: &serde_json::Error) -> String {
    format!(
        "it is damaged at line {}, column {}",
        error.line(),
        error.column()
    )
}

fn params(hosts: &[String]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Drydock classroom registries");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts.iter().cloned().map(GeneralSubtree::DnsName).collect(),
        // Permitted names say nothing of addresses.
        excluded_subtrees: vec![
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv4Addr::UNSPECIFIED.into(), 0)),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv6Addr::UNSPECIFIED.into(), 0)),
        ],
    });
    params
}

fn make(hosts: &[String], now: OffsetDateTime) -> Result<Kept, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = params(hosts);
    params.not_before = now - BEFORE;
    params.not_after = now + LIVES;
    let certificate = params.self_signed(&key)?;
    Ok(Kept {
        hosts: hosts.to_vec(),
        expires: params.not_after.unix_timestamp(),
        certificate_pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    })
}

/// Writes the file whole or not at all, readable for nobody else at any moment.
fn keep(folder: &Path, path: &Path, kept: &Kept) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
