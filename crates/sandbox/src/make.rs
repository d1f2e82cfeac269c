//! Makes one sandbox, from nothing to an engine that answers, and clears one away.

use std::time::Duration;

use bollard::Docker;
use drydock_protocol::agent::{EngineStatus, PORT};
use drydock_protocol::api::Limits;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::warn;

use crate::agent::AgentClient;
use crate::disk::{self, DiskPair, Method};
use crate::gateway::proxy_token;
use crate::ground::Ground;
use crate::harden::{self, Spec};
use crate::host::{Host, tail};
use crate::names::{SandboxId, random_token};
use crate::remove::remove;
use crate::settle::{self, Settled, settle};
use crate::template::Template;
use crate::{Config, Error, engine, network, seccomp};

/// How often a starting sandbox is asked whether it is ready. Each asking takes under a millisecond.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// How often, meanwhile, the host engine is asked whether it still runs.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What an engine says that finds no room on its disk.
const DISK_FULL: &str = "no space left on device";

/// A sandbox that was made and is ready, but for images.
pub(crate) struct Made {
    pub(crate) agent: AgentClient,
    pub(crate) engine: Docker,
    /// What it shows to the gateway.
    pub(crate) proxy_token: String,
    /// Whether its disk was cloned.
    pub(crate) cloned: bool,
    /// What of the host's kernel its learner has to themselves.
    pub(crate) settled: Settled,
}

/// What is to be made.
pub(crate) struct Order<'a> {
    pub(crate) id: &'a SandboxId,
    pub(crate) slot: u16,
    pub(crate) limits: Limits,
    /// Whether to delegate cgroups.
    pub(crate) cgroups: bool,
    /// What its disk is cloned from, if it is.
    pub(crate) template: Option<&'a Template>,
}

/// The name of a sandbox's container.
pub(crate) fn container_name(config: &Config, id: &SandboxId) -> String {
    format!("drydock-{}-{id}", config.instance)
}

/// Makes a sandbox. `step` is told what is being done. What is left of a failure is removed by [`clear_away`], once `host` has
/// settled.
pub(crate) async fn make(
    host: &Host,
    config: &Config,
    ground: &Ground,
    order: Order<'_>,
    step: impl Fn(&str),
) -> Result<Made, Error> {
    step("Making its disk");
    let disks = disk::create(
        host,
        config,
        ground.disk,
        (order.id, order.slot),
        &order.limits,
        ground.root,
        order.template,
    )
    .await?;

    // A copied disk is images loaded, which is not counted.
    boot(host, config, ground, &order, &disks, Purpose::Work, step).await
}

/// Makes the machine of a sandbox anew around the disks that it has, to look at what is on them: all that ran in it has ended,
/// secrets that it knew are of no use any more, and nothing on the disks is run. What is left of a failure is removed as with
/// [`make`].
pub(crate) async fn make_to_examine(
    host: &Host,
    config: &Config,
    ground: &Ground,
    order: Order<'_>,
) -> Result<Made, Error> {
    let disks = disk::of(config, ground.disk, order.id).ok_or(Error::NothingToExamine)?;
    host.remove_container(&container_name(config, order.id)).await?;
    boot(host, config, ground, &order, &disks, Purpose::Examine, |_| {}).await
}

/// What a machine is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// A learner works with it.
    Work,
    /// What a learner left is looked at.
    Examine,
}

/// Starts the machine that stands around a sandbox's disks, to an engine that answers.
async fn boot(
    host: &Host,
    config: &Config,
    ground: &Ground,
    order: &Order<'_>,
    disks: &DiskPair,
    purpose: Purpose,
    step: impl Fn(&str),
) -> Result<Made, Error> {
    let late = |doing: &str, said: String| Error::NotReady {
        sandbox: order.id.clone(),
        doing: doing.to_owned(),
        seconds: config.start_timeout().as_secs(),
        said,
    };
    let token = random_token();
    let deadline = Instant::now() + config.start_timeout();
    step("Starting its machine");
    let network = network::name(config);
    let proxy_token = proxy_token(&token);
    let gateway = match (&config.gateway, ground.bridge) {
        (Some(gateway), Some(bridge)) => Some((gateway, bridge, proxy_token.as_str())),
        (Some(_), None) => {
            return Err(Error::Host {
                doing: "tell the host's address on the sandboxes' network".to_owned(),
                why: format!("the network {network} has no gateway"),
                status: None,
            });
        }
        (None, _) => None,
    };
    let body = harden::container(&Spec {
        id: order.id,
        instance: &config.instance,
        image: &config.image,
        slot: order.slot,
        limits: order.limits,
        disks: disks.as_mounts(),
        network: &network,
        token: &token,
        cgroups: order.cgroups,
        host_cpus: ground.cpus,
        gateway,
        runtime: config.runtime.as_deref(),
        examine: purpose == Purpose::Examine,
        seccomp: seccomp_profile(),
    });
    let name = container_name(config, order.id);
    let container = host.run(&name, body).await?;
    let (address, process) = whereabouts(host, config, container.id()).await?;
    let agent = AgentClient::new(address, &token)?;

    step("Starting the engine");
    let settling = async {
        let container = settle::Container {
            id: container.id(),
            process,
            slot: order.slot,
        };
        settle(host, config, ground, container, order.cgroups)
            .await
            .unwrap_or_else(|error| {
                warn!(sandbox = %order.id, %error, "sandbox.settle.failed");
                Settled::default()
            })
    };
    // The engine waits a moment for its cgroups by itself.
    let started = async {
        match timeout_at(deadline, engine_answers(host, order.id, container.id(), &agent)).await {
            Ok(answers) => answers,
            Err(_) => Err(late("waiting for its engine", host.said(container.id()).await)),
        }
    };
    let (settled, started) = tokio::join!(settling, started);
    started?;
    let engine =
        engine::connect(&agent).map_err(|error| late("connecting to its engine", error.to_string()))?;
    container.keep();
    Ok(Made {
        agent,
        engine,
        proxy_token,
        cloned: disks.is_cloned(),
        settled,
    })
}

