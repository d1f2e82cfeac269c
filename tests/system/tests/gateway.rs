//! Docker's own commands through the gateway, and nothing else: from inside a sandbox, as a learner would.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use drydock_system_tests::engine::{Engine, in_own_network};
use drydock_system_tests::{Browser, Drydock, Options, until};
use futures::future::try_join_all;

/// The registry that `make build` has filled, so that not each test fills its own.
fn with_the_classrooms_registry() -> Options {
    Options {
        settings: vec![(
            "REGISTRY__VOLUME".to_owned(),
            "drydock-drydock-registry".to_owned(),
        )],
        ..Options::default()
    }
}

/// Runs a command that has to fail, and gives all that it said.
async fn refused(browser: &Browser, command: &str) -> Result<String> {
    let result = browser.exec(command).await?;
    let said = format!("{}{}", result.stdout, result.stderr);
    ensure!(result.exit_code != 0, "`{command}` was not refused: {said}");
    Ok(said)
}

/// There is no network here but the test's own: nothing outside can be reached, by nobody.
#[tokio::test]
async fn dockers_own_commands_work_without_the_internet() -> Result<()> {
    if in_own_network("dockers_own_commands_work_without_the_internet")? {
        return Ok(());
    }
    let mut engine = Engine::new()?;
    engine.start().await?;
    for image in ["drydock/sandbox:latest", "drydock/registry:latest"] {
        engine.bring(image)?;
    }
    let drydock = Drydock::start(Options {
        settings: vec![("DOCKER_HOST".to_owned(), engine.address())],
        ..Options::default()
    })
    .await?;
    engine
        .docker(["tag", "drydock/registry:latest", "ghcr.io/example/tool:1"])
        .map_err(anyhow::Error::msg)?;
    drydock
        .run([
            "images",
            "push",
            "images/python_3.13-slim.tar",
            "images/nginx_1.22.tar",
            "images/busybox_latest.tar",
            "ghcr.io/example/tool:1",
        ])
        .await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;

    pulls(&learner).await?;
    searches(&learner).await?;
    builds(&learner).await?;
    // A namespace of one's own: push, look, lose, pull back.
    let said = learner
        .run("docker push registry.example.com/team/app:v1")
        .await?;
    ensure!(said.contains("v1: digest: sha256:"), "{said}");
    let said = learner
        .run("docker manifest inspect registry.example.com/team/app:v1")
        .await?;
    ensure!(said.contains("\"layers\""), "{said}");
    let said = learner.run("docker manifest inspect python:3.13-slim").await?;
    ensure!(said.contains("\"layers\""), "{said}");
    let id = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    learner
        .run("docker rmi registry.example.com/team/app:v1 >/dev/null")
        .await?;
    learner
        .run("docker pull -q registry.example.com/team/app:v1")
        .await?;
    let back = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    ensure!(id == back, "{id} came back as {back}");

    // Nobody pushes over the classroom's images.
    let said = refused(
        &learner,
        "docker tag app:buildx python:3.13-slim && docker push python:3.13-slim",
    )
    .await?;
    ensure!(
        said.contains("denied: requested access to the resource is denied"),
        "{said}"
    );

    // And another learner has none of it.
    let other = drydock.browser()?;
    other.start_sandbox().await?;
    let said = refused(&other, "docker pull registry.example.com/team/app:v1").await?;
    ensure!(!said.contains("Downloaded"), "{said}");
    other.run("docker pull -q busybox && docker tag busybox registry.example.com/team/app:v1 && docker push -q registry.example.com/team/app:v1").await?;
    learner.run("docker rmi -f registry.example.com/team/app:v1 >/dev/null; docker pull -q registry.example.com/team/app:v1").await?;
    let back = learner
        .run("docker image inspect --format '{{.Id}}' registry.example.com/team/app:v1")
        .await?;
    ensure!(id == back, "the other's push has changed it");

    // Gone with the learner.
    learner
        .request(reqwest::Method::DELETE, "/api/v1/learner")
        .send()
        .await?
        .error_for_status()?;
    let held = engine
        .docker([
            "volume",
            "inspect",
            "--format",
            "{{.Mountpoint}}",
            &format!("drydock-{}-registry", drydock.instance()),
        ])
        .map_err(anyhow::Error::msg)?;
    let learners = std::path::Path::new(held.trim()).join("docker/registry/v2/repositories/learners");
    let left = std::fs::read_dir(&learners)
        .with_context(|| learners.display().to_string())?
        .count();
    ensure!(left == 1, "{left} learners have something in the registry");
    Ok(())
}

