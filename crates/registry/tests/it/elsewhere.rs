//! A registry elsewhere that wants tokens, and a wire to it that can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use drydock_registry::{Client, Config};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::place::{eventually, finally};

pub(crate) const USER: &str = "class";
pub(crate) const PASSWORD: &str = "only-for-reading";
const SERVICE: &str = "elsewhere";
const ISSUER: &str = "the-tests";

/// It, on a volume that was filled before.
pub(crate) struct Elsewhere {
    /// Where the cache finds it: a port of the host's, and at its end the wire.
    pub(crate) url: String,
    name: String,
    host: Docker,
    whole: watch::Sender<bool>,
    carried: Arc<AtomicU64>,
    tokens: Arc<AtomicU64>,
    tasks: Vec<JoinHandle<()>>,
}

/// Who says that somebody may read.
struct Tokens {
    key: EcdsaKeyPair,
    certificate: Vec<u8>,
    random: SystemRandom,
    given: Arc<AtomicU64>,
}

impl Elsewhere {
    pub(crate) async fn open(host: &Docker, name: &str, volume: &str) -> Self {
        let address = bridge(host).await;
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec![SERVICE.to_owned()])
            .expect("a name")
            .self_signed(&key)
            .expect("a certificate");
        let random = SystemRandom::new();
        let signing =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random);
        let tokens = Arc::new(AtomicU64::new(0));
        let issuing = Tokens {
            key: signing.expect("the key that was just made"),
            certificate: certificate.der().to_vec(),
            random,
            given: Arc::clone(&tokens),
        };
        let token_listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))
            .await
            .expect("a port");
        let token_port = token_listener.local_addr().expect("it is bound").port();
        let realm = format!("http://{address}:{token_port}/token");
        let inside = start(host, name, volume, &realm, &certificate.pem()).await;

        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let whole = watch::Sender::new(true);
        let carried = Arc::new(AtomicU64::new(0));
        let tasks = vec![
            tokio::spawn(give_tokens(token_listener, issuing)),
            tokio::spawn(carry(listener, inside, whole.subscribe(), Arc::clone(&carried))),
        ];
        Self {
            url: format!("http://{address}:{port}"),
            name: name.to_owned(),
            host: host.clone(),
            whole,
            carried,
            tokens,
            tasks,
        }
    }

    /// From here on it cannot be reached.
    pub(crate) fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Bytes that have been asked of it.
    pub(crate) fn asked(&self) -> u64 {
        self.carried.load(Ordering::Relaxed)
    }

    /// Tokens that were given to who knows the password.
    pub(crate) fn tokens(&self) -> u64 {
        self.tokens.load(Ordering::Relaxed)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        let (host, name) = (self.host.clone(), std::mem::take(&mut self.name));
        finally(async move {
            let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
            let _ = host.remove_container(&name, Some(options)).await;
        });
    }
}

/// The host's address as containers see it: the engine's own bridge, which may say its subnet only.
async fn bridge(host: &Docker) -> Ipv4Addr {
    let network = host
        .inspect_network("bridge", None)
        .await
        .expect("the engine's own bridge");
    let config = network
        .ipam
        .and_then(|ipam| ipam.config)
        .and_then(|all| all.into_iter().next());
    let config = config.expect("it has addresses");
    if let Some(gateway) = config.gateway.and_then(|gateway| gateway.parse().ok()) {
        return gateway;
    }
    let subnet = config.subnet.unwrap_or_default();
    let first: Ipv4Addr = subnet
        .split('/')
        .next()
        .and_then(|first| first.parse().ok())
        .expect("it has a subnet");
    Ipv4Addr::from(u32::from(first) + 1)
}

