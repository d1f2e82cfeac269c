//! Pulling an image: through the gateway, against the same bytes straight from the registry.
//!
//! What the learner's engine does with them afterwards, unpacking, is the same either way and takes most of a pull; so both
//! sides only fetch, three layers at a time as `docker pull` does, from inside sandboxes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use drydock_system_tests::{Browser, Drydock, Options, until};
use futures::future::try_join_all;

use crate::figures::{Sample, times};

const IMAGE: (&str, &str) = ("library/python", "3.13-slim");
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const RUNS: usize = 3;
const AT_ONCE: [u16; 2] = [1, 10];

pub(crate) async fn through_the_gateway() -> Result<()> {
    for learners in AT_ONCE {
        let drydock = Drydock::start(Options {
            pool: learners,
            capacity: learners,
            ..Options::with_the_classrooms_registry()
        })
        .await?;
        let address = until("the registry runs", Duration::from_secs(60), async || {
            Ok(drydock.registry_address())
        })
        .await?;
        let registry = format!("http://{address}:5000/v2/classroom/docker.io");
        let blobs = blobs(&registry).await?;
        let mut browsers = Vec::new();
        for _ in 0..learners {
            let browser = drydock.browser()?;
            browser.start_sandbox().await?;
            browsers.push(browser);
        }
        // The way that learners do not have: straight to the registry, over a network where containers see each other.
        let network = format!("drydock-{}-bench", drydock.instance());
        drydock.docker([
            "network",
            "create",
            "--label",
            &format!("drydock.instance={}", drydock.instance()),
            "--label",
            "drydock.role=registry",
            &network,
        ])?;
        for container in drydock
            .docker([
                "ps",
                "-q",
                "--filter",
                &format!("label=drydock.instance={}", drydock.instance()),
                "--filter",
                "label=drydock.role=sandbox",
            ])?
            .lines()
        {
            drydock.docker(["network", "connect", &network, container])?;
        }
        drydock.docker([
            "network",
            "connect",
            &network,
            &format!("drydock-{}-registry", drydock.instance()),
        ])?;
        let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
        let straight_to = drydock.docker([
            "inspect",
            "--format",
            &format,
            &format!("drydock-{}-registry", drydock.instance()),
        ])?;
        let ours = fetch("https://registry-1.docker.io/v2", "", &blobs);
        let baseline = fetch(
            &format!("http://{straight_to}:5000/v2/classroom/docker.io"),
            "--noproxy '*'",
            &blobs,
        );
        let (mut through, mut straight) = (Sample::default(), Sample::default());
        // The first time warms up both.
        for run in 0..=RUNS {
            let (a, b) = (all(&browsers, &ours).await?, all(&browsers, &baseline).await?);
            if run > 0 {
                through.push(a);
                straight.push(b);
            }
        }
        times(
            &format!(
                "pull of {}:{} by {learners} at once (baseline: no gateway)",
                IMAGE.0, IMAGE.1
            ),
            through.percentile(50),
            straight.percentile(50),
        );
    }
    Ok(())
}

/// The digests of the image's layers.
async fn blobs(registry: &str) -> Result<Vec<String>> {
    let manifest: serde_json::Value = reqwest::Client::new()
        .get(format!("{registry}/{}/manifests/{}", IMAGE.0, IMAGE.1))
        .header("accept", MANIFEST)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let layers = manifest["layers"].as_array().context("a manifest has layers")?;
    Ok(layers
        .iter()
        .filter_map(|layer| layer["digest"].as_str().map(str::to_owned))
        .collect())
}

/// A command that fetches them, and says how many bytes those were.
fn fetch(base: &str, options: &str, blobs: &[String]) -> String {
    let urls: Vec<String> = blobs
        .iter()
        .map(|digest| format!("{base}/{}/blobs/{digest}", IMAGE.0))
        .collect();
    format!(
        "printf '%s\\n' {} | xargs -P 3 -n 1 curl -sSf {options} -o /dev/null -w '%{{size_download}}\\n'",
        urls.join(" ")
    )
}

/// How long it takes until all of them have it.
async fn all(browsers: &[Browser], command: &str) -> Result<Duration> {
    let begun = Instant::now();
    let fetched = try_join_all(browsers.iter().map(|browser| browser.run(command))).await?;
    let took = begun.elapsed();
    for said in fetched {
        let bytes: u64 = said.lines().filter_map(|line| line.parse::<u64>().ok()).sum();
        ensure!(bytes > 10_000_000, "that was no image: {said}");
    }
    Ok(took)
}
