//! A real agent as a process of its own, with a home folder that goes away with it, and a client for it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

pub(crate) mod terminal;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use drydock_protocol::agent::{JournalEntry, JournalPage, Journalled};
use drydock_protocol::api::ExecResult;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How long anything may take before a test gives up. Long: the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const TOKEN: &str = "a-token-for-tests-only";

/// A running agent. Stopped, and its home removed, on drop.
pub(crate) struct Agent {
    pub(crate) address: SocketAddr,
    pub(crate) home: TempDir,
    process: Child,
}

impl Agent {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With further environment variables.
    pub(crate) fn start_with(variables: &[(&str, &Path)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let bashrc =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../images/sandbox/rootfs/etc/drydock/bashrc");
        let mut process = Command::new(env!("CARGO_BIN_EXE_drydock-agent"))
            .args(["--listen", "127.0.0.1:0"])
            .env("HOME", home.path())
            .env("DRYDOCK_TOKEN", TOKEN)
            .env("DRYDOCK_BASHRC", bashrc)
            .env("DRYDOCK_ENGINE_DATA", home.path())
            .env("DRYDOCK_ENGINE_SOCKET", home.path().join("engine.sock"))
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .expect("an address")
            .parse()
            .unwrap();
        Self {
            address,
            home,
            process,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Kilobytes of memory that the process has in use.
    pub(crate) fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Asks it to stop, as the host engine would. Its exit status.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.pid()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let mut status = None;
        until("the agent to stop", async || {
            status = self.process.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.and_then(|status| status.code())
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// One request with the token.
    pub(crate) async fn call(
        &self,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
    ) -> http::Response<Bytes> {
        self.call_with(
            method,
            target,
            body,
            &[("authorization", &format!("Bearer {TOKEN}"))],
        )
        .await
    }

    /// One request with the given headers only.
    pub(crate) async fn call_with(
        &self,
        method: Method,
        target: &str,
        body: impl Into<Bytes>,
        headers: &[(&str, &str)],
    ) -> http::Response<Bytes> {
        let stream = TokioIo::new(self.connect().await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header("host", "agent");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let answer = async {
            let (head, body) = sender.send_request(request).await.unwrap().into_parts();
            http::Response::from_parts(head, body.collect().await.unwrap().to_bytes())
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or_else(|_| panic!("{target} is not answered"))
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, target: &str) -> T {
        let response = self.call(Method::GET, target, "").await;
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{target}: {:?}",
            response.body()
        );
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn exec(&self, command: &str, timeout_s: u32) -> ExecResult {
        let body = serde_json::json!({"command": command, "timeout_s": timeout_s}).to_string();
        let headers = [
            ("authorization", &*format!("Bearer {TOKEN}")),
            ("content-type", "application/json"),
        ];
        let response = self.call_with(Method::POST, "/exec", body, &headers).await;
        assert_eq!(response.status(), StatusCode::OK, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn journal(&self, since: u64) -> Vec<JournalEntry> {
        self.get::<JournalPage>(&format!("/journal?since={since}"))
            .await
            .entries
    }

    /// The commands in the journal with their statuses, once there are as many as `wanted`.
    pub(crate) async fn ran(&self, wanted: &[(String, i32)]) {
        let mut ran = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while ran.len() < wanted.len() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(5)).await;
            ran = self
                .journal(0)
                .await
                .into_iter()
                .filter_map(|entry| match entry.what {
                    Journalled::Ran { command, exit, .. } => Some((command, exit)),
                    Journalled::Saved { .. } => None,
                })
                .collect();
        }
        assert_eq!(ran, wanted);
    }

    /// A WebSocket.
    pub(crate) async fn socket(&self, target: &str) -> WebSocketStream<TcpStream> {
        self.try_socket(target).await.unwrap()
    }

    pub(crate) async fn try_socket(
        &self,
        target: &str,
    ) -> Result<WebSocketStream<TcpStream>, tokio_tungstenite::tungstenite::Error> {
        let mut request = format!("ws://{}{target}", self.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
        let stream = self.connect().await;
        tokio_tungstenite::client_async(request, stream)
            .await
            .map(|(socket, _)| socket)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Polls until `holds` says so. Panics when it takes too long.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process is there and not a zombie.
pub(crate) fn is_running(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat[stat.rfind(')').unwrap()..].starts_with(") Z"))
}
