use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::*;

fn hosts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Whether a client that trusts the authority trusts what it signed for `host`.
fn trusted(authority: &Authority, host: &str) -> bool {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![host.to_owned()])
        .unwrap()
        .signed_by(&key, &authority.issuer)
        .unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    verifier
        .verify_server_cert(leaf.der(), &[], &name, &[], UnixTime::now())
        .is_ok()
}

#[test]
fn it_signs_for_its_hosts_and_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), &hosts(&["docker.io", "ghcr.io"])).unwrap();
    assert!(trusted(&authority, "ghcr.io"));
    assert!(trusted(&authority, "registry-1.docker.io"));
    for other in ["example.com", "xghcr.io", "io", "pypi.org", "127.0.0.1", "::1"] {
        assert!(!trusted(&authority, other), "{other}");
    }
    assert!(authority.server("ghcr.io").is_ok());
}

#[test]
fn it_is_kept_and_made_anew_when_it_must_be() {
    let folder = tempfile::tempdir().unwrap();
    let open = |names: &[&str]| Authority::open_or_create(folder.path(), &hosts(names)).unwrap();
    let first = open(&["ghcr.io"]);
    let again = open(&["ghcr.io"]);
    assert_eq!(first.certificate_pem(), again.certificate_pem());
    assert!(trusted(&again, "ghcr.io"));
    let other = open(&["ghcr.io", "quay.io"]);
    assert_ne!(first.certificate_pem(), other.certificate_pem());

    let path = folder.path().join(FILE);
    let mut kept: Kept = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    kept.expires = (OffsetDateTime::now_utc() + Duration::days(89)).unix_timestamp();
    fs::write(&path, serde_json::to_vec(&kept).unwrap()).unwrap();
    assert_ne!(
        open(&["ghcr.io", "quay.io"]).certificate_pem(),
        other.certificate_pem()
    );
}

#[test]
fn a_leaf_is_signed_once() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), &hosts(&["ghcr.io"])).unwrap();
    let leaf = authority.server("ghcr.io").unwrap();
    assert!(Arc::ptr_eq(&leaf, &authority.server("ghcr.io").unwrap()));
}

#[test]
fn the_key_is_for_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_create(folder.path(), &hosts(&["ghcr.io"])).unwrap();
    let path = folder.path().join(FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    drop(Authority::open_or_create(folder.path(), &hosts(&["ghcr.io"])).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let key = serde_json::from_slice::<Kept>(&fs::read(&path).unwrap())
        .unwrap()
        .key_pem;
    let secret = key.lines().nth(1).unwrap();
    assert!(!format!("{authority:?}").contains(secret));
    fs::write(&path, format!("{{\"key_pem\": {key:?}, \"expires\": \"x\"}}")).unwrap();
    let error = Authority::open_or_create(folder.path(), &hosts(&["ghcr.io"])).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(secret));
}
