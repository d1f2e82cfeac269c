//! A way to the host engine that can be cut.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A socket that leads to the host engine's, until it is cut.
#[derive(Debug)]
pub struct Relay {
    folder: TempDir,
    whole: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
}

fn engine() -> PathBuf {
    let named = std::env::var("DOCKER_HOST").unwrap_or_default();
    PathBuf::from(named.strip_prefix("unix://").unwrap_or("/var/run/docker.sock"))
}

impl Relay {
    /// Opens it, in a runtime.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let listener = UnixListener::bind(folder.path().join("docker.sock"))?;
        let whole = Arc::new(watch::Sender::new(true));
        let state = Arc::clone(&whole);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if *state.borrow() {
                    tokio::spawn(join(stream, state.subscribe()));
                }
            }
        });
        Ok(Self { folder, whole, task })
    }

    /// For `docker_host`.
    pub fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Ends every connection, and every one that is tried from now on.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(mut client: UnixStream, mut whole: watch::Receiver<bool>) {
    let Ok(mut engine) = UnixStream::connect(engine()).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut engine) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
