//! The registries behind the gateway: killed, asked by many at once, and missing.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Result, ensure};
use drydock_system_tests::{Browser, Drydock, Options, until};
use futures::future::try_join_all;

#[tokio::test]
async fn a_registry_that_dies_in_the_middle_of_a_pull_is_back_and_the_pull_succeeds() -> Result<()> {
    let drydock = Drydock::start(Options::with_the_classrooms_registry()).await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    let pull = async { learner.exec("docker pull node:20-slim").await };
    let kill = async {
        until("the pull has begun", Duration::from_secs(30), async || {
            Ok(if drydock.audit()?.contains("library/node/manifests") {
                Ok(())
            } else {
                Err("not yet")
            })
        })
        .await?;
        let known = drydock.audit()?.len();
        drydock.kill_the_registry()?;
        anyhow::Ok(known)
    };
    let (pulled, killed) = tokio::join!(pull, kill);
    let (pulled, known) = (pulled?, killed?);
    ensure!(pulled.exit_code == 0, "{}{}", pulled.stdout, pulled.stderr);
    let after = drydock.audit()?.split_off(known);
    ensure!(
        after.contains("library/node/blobs"),
        "the pull was over before: {after}"
    );
    // And who watches Drydock knows.
    until("the registry is well", Duration::from_secs(30), async || {
        let said = drydock.browser()?.get("/readyz").await?.text().await?;
        Ok(if said.contains("\"registry\":\"ok\"") {
            Ok(())
        } else {
            Err(said)
        })
    })
    .await?;
    Ok(())
}

/// A class that begins: everybody pulls at once. Takes minutes and gigabytes: `make load` runs it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "thirty sandboxes: make load"]
async fn thirty_pull_at_once() -> Result<()> {
    const LEARNERS: u16 = 30;
    let drydock = Drydock::start(Options {
        capacity: LEARNERS,
        pool: LEARNERS,
        ..Options::with_the_classrooms_registry()
    })
    .await?;
    until("the pool is full", Duration::from_secs(600), async || {
        let metrics = drydock.browser()?.get("/metrics").await?.text().await?;
        let ready = metrics
            .lines()
            .find(|line| line.starts_with("drydock_pool{state=\"ready\"}"));
        let full = ready.is_some_and(|line| line.ends_with(&format!(" {LEARNERS}")));
        Ok(if full {
            Ok(())
        } else {
            Err(ready.map(str::to_owned))
        })
    })
    .await?;
    let browsers = (0..LEARNERS)
        .map(|_| drydock.browser())
        .collect::<Result<Vec<_>>>()?;
    try_join_all(browsers.iter().map(Browser::start_sandbox)).await?;
    let before = drydock.memory()?;
    let all = try_join_all(
        browsers
            .iter()
            .map(|browser| browser.exec_within("docker pull -q python:3.11-slim", 600)),
    );
    let mut highest = before;
    tokio::pin!(all);
    let pulled = loop {
        tokio::select! {
            pulled = &mut all => break pulled?,
            () = tokio::time::sleep(Duration::from_millis(200)) => highest = highest.max(drydock.memory()?),
        }
    };
    for result in pulled {
        ensure!(result.exit_code == 0, "{}{}", result.stdout, result.stderr);
    }
    let growth = highest.saturating_sub(before);
    println!("the server's memory: {before} bytes before, {highest} at most");
    // Thirty connections with their buffers, not thirty images of 50 MB.
    ensure!(growth < 96 << 20, "the server grew by {growth} bytes");
    Ok(())
}

/// A registry elsewhere, at an address of the host's that containers reach. Dropping it removes it.
struct Elsewhere {
    name: String,
    address: String,
}

impl Elsewhere {
    /// It has what the classroom's has, under other names.
    fn open() -> Result<Self> {
        let subnet = docker([
            "network",
            "inspect",
            "--format",
            "{{(index .IPAM.Config 0).Subnet}}",
            "bridge",
        ])?;
        let network = subnet.split('/').next().and_then(|first| first.parse().ok());
        let host = Ipv4Addr::from(u32::from(network.unwrap_or(Ipv4Addr::new(172, 17, 0, 0))) + 1);
        let mut elsewhere = Self {
            name: format!("elsewhere-{}", std::process::id()),
            address: String::new(),
        };
        let publish = format!("{host}::5000");
        docker([
            "run",
            "--detach",
            "--name",
            &elsewhere.name,
            "--publish",
            &publish,
            "--env",
            "REGISTRY_LOG_ACCESSLOG_DISABLED=false",
            "--volume",
            "drydock-drydock-registry:/var/lib/registry",
            "drydock/registry:latest",
        ])?;
        elsewhere.address = docker(["port", &elsewhere.name, "5000/tcp"])?;
        Ok(elsewhere)
    }

    fn log(&self) -> Result<String> {
        docker(["logs", &self.name])
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = docker(["rm", "--force", &self.name]);
    }
}

/// What a command of Docker's client prints, asked of the machine's engine.
fn docker<const N: usize>(arguments: [&str; N]) -> Result<String> {
    let output = std::process::Command::new("docker").args(arguments).output()?;
    ensure!(
        output.status.success(),
        "docker {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}

/// A registry elsewhere is asked once, and not missed afterwards. (That it may want tokens is a test of the registry's own.)
#[tokio::test]
async fn an_upstream_is_asked_once_and_not_missed() -> Result<()> {
    const IMAGE: &str = "quay.io/classroom/docker.io/library/hello-world:latest";
    let elsewhere = Elsewhere::open()?;
    let drydock = Drydock::start(Options {
        file: format!(
            "[[registry.upstreams]]\nhost = \"quay.io\"\nurl = \"http://{}\"\n",
            elsewhere.address
        ),
        ..Options::default()
    })
    .await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    until("it is pulled through", Duration::from_secs(60), async || {
        let result = learner.exec(&format!("docker pull {IMAGE}")).await?;
        Ok(if result.exit_code == 0 {
            Ok(())
        } else {
            Err(result.stderr)
        })
    })
    .await?;

    let before = elsewhere.log()?;
    ensure!(
        before.contains("hello-world/manifests"),
        "it was not asked: {before}"
    );
    learner
        .run(&format!("docker rmi {IMAGE} && docker pull {IMAGE}"))
        .await?;
    ensure!(
        elsewhere.log()? == before,
        "the upstream was asked again: {}",
        elsewhere.log()?
    );
    drop(elsewhere);
    learner
        .run(&format!("docker rmi {IMAGE} && docker pull {IMAGE}"))
        .await?;
    let said = learner
        .refused("docker pull quay.io/classroom/docker.io/library/busybox")
        .await?;
    ensure!(!said.contains("Downloaded"), "{said}");
    Ok(())
}