/// Removes everything that a sandbox has on the host. Parts that are not there are no error, so it can be tried again.
pub(crate) async fn clear_away(
    host: &Host,
    config: &Config,
    method: Option<Method>,
    id: &SandboxId,
) -> Result<(), Error> {
    remove(host, config, &container_name(config, id)).await?;
    // Where it is not known how the disks were made, both ways are cleared.
    disk::remove(host, config, method.unwrap_or(Method::Loop), id).await
}

/// The agent's address on the instance's network, and the host's number of the container's first process.
async fn whereabouts(host: &Host, config: &Config, container: &str) -> Result<(SocketAddr, i64), Error> {
    let found = host.inspect(container).await?;
    let process = found.as_ref().and_then(|found| found.state.as_ref()?.pid);
    found
        .and_then(|found| agent_address(&found, config))
        .zip(process)
        .ok_or_else(|| Error::Host {
            doing: format!("give container {container} an address"),
            why: format!("it has none on the network {}", network::name(config)),
            status: None,
        })
}

/// The agent's address, from what is known of its container.
pub(crate) fn agent_address(
    container: &bollard::models::ContainerInspectResponse,
    config: &Config,
) -> Option<SocketAddr> {
    let networks = container.network_settings.as_ref()?.networks.as_ref()?;
    let address: IpAddr = networks
        .get(&network::name(config))?
        .ip_address
        .as_ref()?
        .parse()
        .ok()?;
    Some(SocketAddr::new(address, PORT))
}

/// Has the engine started and waits until it answers.
async fn engine_answers(
    host: &Host,
    id: &SandboxId,
    container: &str,
    agent: &AgentClient,
) -> Result<(), Error> {
    let mut asked = false;
    let mut looked = Instant::now();
    loop {
        if !asked {
            // Until the agent listens, this fails.
            asked = agent.start_engine().await.is_ok();
        }
        if asked {
            match agent.status().await.map(|status| status.engine) {
                Ok(EngineStatus::Ready { .. }) => return Ok(()),
                // It would be started again and again, for as long as there is time.
                Ok(EngineStatus::Restarting { said }) if said.contains(DISK_FULL) => {
                    return Err(Error::DiskFull { sandbox: id.clone() });
                }
                _ => {}
            }
        }
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if let Some(why) = why_it_ended(host, container).await? {
                return Err(Error::Died {
                    sandbox: id.clone(),
                    why,
                });
            }
        }
        sleep(ASK_EVERY).await;
    }
}

/// Why a container is not running, for its learner; None if it runs.
pub(crate) async fn why_it_ended(host: &Host, container: &str) -> Result<Option<String>, Error> {
    let Some(found) = host.inspect(container).await? else {
        return Ok(Some("it was removed on the host".to_owned()));
    };
    let state = found.state.unwrap_or_default();
    if state.running.unwrap_or(false) {
        return Ok(None);
    }
    let exit = state.exit_code.unwrap_or_default();
    Ok(Some(match (exit, state.oom_killed.unwrap_or(false)) {
        (137, true) => "it ran out of memory".to_owned(),
        (137, false) => "its first process was killed".to_owned(),
        (143, _) => "it was told to stop, on the host".to_owned(),
        _ => {
            let said = tail(&host.said(container).await);
            let last = said.lines().last().unwrap_or("nothing");
            format!("its first process ended with status {exit}, saying: {last}")
        }
    }))
}

fn seccomp_profile() -> &'static str {
    static PROFILE: OnceLock<String> = OnceLock::new();
    PROFILE.get_or_init(seccomp::profile)
}