async fn start(host: &Docker, name: &str, volume: &str, realm: &str, certificate: &str) -> SocketAddr {
    let env = [
        format!("REGISTRY_AUTH_TOKEN_REALM={realm}"),
        format!("REGISTRY_AUTH_TOKEN_SERVICE={SERVICE}"),
        format!("REGISTRY_AUTH_TOKEN_ISSUER={ISSUER}"),
        "REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE=/var/lib/registry/issuer.pem".to_owned(),
    ];
    let body = ContainerCreateBody {
        image: Some(Config::default().image),
        env: Some(env.to_vec()),
        host_config: Some(HostConfig {
            binds: Some(vec![format!("{volume}:/var/lib/registry")]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    host.create_container(Some(options), body)
        .await
        .expect("a container");
    let mut archive = tar::Builder::new(Vec::new());
    crate::made::put(&mut archive, "issuer.pem", certificate.as_bytes());
    let archive = archive.into_inner().expect("it is in memory");
    let options = UploadToContainerOptionsBuilder::new()
        .path("/var/lib/registry")
        .build();
    host.upload_to_container(name, Some(options), bollard::body_full(archive.into()))
        .await
        .expect("its certificate");
    host.start_container(name, None).await.expect("it starts");
    eventually("the registry elsewhere", async || {
        let container = host.inspect_container(name, None).await.ok()?;
        let networks = container.network_settings?.networks?;
        let address = networks.get("bridge")?.ip_address.as_ref()?.parse().ok()?;
        let address = SocketAddr::new(address, 5000);
        // It answers, and wants to see a token.
        let asked = Client::new(address).tags("x").await;
        asked
            .is_err_and(|error| error.to_string().contains("UNAUTHORIZED"))
            .then_some(address)
    })
    .await
}

/// Carries bytes to the registry, and counts those that ask.
async fn carry(listener: TcpListener, to: SocketAddr, whole: watch::Receiver<bool>, carried: Arc<AtomicU64>) {
    let mut listener = Some(listener);
    let mut cut = whole.clone();
    while let Some(open) = &listener {
        let near = tokio::select! {
            near = open.accept() => near,
            _ = cut.wait_for(|whole| !whole) => {
                // Refused from now on.
                listener = None;
                continue;
            }
        };
        let Ok((near, _)) = near else { return };
        let (mut cut, carried) = (whole.clone(), Arc::clone(&carried));
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(to).await else {
                return;
            };
            let (mut from_near, mut to_near) = near.into_split();
            let (mut from_far, mut to_far) = far.into_split();
            let asking = async {
                let mut buffer = [0; 8192];
                while let Ok(read @ 1..) = from_near.read(&mut buffer).await {
                    carried.fetch_add(read as u64, Ordering::Relaxed);
                    if to_far.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = asking => {}
                _ = tokio::io::copy(&mut from_far, &mut to_near) => {}
                _ = cut.wait_for(|whole| !whole) => {}
            }
        });
    }
}

async fn give_tokens(listener: TcpListener, tokens: Tokens) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
                _ => break,
            }
        }
        let answer = tokens.answer(&String::from_utf8_lossy(&head));
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

impl Tokens {
    fn answer(&self, head: &str) -> String {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let asked: Vec<(&str, String)> = path
            .split_once('?')
            .map_or("", |(_, query)| query)
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| {
                (
                    key,
                    value.replace("%3A", ":").replace("%2F", "/").replace("%2C", ","),
                )
            })
            .collect();
        let known = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        // Anybody may ask whether there is a registry; reading wants the password.
        let scopes: Vec<&String> = asked
            .iter()
            .filter(|(key, _)| *key == "scope")
            .map(|(_, scope)| scope)
            .collect();
        if !head.contains(&format!("Basic {known}")) {
            return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned();
        }
        self.given.fetch_add(1, Ordering::Relaxed);
        let body = json!({"token": self.token(&scopes), "expires_in": 300}).to_string();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    fn token(&self, scopes: &[&String]) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let access: Vec<serde_json::Value> = scopes
            .iter()
            .filter_map(|scope| {
                let (kind, rest) = scope.split_once(':')?;
                let (name, _) = rest.rsplit_once(':')?;
                Some(json!({"type": kind, "name": name, "actions": ["pull"]}))
            })
            .collect();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)]});
        let claims = json!({
            "iss": ISSUER, "sub": USER, "aud": SERVICE, "jti": now.to_string(),
            "nbf": now - 30, "iat": now - 30, "exp": now + 300, "access": access,
        });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .key
            .sign(&self.random, signed.as_bytes())
            .expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
