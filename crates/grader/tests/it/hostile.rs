//! An engine that belongs to somebody who wants harm.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};
use drydock_grader::facts::{Facts, Journal, Live};
use drydock_grader::{FactError, Memories, watch};
use drydock_lesson::expect::Expectation;
use drydock_protocol::verdict::OutcomeState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::time::timeout;

use crate::sandbox::Desk;

/// An engine that answers every request with this body; or, without one, never.
struct Liar {
    docker: Docker,
    _folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn liar(body: Option<Vec<u8>>) -> Liar {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let body = body.map(Arc::new);
    let task = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(body) = body.clone() else {
                held.push(stream);
                continue;
            };
            tokio::spawn(async move {
                let mut asked = [0; 8192];
                let _ = stream.read(&mut asked).await;
                let start = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(start.as_bytes()).await;
                let _ = stream.write_all(&body).await;
            });
        }
    });
    let docker = Docker::connect_with_unix(path.to_str().unwrap(), 120, API_DEFAULT_VERSION).unwrap();
    Liar {
        docker,
        _folder: folder,
        task,
    }
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_said_so() {
    for body in ["", "null", "{}", "[{\"Id\": 3}]", "\u{0}\u{1}", "[[[[[[["] {
        let liar = liar(Some(body.into()));
        let desk = Desk::new(&liar.docker);
        let journal = Journal::default();
        let facts = Live::new(&desk, &journal, None);
        let error = facts.images().await.unwrap_err();
        assert!(matches!(error, FactError::Engine { .. }), "{body}: {error}");
        assert!(error.to_string().len() < 400, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline() {
    let liar = liar(None);
    let desk = Desk::new(&liar.docker);
    let journal = Journal::default();
    let facts = Live::new(&desk, &journal, None);
    let begun = tokio::time::Instant::now();
    let error = facts.images().await.unwrap_err();
    assert!(matches!(error, FactError::TimedOut { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn of_a_hundred_thousand_images_the_first_are_kept() {
    let tags = format!("\"{}:v1\"", "x".repeat(5_000));
    let image = |n: usize| {
        format!(
            "{{\"Id\":\"sha256:{n:064}\",\"ParentId\":\"\",\"RepoTags\":[\"spam/{n}:v1\",{}],\"RepoDigests\":[],\"Created\":{n},\
             \"Size\":-1,\"SharedSize\":-1,\"Containers\":-1,\"Labels\":null}}",
            if n == 0 { tags.as_str() } else { "\"../../x:y\"" }
        )
    };
    let list: Vec<String> = (0..100_000).map(image).collect();
    let liar = liar(Some(format!("[{}]", list.join(",")).into_bytes()));
    let desk = Desk::new(&liar.docker);
    let journal = Journal::default();
    let images = Live::new(&desk, &journal, None).images().await.unwrap();
    assert_eq!(images.len(), 2_000);
    assert!(images.iter().all(|image| image.size == 0));
    assert!(
        images
            .iter()
            .flat_map(|image| &image.references)
            .all(|name| name.to_string().len() < 400)
    );
}

#[tokio::test]
async fn an_engine_that_lies_leaves_a_verdict_and_a_watch_that_goes_on() {
    let liar = liar(Some(b"[]".to_vec()));
    let expect: Vec<Expectation> = serde_saphyr::from_str("[{container: web}, {image: nginx}]").unwrap();
    let desk = Arc::new(Desk::new(&liar.docker));
    let (watch, mut updates) = watch(desk, vec![crate::watch::exercise(expect)], Memories::new(), None);
    let update = timeout(Duration::from_secs(20), updates.recv())
        .await
        .unwrap()
        .unwrap();
    assert!(
        update
            .verdict
            .outcomes
            .iter()
            .all(|outcome| outcome.state == OutcomeState::Unmet)
    );
    assert!(watch.check("one").await.is_ok());
}
