//! A way to the machine's engine that can be cut.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// An engine that is reached through it.
pub(crate) struct Relay {
    pub(crate) docker: Docker,
    down: Arc<AtomicBool>,
    cuts: watch::Sender<u32>,
    task: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Relay {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let down = Arc::new(AtomicBool::new(false));
        let (cuts, cut) = watch::channel(0);
        let is_down = Arc::clone(&down);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if is_down.load(Ordering::SeqCst) {
                    continue;
                }
                let mut cut = cut.clone();
                cut.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        () = pass(client) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        let docker = Docker::connect_with_unix(path.to_str().unwrap(), 120, API_DEFAULT_VERSION)
            .unwrap()
            .negotiate_version()
            .await
            .unwrap();
        Self {
            docker,
            down,
            cuts,
            task,
            _folder: folder,
        }
    }

    /// Ends every connection, and lets none through until it is mended.
    pub(crate) fn cut(&self) {
        self.down.store(true, Ordering::SeqCst);
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(crate) fn mend(&self) {
        self.down.store(false, Ordering::SeqCst);
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to the machine's own engine.
async fn engine() -> Box<dyn Stream> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    if let Some(address) = host.strip_prefix("tcp://") {
        return Box::new(TcpStream::connect(address).await.unwrap());
    }
    let path = host.strip_prefix("unix://").unwrap_or("/var/run/docker.sock");
    Box::new(UnixStream::connect(path).await.unwrap())
}

async fn pass(mut client: UnixStream) {
    let mut engine = engine().await;
    // However it ends, both ends are closed.
    let _ = copy_bidirectional(&mut client, &mut engine).await;
}
