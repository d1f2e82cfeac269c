//! Each way out of a sandbox that anyone has thought of, from inside one. Whatever is answered, nothing that is not on the list
//! is reached; and the refusals stand in the audit log. What has to fail is tried with something that has to work beside it, so that
//! a tool which is missing is not taken for a wall.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use drydock_system_tests::{Browser, Drydock, Options, until};

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

/// Where a sandbox's way out is.
struct Way {
    /// The proxy as the sandbox knows it: `http://sandbox:TOKEN@ADDRESS:PORT`.
    proxy: String,
    /// `ADDRESS:PORT` of it.
    gateway: String,
    /// The host's address on the sandboxes' network.
    host: String,
}

#[tokio::test]
async fn nothing_else_gets_out() -> Result<()> {
    let drydock = Drydock::start(Options::with_packages().await?).await?;
    let learner = drydock.browser()?;
    learner.start_sandbox().await?;
    let proxy = learner.run("printf %s \"$HTTPS_PROXY\"").await?;
    let gateway = proxy.rsplit_once('@').context("no proxy is set")?.1.to_owned();
    let host = gateway.split(':').next().unwrap_or_default().to_owned();
    let way = Way { proxy, gateway, host };

    by_the_proxy(&learner).await?;
    by_another_name(&learner, &way).await?;
    to_the_host(&drydock, &learner, &way).await?;
    past_the_proxy(&learner, &way).await?;
    to_a_neighbour(&drydock, &learner).await?;
    is_written_down(&drydock, &way).await
}

/// The status of an answer, and that of the proxy's before it; `000` where there was none.
async fn codes(learner: &Browser, arguments: &str) -> Result<(String, String)> {
    let said = learner
        .run(&format!(
            "curl -sS -m 10 -o /dev/null -w '%{{http_code}} %{{http_connect}}' --noproxy '' {arguments} 2>/dev/null || true"
        ))
        .await?;
    let (answer, proxy) = said.split_once(' ').context("curl said nothing")?;
    Ok((answer.to_owned(), proxy.to_owned()))
}

/// Asked of the gateway: hosts that are not on the list, other ports, addresses in every notation.
async fn by_the_proxy(learner: &Browser) -> Result<()> {
    let (answer, _) = codes(learner, "https://registry-1.docker.io/v2/").await?;
    ensure!(answer == "200", "the gateway does not answer: {answer}");
    for url in THROUGH {
        let (answer, proxy) = codes(learner, &format!("'{url}'")).await?;
        ensure!(
            [&answer, &proxy].iter().all(|code| !code.starts_with(['2', '3'])),
            "{url} was answered: {answer} {proxy}"
        );
    }
    Ok(())
}

/// A name in the TLS greeting, or in a header, that is not the one that was asked for; and somebody else's name.
async fn by_another_name(learner: &Browser, way: &Way) -> Result<()> {
    let (answer, proxy) = codes(learner, "--insecure https://pypi.org/simple/").await?;
    ensure!(
        proxy == "200" && answer.starts_with(['2', '3']),
        "pypi.org is allowed: {answer} {proxy}"
    );
    let (answer, proxy) = codes(
        learner,
        "--insecure --connect-to example.com:443:pypi.org:443 https://example.com/",
    )
    .await?;
    ensure!(
        answer == "000",
        "another name in the greeting passed: {answer} {proxy}"
    );
    let (answer, _) = codes(learner, "-H 'Host: pypi.org' http://example.com/").await?;
    ensure!(answer == "403", "a header decided: {answer}");
    // Without the token, or with another's.
    for who in ["", "sandbox:wrong@", "other:token@"] {
        let (_, proxy) = codes(
            learner,
            &format!("-x http://{who}{} https://pypi.org/", way.gateway),
        )
        .await?;
        ensure!(proxy == "407", "{who} was let in: {proxy}");
    }
    Ok(())
}