/// Pulling.
async fn pulls(learner: &Browser) -> Result<()> {
    // Pulling, by tag and by digest, under each of an image's names.
    let said = learner
        .run("docker rmi nginx:1.22 >/dev/null; docker pull nginx:1.22")
        .await?;
    ensure!(
        said.contains("Status: Downloaded newer image for nginx:1.22"),
        "{said}"
    );
    let digest = learner
        .run("docker image inspect --format '{{index .RepoDigests 0}}' nginx:1.22")
        .await?;
    let said = learner
        .run(&format!(
            "docker rmi -f nginx:1.22 >/dev/null; docker pull {digest}"
        ))
        .await?;
    ensure!(
        said.contains("Status: Downloaded newer image for nginx@sha256:"),
        "{said}"
    );
    let said = learner.run("docker pull docker.io/library/busybox").await?;
    ensure!(said.contains("docker.io/library/busybox:latest"), "{said}");

    let said = learner.run("docker pull ghcr.io/example/tool:1").await?;
    ensure!(said.contains("ghcr.io/example/tool:1"), "{said}");

    // What is not there, is said not to be, and what looks like it.
    let said = refused(learner, "docker pull nginx:9.99").await?;
    ensure!(said.contains("manifest") && said.contains("1.22"), "{said}");
    let said = refused(learner, "docker pull ngnix").await?;
    ensure!(
        said.contains("pull access denied for ngnix") && said.contains("nginx"),
        "{said}"
    );
    let said = refused(learner, "docker pull ghcr.io/nobody/nothing").await?;
    ensure!(said.contains("denied") || said.contains("not found"), "{said}");
    Ok(())
}

/// Searching.
async fn searches(learner: &Browser) -> Result<()> {
    let said = learner.run("docker search python").await?;
    ensure!(
        said.starts_with("NAME") && said.contains("STARS") && said.contains("[OK]"),
        "{said}"
    );
    let said = learner
        .run("docker search --limit 1 --format '{{.Name}}' --filter is-official=true n")
        .await?;
    ensure!(said.lines().count() == 1, "{said}");
    let said = learner
        .run("docker search --filter stars=1000000 --format '{{.Name}}' python")
        .await?;
    ensure!(said.is_empty(), "{said}");
    Ok(())
}

/// Building, in each of the three ways, and composing.
async fn builds(learner: &Browser) -> Result<()> {
    learner
        .run("mkdir -p app && printf 'FROM python:3.13-slim\\nRUN echo built > /built\\nCMD [\"cat\", \"/built\"]\\n' > app/Dockerfile")
        .await?;
    learner
        .run("docker build --pull -q -t registry.example.com/team/app:v1 app")
        .await?;
    learner
        .run("docker buildx build --no-cache -q -t app:buildx app")
        .await?;
    learner
        .run("DOCKER_BUILDKIT=0 docker build --no-cache -q -t app:classic app")
        .await?;
    for image in ["registry.example.com/team/app:v1", "app:buildx", "app:classic"] {
        let told = learner
            .run(&format!(
                "docker history --no-trunc {image}; docker image inspect {image}"
            ))
            .await?;
        ensure!(
            !told.to_lowercase().contains("proxy") && !told.contains("3128"),
            "{image}: {told}"
        );
    }
    let said = learner
        .run("docker run --rm registry.example.com/team/app:v1")
        .await?;
    ensure!(said == "built\n", "{said}");

    // Compose.
    learner
        .run("mkdir -p stack && printf 'services:\\n  web:\\n    image: busybox\\n' > stack/compose.yaml && docker rmi busybox >/dev/null && docker compose -f stack/compose.yaml pull && docker image inspect busybox >/dev/null")
        .await?;
    Ok(())
}

