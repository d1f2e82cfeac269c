//! Builds in a learner's engine, as they happen: told by the builder itself (BuildKit), whoever asked for them.
//!
//! The builder is the learner's, and what it says is a claim: texts are cut, steps are counted, and messages have a size.

mod picture;
mod wire;

use std::future::pending;
use std::io;
use std::time::{Duration, SystemTime};

use bollard::{BollardRequest, body_full};
use bytes::Bytes;
use drydock_protocol::workbench::BuildView;
use http::{Method, StatusCode, header};
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};

use self::picture::Picture;
use self::wire::{BEGUN, Connection, Control, ENDED, HistoryRequest, Record, StatusResponse};
use crate::agent::{AgentClient, AgentError};
use crate::engine;

/// How long the builder may take to answer for the first time.
const BEGIN: Duration = Duration::from_secs(10);
/// How often it is told how long a build has taken, while nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// Builds that are looked through for the newest one.
const RECORDS_MAX: usize = 500;

/// The newest build of an engine, as it goes on.
#[derive(Debug)]
pub struct Builds {
    newest: watch::Receiver<Option<BuildView>>,
    _reader: AbortOnDropHandle<()>,
}

impl Builds {
    /// How the newest build is, whenever that has changed; what came in between is left out. `None`: the engine has gone.
    pub async fn next(&mut self) -> Option<BuildView> {
        loop {
            self.newest.changed().await.ok()?;
            let now = self.newest.borrow_and_update().clone();
            if now.is_some() {
                return now;
            }
        }
    }
}

/// Begins to listen to the builder of the engine behind `agent`.
pub(crate) async fn listen(agent: &AgentClient) -> Result<Builds, AgentError> {
    let nonsense = |why: String| AgentError::Nonsense {
        doing: "a builder".to_owned(),
        why,
    };
    let opened = timeout(BEGIN, open(agent)).await;
    let control = opened
        .map_err(|_| nonsense("it does not answer".to_owned()))?
        .map_err(|error| nonsense(error.to_string()))?;
    let (teller, newest) = watch::channel(None);
    let reader = tokio::spawn(async move {
        // A builder that breaks off is the learner's business; whoever listens may come back.
        if let Err(status) = read(control, &teller).await {
            tracing::debug!(%status, "builds.lost");
        }
    });
    Ok(Builds {
        newest,
        _reader: AbortOnDropHandle::new(reader),
    })
}

/// The builder's own protocol is HTTP/2, which begins on a connection of the engine's that is handed over.
async fn open(agent: &AgentClient) -> io::Result<Control> {
    let request = http::Request::builder()
        .method(Method::POST)
        .uri("http://engine/grpc")
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "h2c")
        .body(body_full(Bytes::new()))
        .map_err(io::Error::other)?;
    let request: BollardRequest = request;
    let response = engine::exchange(agent, request).await.map_err(io::Error::other)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(io::Error::other(format!(
            "it answered with {}",
            response.status()
        )));
    }
    let stream = hyper::upgrade::on(response).await.map_err(io::Error::other)?;
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
        .await
        .map_err(io::Error::other)?;
    // It ends with the last of those who use it.
    tokio::spawn(connection);
    Ok(Control::new(Connection(sender)))
}

/// A build that is told of, and its steps for as long as there are any to come.
struct Followed {
    picture: Picture,
    steps: Option<Streaming<StatusResponse>>,
}

impl Followed {
    async fn new(control: &mut Control, record: &Record) -> Self {
        Self {
            picture: Picture::new(record),
            // One that the builder has forgotten has none.
            steps: control.status(&record.reference).await.ok(),
        }
    }

    /// The steps that have changed; never, where there are none to come.
    async fn steps(&mut self) -> Option<StatusResponse> {
        match &mut self.steps {
            // One that breaks off is at its end as well.
            Some(steps) => steps.message().await.ok().flatten(),
            None => pending().await,
        }
    }
}

/// Tells of the build that began last, and then of each that begins.
async fn read(mut control: Control, teller: &watch::Sender<Option<BuildView>>) -> Result<(), Status> {
    let live = HistoryRequest {
        active_only: true,
        ..HistoryRequest::default()
    };
    // Listened to before what was is asked for: nothing falls between.
    let mut live = control.history(live).await?;
    let past = HistoryRequest {
        early_exit: true,
        ..HistoryRequest::default()
    };
    let last = newest(&mut control, past).await?;
    let mut followed = match &last {
        Some(record) => Some(Followed::new(&mut control, record).await),
        None => None,
    };
    // One that has ended is told of once its steps are known.
    let mut ended = last.filter(|record| record.completed.is_some());
    loop {
        let steps = async {
            match &mut followed {
                Some(followed) => followed.steps().await,
                None => pending().await,
            }
        };
        tokio::select! {
            event = live.message() => match event? {
                None => return Ok(()),
                Some(event) => {
                    let kind = event.kind;
                    let Some(record) = event.record() else { continue };
                    let is_known = followed.as_ref().is_some_and(|followed| followed.picture.is_of(&record));
                    match kind {
                        BEGUN if !is_known => {
                            ended = None;
                            followed = Some(Followed::new(&mut control, &record).await);
                        }
                        ENDED if is_known => ended = Some(record),
                        _ => {}
                    }
                }
            },
            changed = steps => if let Some(followed) = &mut followed {
                match changed {
                    Some(status) => followed.picture.take_in(status.vertexes),
                    None => followed.steps = None,
                }
            },
            // Time passes.
            () = sleep(TICK) => {}
        }
        let Some(followed) = &mut followed else { continue };
        if let Some(record) = ended.take_if(|_| followed.steps.is_none()) {
            followed.picture.end(&record);
        }
        tell(teller, &followed.picture);
    }
}

/// Of what is told of, the build that began last.
async fn newest(control: &mut Control, request: HistoryRequest) -> Result<Option<Record>, Status> {
    let mut events = control.history(request).await?;
    let mut newest: Option<Record> = None;
    for _ in 0..RECORDS_MAX {
        let Some(event) = events.message().await? else {
            break;
        };
        let began = |record: &Record| record.created.map(wire::Moment::ms);
        if let Some(record) = event.record()
            && newest
                .as_ref()
                .is_none_or(|newest| began(newest) <= began(&record))
        {
            newest = Some(record);
        }
    }
    Ok(newest)
}

fn tell(teller: &watch::Sender<Option<BuildView>>, picture: &Picture) {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let view = picture.view(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    teller.send_if_modified(|told| {
        let is_new = told.as_ref() != Some(&view);
        *told = Some(view);
        is_new
    });
}
