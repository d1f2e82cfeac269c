//! A registry of a test's own: CNCF distribution in a container, removed with the test.

use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;

use crate::room::eventually;

const IMAGE: &str = "drydock/registry:latest";
pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

pub(crate) struct Shelf {
    name: String,
    pub(crate) address: SocketAddr,
}

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker")
        .args(arguments)
        .output()
        .expect("the docker command is there")
}

fn said(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    named(&Sha256::digest(bytes))
}

/// A hash as registries write it.
pub(crate) fn named(hash: &[u8]) -> String {
    hash.iter()
        .fold("sha256:".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

/// An image of a single layer, as three texts.
pub(crate) struct Image {
    pub(crate) config: Vec<u8>,
    pub(crate) layer: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
}

impl Image {
    pub(crate) fn new(layer: impl Into<Vec<u8>>) -> Self {
        let layer = layer.into();
        let config = format!(
            r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{}"]}}}}"#,
            digest(&layer)
        )
        .into_bytes();
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config), "size": config.len()},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest(&layer), "size": layer.len()}],
        });
        Self {
            config,
            layer,
            manifest: manifest.to_string().into_bytes(),
        }
    }

    pub(crate) fn digest(&self) -> String {
        digest(&self.manifest)
    }
}

impl Shelf {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A cache of another one.
    pub(crate) async fn cache_of(other: &Shelf) -> Self {
        Self::with(&[
            "--env",
            &format!("REGISTRY_PROXY_REMOTEURL=http://{}", other.address),
        ])
        .await
    }

    async fn with(arguments: &[&str]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("drydock-gateway-test-{}-{number}", std::process::id());
        assert!(
            docker(&["image", "inspect", IMAGE]).status.success(),
            "no {IMAGE}: run images/build registry first"
        );
        // From here on it is removed, whatever happens.
        let mut shelf = Self {
            name: name.clone(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut all = vec![
            "run",
            "--detach",
            "--name",
            &name,
            "--label",
            "drydock.test=gateway",
        ];
        all.extend(arguments);
        all.push(IMAGE);
        said(&all);
        shelf.find().await;
        shelf
    }

    async fn find(&mut self) {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let address: IpAddr = said(&["inspect", "--format", format, &self.name])
            .parse()
            .expect("an address");
        self.address = SocketAddr::new(address, 5000);
        let this = &*self;
        eventually("the registry answers", || async {
            this.try_ask(Method::GET, "/v2/", Bytes::new()).await.is_ok()
        })
        .await;
    }

    /// Ends it at once, as if it had crashed.
    pub(crate) fn kill(&self) {
        said(&["kill", &self.name]);
    }

    /// Starts it again. It may have another address then.
    pub(crate) async fn again(&mut self) {
        said(&["start", &self.name]);
        self.find().await;
    }

    async fn try_ask(
        &self,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
    ) -> Result<(StatusCode, HeaderMap, Bytes), Box<dyn std::error::Error>> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", self.address.to_string())
            .header("accept", MANIFEST_TYPE)
            .header("content-type", MANIFEST_TYPE)
            .body(Full::new(body.into()))?;
        let (parts, body) = sender.send_request(request).await?.into_parts();
        Ok((parts.status, parts.headers, body.collect().await?.to_bytes()))
    }

    /// Asks the registry itself, past the gateway.
    pub(crate) async fn ask(
        &self,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
    ) -> (StatusCode, HeaderMap, Bytes) {
        self.try_ask(method, target, body)
            .await
            .expect("the registry answers")
    }

    async fn put_blob(&self, repository: &str, bytes: &[u8]) {
        let target = format!("/v2/{repository}/blobs/uploads/");
        let (_, headers, _) = self.ask(Method::POST, &target, "").await;
        let location = headers["location"].to_str().unwrap();
        let target = format!("{location}&digest={}", digest(bytes));
        let (status, ..) = self.ask(Method::PUT, &target, bytes.to_vec()).await;
        assert_eq!(status, StatusCode::CREATED);
    }

    /// Puts an image there, as set-up does.
    pub(crate) async fn fill(&self, repository: &str, tag: &str, image: &Image) {
        self.put_blob(repository, &image.config).await;
        self.put_blob(repository, &image.layer).await;
        let target = format!("/v2/{repository}/manifests/{tag}");
        let (status, ..) = self.ask(Method::PUT, &target, image.manifest.clone()).await;
        assert_eq!(status, StatusCode::CREATED);
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.name]);
    }
}
