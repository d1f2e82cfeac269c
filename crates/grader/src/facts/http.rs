//! One request to a port of a sandbox, and its answer within bounds. Whatever is behind it belongs to the learner.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use drydock_lesson::expect::HttpTarget;
use http::{Request, header};
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

/// How long the whole may take.
const TIME: Duration = Duration::from_secs(2);
/// Bytes of the answer's text that are read; what is behind them is left.
const BODY_MAX: usize = 256 * 1_024;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpFact {
    /// Nobody listens there.
    Refused,
    /// Somebody does, and did not answer in time.
    Silent,
    /// Somebody does, and what came is no answer in HTTP.
    Nonsense,
    /// An answer. Where it leads is not followed.
    Answer {
        /// Its status.
        status: u16,
        /// The beginning of its text; bytes that are not UTF-8 are replaced.
        text: String,
    },
}

/// Asks once.
pub(super) async fn ask(address: IpAddr, target: &HttpTarget) -> HttpFact {
    timeout(TIME, request(address, target))
        .await
        .unwrap_or(HttpFact::Silent)
}

async fn request(address: IpAddr, target: &HttpTarget) -> HttpFact {
    let Ok(stream) = TcpStream::connect(SocketAddr::new(address, target.port)).await else {
        return HttpFact::Refused;
    };
    exchange(stream, target).await.unwrap_or(HttpFact::Nonsense)
}

async fn exchange(stream: TcpStream, target: &HttpTarget) -> Option<HttpFact> {
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(64 * 1_024)
        .handshake(TokioIo::new(stream))
        .await
        .ok()?;
    // Ends with this question, also when its time is over.
    let _connection = AbortOnDropHandle::new(tokio::spawn(connection));
    let request = Request::get(&target.path)
        .header(header::HOST, format!("localhost:{}", target.port))
        .header(header::USER_AGENT, "drydock")
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let response = sender.send_request(request).await.ok()?;
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            let room = BODY_MAX.saturating_sub(bytes.len());
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() >= room {
                break;
            }
        }
    }
    Some(HttpFact::Answer {
        status,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{BODY_MAX, HttpFact, ask};
    use drydock_lesson::expect::HttpTarget;

    /// What is made of a server that answers with these bytes, again and again if it is to be endless.
    async fn of(answer: &'static [u8], endless: bool) -> (HttpFact, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4_096];
            let read = stream.read(&mut asked).await.unwrap();
            let _ = stream.write_all(answer).await;
            while endless && stream.write_all(answer).await.is_ok() {}
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        let target = HttpTarget {
            port,
            path: "/a?b".into(),
        };
        let fact = ask("127.0.0.1".parse().unwrap(), &target).await;
        (fact, server.await.unwrap())
    }

    #[tokio::test]
    async fn an_answer_is_read() {
        let (fact, asked) = of(
            b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere/\r\ncontent-length: 3\r\n\r\na\xffb",
            false,
        )
        .await;
        let text = "a\u{fffd}b".to_owned();
        assert_eq!(fact, HttpFact::Answer { status: 302, text }, "and not followed");
        assert!(asked.starts_with("GET /a?b HTTP/1.1\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut() {
        let (fact, _) = of(b"HTTP/1.0 200 OK\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", true).await;
        let HttpFact::Answer { status: 200, text } = fact else {
            panic!("{fact:?}")
        };
        assert!(text.len() <= BODY_MAX, "{}", text.len());
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_apart() {
        assert_eq!(of(b"SSH-2.0-x\r\n", false).await.0, HttpFact::Nonsense);
        assert_eq!(of(b"", false).await.0, HttpFact::Nonsense);
        assert_eq!(
            of(
                b"HTTP/1.1 200 OK\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
                true
            )
            .await
            .0,
            HttpFact::Nonsense
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let target = HttpTarget {
            port,
            path: "/".into(),
        };
        assert_eq!(
            ask("127.0.0.1".parse().unwrap(), &target).await,
            HttpFact::Refused
        );
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = HttpTarget {
            port: listener.local_addr().unwrap().port(),
            path: "/".into(),
        };
        assert_eq!(ask("127.0.0.1".parse().unwrap(), &target).await, HttpFact::Silent);
    }
}