/// Each way out that anyone has thought of, from inside a sandbox. Whatever is answered, nothing that is not on the list is
/// reached; and the refusals stand in the audit log.
#[tokio::test]
async fn nothing_else_gets_out() -> Result<()> {
    let drydock = Drydock::start(with_the_classrooms_registry()).await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    // The proxy as the sandbox knows it: http://sandbox:TOKEN@ADDRESS:PORT
    let proxy = learner.run("printf %s \"$HTTPS_PROXY\"").await?;
    let gateway = proxy.rsplit_once('@').context("no proxy is set")?.1.to_owned();
    let bridge = gateway.split(':').next().unwrap_or_default().to_owned();
    let registry = drydock.registry_address()?;
    let (_, drydock_port) = drydock.address().split_once(':').context("a port")?;

    by_the_proxy(&learner).await?;
    // The gateway itself, the host's services and the registry's own port, asked of the gateway and directly.
    for (host, port) in [
        (bridge.as_str(), drydock_port),
        (bridge.as_str(), "22"),
        (bridge.as_str(), "53"),
        (bridge.as_str(), "2375"),
        (registry.as_str(), "5000"),
    ] {
        let said = learner
            .run(&format!(
                "curl -s -m 5 -p --noproxy '' -o /dev/null -w '%{{http_connect}}' http://{host}:{port}/v2/ || true; curl -s -m 3 --noproxy '*' http://{host}:{port}/v2/ || true"
            ))
            .await?;
        ensure!(
            said == "000" || said == "403" || said == "400",
            "{host}:{port} answered: {said}"
        );
    }
    by_another_name(&learner, &gateway).await?;
    past_the_proxy(&learner).await?;
    // A neighbour.
    let other = drydock.browser()?;
    other.start_sandbox().await?;
    let neighbour = other.run("hostname -I | cut -d' ' -f1").await?;
    other
        .run("docker run -d -p 8080:80 nginx:1.26 && sleep 0")
        .await?;
    refused(
        &learner,
        &format!("curl -s -m 3 --noproxy '*' http://{}:8080/", neighbour.trim()),
    )
    .await?;
    let said = learner
        .run(&format!(
            "curl -s -m 10 -o /dev/null -w '%{{http_code}}' --noproxy '' http://{}:8080/ || true",
            neighbour.trim()
        ))
        .await?;
    ensure!(said == "403", "{said}");

    // What the gateway has refused, it has written down.
    let written = until("the audit log is written", Duration::from_secs(10), async || {
        let text = drydock.audit()?;
        let all = THROUGH.len() - 1;
        let refused = text
            .lines()
            .filter(|line| line.contains("\"kind\":\"refused\""))
            .count();
        Ok(if refused >= all {
            Ok(text)
        } else {
            Err(format!("{refused} of {all}"))
        })
    })
    .await?;
    for host in [
        "example.com",
        "169.254.169.254",
        "evilpypi.org",
        "metadata.google.internal",
    ] {
        ensure!(written.contains(host), "{host} does not stand in the audit log");
    }
    ensure!(
        !written.contains(proxy.split(['/', '@']).nth(2).unwrap_or("?")),
        "the log has a token in it"
    );
    Ok(())
}

/// What is asked of the gateway and refused.
const THROUGH: [&str; 19] = [
    "https://example.com/",
    "http://example.com/",
    "https://pypi.org:8443/",
    "http://pypi.org:22/",
    "https://93.184.215.14/",
    "https://1572395018/",
    "https://0x5db8d70e/",
    "https://0135.0270.0327.016/",
    "https://127.1/",
    "http://127.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://10.0.0.1/",
    "https://pypi.org.example.com/",
    "https://evilpypi.org/",
    "https://pypi.org@example.com/",
];

/// Asked of the gateway: hosts that are not on the list, other ports, addresses in every notation.
async fn by_the_proxy(learner: &Browser) -> Result<()> {
    // By the proxy.
    for url in THROUGH {
        let said = learner
            .run(&format!("curl -sS -m 10 -o /dev/null -w '%{{http_code}} %{{http_connect}}' --noproxy '' '{url}' 2>&1 || true"))
            .await?;
        let codes: Vec<&str> = said.split_whitespace().rev().take(2).collect();
        ensure!(
            codes
                .iter()
                .all(|code| !code.starts_with('2') && !code.starts_with('3')),
            "{url} was answered: {said}"
        );
    }
    Ok(())
}

/// A name in the TLS handshake, or in a header, that is not the one that was asked for; and somebody else's name.
async fn by_another_name(learner: &Browser, gateway: &str) -> Result<()> {
    // A name in the TLS handshake, or in a header, that is not the one that was asked for.
    let sni = learner
        .run("curl -sS -m 10 -o /dev/null -w '%{http_code}' --connect-to example.com:443:pypi.org:443 https://example.com/ 2>&1 || true")
        .await?;
    ensure!(sni.trim_end().ends_with("000"), "another SNI passed: {sni}");
    let header = learner
        .run("curl -s -m 10 -o /dev/null -w '%{http_code}' -H 'Host: pypi.org' http://example.com/ || true")
        .await?;
    ensure!(header == "403", "a header decided: {header}");
    // Without the token, or with another's.
    for who in ["", "sandbox:wrong@", "other:token@"] {
        let said = learner
            .run(&format!("curl -s -m 10 -o /dev/null -w '%{{http_connect}}' -x http://{who}{gateway} https://pypi.org/ || true"))
            .await?;
        ensure!(said == "407" || said == "403", "{who} was let in: {said}");
    }
    Ok(())
}