/// The host's own services, Drydock's API and the registry's own port, asked of the gateway and directly.
async fn to_the_host(drydock: &Drydock, learner: &Browser, way: &Way) -> Result<()> {
    let registry = drydock.registry_address()?;
    let (_, own) = drydock.address().split_once(':').context("a port")?;
    let host = way.host.as_str();
    for (host, port) in [
        (host, own),
        (host, "22"),
        (host, "53"),
        (host, "2375"),
        (registry.as_str(), "5000"),
    ] {
        let (_, proxy) = codes(learner, &format!("-p http://{host}:{port}/v2/")).await?;
        ensure!(
            proxy == "403" || proxy == "400",
            "the gateway led to {host}:{port}: {proxy}"
        );
        learner
            .refused(&format!("curl -s -m 3 --noproxy '*' http://{host}:{port}/v2/"))
            .await?;
    }
    Ok(())
}

/// Not asked of anyone: other protocols, names as a channel, raw packets.
async fn past_the_proxy(learner: &Browser, way: &Way) -> Result<()> {
    let (host, port) = way.gateway.split_once(':').context("a port")?;
    for allowed in [
        format!("timeout 5 bash -c 'exec 3<>/dev/tcp/{host}/{port}'"),
        "timeout 5 getent hosts localhost".to_owned(),
        format!("timeout 5 curl -sS --noproxy '*' -m 3 http://{}/", way.gateway),
    ] {
        learner.run(&allowed).await?;
    }
    for command in [
        "timeout 5 bash -c 'exec 3<>/dev/tcp/93.184.215.14/443'",
        "timeout 5 bash -c 'exec 3<>/dev/tcp/example.com/80'",
        "timeout 5 getent hosts secret-in-a-name.example.com",
        "timeout 5 bash -c 'echo x > /dev/udp/8.8.8.8/53 && read -t 3 < /dev/udp/8.8.8.8/53'",
        "timeout 5 curl -sS --noproxy '*' -m 3 https://pypi.org/",
        "timeout 5 curl -sS -6 --noproxy '*' -m 3 https://example.com/",
    ] {
        learner.refused(command).await?;
    }
    // From a container, where the learner is root.
    let inside = "timeout 20 docker run --rm --network host busybox";
    for allowed in [
        "ping -c 1 -W 2 127.0.0.1".to_owned(),
        format!("sh -c 'nc -w 3 {host} {port} </dev/null'"),
    ] {
        learner.run(&format!("{inside} {allowed}")).await?;
    }
    for command in [
        "ping -c 1 -W 2 8.8.8.8",
        "nslookup -timeout=2 example.com 8.8.8.8",
        "sh -c 'nc -w 3 93.184.215.14 80 </dev/null'",
    ] {
        learner.refused(&format!("{inside} {command}")).await?;
    }
    Ok(())
}

/// A port that a neighbour has published.
async fn to_a_neighbour(drydock: &Drydock, learner: &Browser) -> Result<()> {
    let other = drydock.browser()?;
    other.start_sandbox().await?;
    let address = other.run("hostname -I | cut -d' ' -f1").await?;
    let url = format!("http://{}:8080/", address.trim());
    other.run("docker run -d -p 8080:80 nginx:1.26").await?;
    let there = format!("curl -sf -m 3 --noproxy '*' {url}");
    until("the neighbour reaches it", Duration::from_secs(20), async || {
        let result = other.exec(&there).await?;
        Ok(if result.exit_code == 0 {
            Ok(())
        } else {
            Err(result.exit_code)
        })
    })
    .await?;
    learner.refused(&there).await?;
    let (answer, _) = codes(learner, &url).await?;
    ensure!(answer == "403", "the gateway led to a neighbour: {answer}");
    Ok(())
}

/// What the gateway has refused, it has written down, and nobody's token with it.
async fn is_written_down(drydock: &Drydock, way: &Way) -> Result<()> {
    let written = until("the audit log is written", Duration::from_secs(10), async || {
        let text = drydock.audit()?;
        let refused = text
            .lines()
            .filter(|line| line.contains("\"kind\":\"refused\""))
            .count();
        Ok(if refused >= THROUGH.len() {
            Ok(text)
        } else {
            Err(refused)
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
    let token = way.proxy.split([':', '@']).nth(2).context("a token")?;
    ensure!(!written.contains(token), "the log has a token in it");
    Ok(())
}
