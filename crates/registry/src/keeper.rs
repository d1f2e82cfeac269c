//! Keeps a registry running: looks when the engine says that something happened to it, and now and then.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::query_parameters::EventsOptionsBuilder;
use futures::StreamExt;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::host::{Host, ours};
use crate::raise;
use crate::spec::Spec;
use crate::{Config, Error};

/// How often it is looked when nothing is heard. A registry that hangs is found so.
const LOOK: Duration = Duration::from_secs(4);
/// How long it is waited after failures, at first and at most.
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MOST: Duration = Duration::from_secs(15);
/// Questions without an answer after which a registry that runs is replaced.
const SILENCES: u32 = 3;

/// One registry that is kept running.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) spec: Spec,
    pub(crate) address: watch::Sender<Option<SocketAddr>>,
    problem: Mutex<Option<String>>,
}

impl Member {
    pub(crate) fn new(spec: Spec) -> Arc<Self> {
        Arc::new(Self {
            spec,
            address: watch::Sender::new(None),
            problem: Mutex::new(None),
        })
    }

    /// Why it does not run, if it does not.
    pub(crate) fn problem(&self) -> Option<String> {
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn tell(&self, found: &Result<SocketAddr, Error>) {
        let problem = found.as_ref().err().map(ToString::to_string);
        let name = &self.spec.name;
        let before = std::mem::replace(
            &mut *self.problem.lock().unwrap_or_else(PoisonError::into_inner),
            problem.clone(),
        );
        match (&problem, before) {
            // The same failure again and again is said once.
            (Some(why), before) if before.as_ref() != Some(why) => {
                tracing::warn!(registry = %name, %why, "registry.away");
            }
            (None, Some(_)) => tracing::info!(registry = %name, "registry.back"),
            _ => {}
        }
        let address = found.as_ref().ok().copied();
        self.address.send_if_modified(|now| {
            let differs = *now != address;
            *now = address;
            differs
        });
    }
}

/// Counts up whenever the engine says that something happened to a registry of this instance.
pub(crate) async fn listen(host: Host, instance: String, heard: watch::Sender<u64>, stop: CancellationToken) {
    let mut filters = ours(&instance);
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    filters.insert(
        "event".to_owned(),
        ["die", "destroy", "pause", "oom"].map(str::to_owned).to_vec(),
    );
    let listening = async {
        loop {
            let options = EventsOptionsBuilder::new().filters(&filters).build();
            let mut events = host.docker.events(Some(options));
            while let Some(Ok(_)) = events.next().await {
                heard.send_modify(|count| *count += 1);
            }
            // The engine hung up, and the registries may be gone with it.
            heard.send_modify(|count| *count += 1);
            sleep(Duration::from_secs(1)).await;
        }
    };
    let _ = stop.run_until_cancelled(listening).await;
}

/// Keeps one registry running until it is stopped. The container itself stays: the next server finds it.
pub(crate) async fn tend(
    host: Host,
    config: Config,
    member: Arc<Member>,
    mut heard: watch::Receiver<u64>,
    stop: CancellationToken,
) {
    let tending = async {
        let mut silences = 0;
        let mut failures = 0_u32;
        // What runs already may be of an earlier server with other settings. Later on it is ours.
        let mut exact = true;
        loop {
            heard.mark_unchanged();
            let found = look(&host, &config, &member, exact, &mut silences).await;
            exact &= found.is_err();
            failures = if found.is_ok() {
                0
            } else {
                failures.saturating_add(1)
            };
            member.tell(&found);
            let pause = if failures == 0 {
                LOOK
            } else {
                (PAUSE_FIRST * 2_u32.saturating_pow(failures - 1)).min(PAUSE_MOST)
            };
            if timeout(pause, heard.changed()).await.is_ok() && failures > 0 {
                // A registry that cannot live dies each time it is made, and is heard of each time.
                sleep(pause).await;
            }
        }
    };
    let _ = stop.run_until_cancelled(tending).await;
}

async fn look(
    host: &Host,
    config: &Config,
    member: &Member,
    exact: bool,
    silences: &mut u32,
) -> Result<SocketAddr, Error> {
    if let Some(address) = raise::find(host, &member.spec, exact).await? {
        if Client::new(address).ready().await {
            *silences = 0;
            return Ok(address);
        }
        *silences += 1;
        if *silences < SILENCES {
            return Err(Error::NotReady {
                name: member.spec.name.clone(),
                said: "it runs but does not answer".to_owned(),
            });
        }
    }
    *silences = 0;
    // Nobody is sent to what is about to be replaced.
    member
        .address
        .send_if_modified(|address| address.take().is_some());
    raise::networks(host, &member.spec.instance, config).await?;
    let started = std::time::Instant::now();
    let address = raise::make(host, &member.spec).await?;
    tracing::info!(
        registry = %member.spec.name, ms = started.elapsed().as_millis(), "registry.started"
    );
    Ok(address)
}