/// Not asked of anyone.
async fn past_the_proxy(learner: &Browser) -> Result<()> {
    // Past the proxy: other protocols, names as a channel, raw packets.
    let directly = [
        "timeout 5 bash -c 'exec 3<>/dev/tcp/93.184.215.14/443'",
        "timeout 5 bash -c 'exec 3<>/dev/tcp/example.com/80'",
        "timeout 5 getent hosts secret-in-a-name.example.com",
        "timeout 5 bash -c 'echo x > /dev/udp/8.8.8.8/53 && read -t 3 < /dev/udp/8.8.8.8/53'",
        "timeout 5 curl -sS --noproxy '*' -m 3 https://pypi.org/",
        "timeout 5 curl -sS -6 --noproxy '*' -m 3 https://example.com/",
        "timeout 5 ping -c 1 -W 2 8.8.8.8",
    ];
    for command in directly {
        refused(learner, command).await?;
    }
    let inside = "docker run --rm --network host busybox";
    for command in [
        "nslookup -timeout=2 example.com 8.8.8.8",
        "ping -c 1 -W 2 8.8.8.8",
        "nc -w 3 93.184.215.14 80 </dev/null",
    ] {
        refused(learner, &format!("timeout 15 {inside} {command}")).await?;
    }
    Ok(())
}

/// What the machine trusts, for builds: where a network has an authority of its own, packages come with its certificate.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

#[tokio::test]
async fn builds_get_their_packages() -> Result<()> {
    // Where this machine's packages come from may well be a mirror with an address that strangers are kept from.
    let mut addresses = Vec::new();
    for host in [
        "pypi.org:443",
        "files.pythonhosted.org:443",
        "registry.npmjs.org:443",
        "deb.debian.org:80",
    ] {
        let found = tokio::net::lookup_host(host).await.with_context(|| host)?;
        addresses.extend(
            found
                .filter(SocketAddr::is_ipv4)
                .map(|found| format!("{}/32", found.ip())),
        );
    }
    let drydock = Drydock::start(Options {
        file: format!("[gateway]\nallow_addresses = {addresses:?}\n"),
        ..with_the_classrooms_registry()
    })
    .await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    learner.run("mkdir -p pip npm apt").await?;
    for folder in ["pip", "npm"] {
        let bundle = std::fs::read(BUNDLE)?;
        learner
            .request(
                reqwest::Method::PUT,
                &format!("/api/v1/sandbox/files?path={folder}/ca.crt"),
            )
            .body(bundle)
            .send()
            .await?
            .error_for_status()?;
    }
    learner
        .run("printf 'FROM python:3.13-slim\\nCOPY ca.crt /ca.crt\\nRUN PIP_CERT=/ca.crt pip install --no-cache-dir itsdangerous\\n' > pip/Dockerfile")
        .await?;
    learner
        .run("printf 'FROM node:20-slim\\nWORKDIR /app\\nCOPY ca.crt /ca.crt\\nRUN NODE_EXTRA_CA_CERTS=/ca.crt npm install --no-audit --no-fund is-number\\n' > npm/Dockerfile")
        .await?;
    learner
        .run("printf 'FROM debian:trixie-slim\\nRUN apt-get update && apt-get install --yes --no-install-recommends hello && hello\\n' > apt/Dockerfile")
        .await?;
    for folder in ["pip", "npm", "apt"] {
        learner
            .run(&format!("docker build --progress=plain {folder}"))
            .await
            .with_context(|| folder)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_registry_that_dies_in_the_middle_of_a_pull_is_back_and_the_pull_succeeds() -> Result<()> {
    let drydock = Drydock::start(with_the_classrooms_registry()).await?;
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
        drydock.kill_the_registry()
    };
    let (pulled, killed) = tokio::join!(pull, kill);
    killed?;
    let pulled = pulled?;
    ensure!(pulled.exit_code == 0, "{}{}", pulled.stdout, pulled.stderr);
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
        ..with_the_classrooms_registry()
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
    let said = refused(
        &learner,
        "docker pull quay.io/classroom/docker.io/library/busybox",
    )
    .await?;
    ensure!(!said.contains("Downloaded"), "{said}");
    Ok(())
}
