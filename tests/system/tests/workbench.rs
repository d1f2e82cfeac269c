//! What the workbench's panels stand on: a learner's own web servers, seen without harm to anybody, and containers as they are.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use drydock_protocol::live::Event;
use drydock_protocol::workbench::{ContainerView, FileChange, LayerFiles, PreviewView};
use drydock_system_tests::{Browser, Drydock, Options, Socket, until};
use reqwest::{Method, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

/// An event that something waits for, or a container that begins to listen.
const SOON: Duration = Duration::from_secs(20);
/// A host that is ours by its address, and no loopback one: no name can lead to previews there.
const ELSEWHERE: &str = "192.0.2.7:3000";

/// A server that tells what it was asked, and tries to leave cookies.
const CURIOUS: &str = r"mkdir -p www/cgi-bin && cat > www/cgi-bin/asked <<'END' && chmod +x www/cgi-bin/asked
#!/bin/sh
printf 'Content-Type: text/plain\r\nSet-Cookie: mine=1\r\nSet-Cookie: drydock=evil; Domain=localhost\r\n'
printf 'X-Frame-Options: DENY\r\n\r\n'
env
END
docker run -d --name curious -p 8081:80 -v ~/www:/www busybox httpd -f -h /www";

/// One that takes any upgrade, and says back what it is told.
const ECHO: &str = r#"cat > echo.pl <<'END'
use IO::Socket::INET;
my $door = IO::Socket::INET->new(LocalPort => 80, Listen => 5, ReuseAddr => 1) or die $!;
while (my $guest = $door->accept) {
    while (my $line = <$guest>) { last if $line =~ /^\r?\n$/ }
    syswrite $guest, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
    while (sysread $guest, my $said, 4096) { syswrite $guest, $said }
}
END
docker run -d --name echo -p 8082:80 -v ~/echo.pl:/echo.pl nginx:1.26 perl /echo.pl"#;

/// A request of that path, for a host of that name.
async fn ask(browser: &Browser, host: &str, path: &str) -> Result<Response> {
    let request = browser.request(Method::GET, path).header("host", host);
    Ok(request.header("cookie", "drydock=mine").send().await?)
}

/// The host's name in an address.
fn host(url: &str) -> Result<&str> {
    let host = url.strip_prefix("http://").context("an address with a host")?;
    Ok(host.trim_end_matches('/'))
}

async fn preview(browser: &Browser, ports: &[u16]) -> Result<PreviewView> {
    until("the ports are published", SOON, async || {
        let seen: PreviewView = browser.json("/api/v1/sandbox/preview").await?;
        let found: Vec<u16> = seen.ports.iter().map(|port| port.port).collect();
        Ok(if found == ports { Ok(seen) } else { Err(found) })
    })
    .await
}

/// What stands there, once it is answered as it should be.
async fn answered(browser: &Browser, host: &str, path: &str) -> Result<Response> {
    until("the server answers", SOON, async || {
        let response = ask(browser, host, path).await?;
        Ok(if response.status().is_success() {
            Ok(response)
        } else {
            Err(response.status())
        })
    })
    .await
}

#[tokio::test]
async fn a_learners_own_server_is_seen_and_gets_nothing_of_ours() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    browser.start_sandbox().await?;
    browser
        .run("docker run -d --name web -p 8080:80 nginx:1.26")
        .await?;
    browser.run(CURIOUS).await?;
    browser.run(ECHO).await?;
    // For programs in the sandbox only.
    browser
        .run("docker run -d --name shy -p 127.0.0.1:8083:80 nginx:1.26")
        .await?;

    let seen = preview(&browser, &[8080, 8081, 8082]).await?;
    ensure!(seen.own_origin, "{seen:?}");
    let containers: Vec<_> = seen.ports.iter().map(|port| port.container.as_str()).collect();
    ensure!(containers == ["web", "curious", "echo"], "{containers:?}");
    let [web, curious, echo] = &seen.ports[..] else {
        unreachable!()
    };

    // A host of its own, which our pages may show in a frame and nobody else.
    let page = answered(&browser, host(&web.url)?, "/").await?;
    let policy = page.headers()["content-security-policy"].to_str()?.to_owned();
    ensure!(policy.contains("frame-ancestors http://localhost:*"), "{policy}");
    ensure!(!page.headers().contains_key("set-cookie"));
    ensure!(page.text().await?.contains("Welcome to nginx!"));
    let ours = browser.get("/courses/docker/images").await?;
    let policy = ours.headers()["content-security-policy"].to_str()?.to_owned();
    ensure!(
        policy.contains("frame-src 'self' http://*.localhost:*"),
        "{policy}"
    );

    // Its own cookies are its own; one that is meant for more is dropped, and so is what would keep it out of the frame.
    let asked = answered(&browser, host(&curious.url)?, "/cgi-bin/asked?a=b").await?;
    let cookies: Vec<_> = asked.headers().get_all("set-cookie").iter().collect();
    ensure!(cookies == ["mine=1"], "{cookies:?}");
    ensure!(!asked.headers().contains_key("x-frame-options"));
    let told = asked.text().await?;
    ensure!(
        told.contains("HTTP_HOST=localhost:8081") && told.contains("QUERY_STRING=a=b"),
        "{told}"
    );

    without_a_domain(&browser, &curious.url).await?;
    upgrade(&drydock, host(&echo.url)?).await?;
    nothing_else(&browser, &web.url).await?;

    // It ends with the sandbox.
    browser.request(Method::DELETE, "/api/v1/sandbox").send().await?;
    until("the preview is gone", SOON, async || {
        let status = ask(&browser, host(&web.url)?, "/").await?.status();
        Ok(if status == StatusCode::NOT_FOUND {
            Ok(())
        } else {
            Err(status)
        })
    })
    .await
}

/// Where no name leads to it, it is a path of ours: without our cookie, without one of its own, and without an origin.
async fn without_a_domain(browser: &Browser, url: &str) -> Result<()> {
    let asks = browser.request(Method::GET, "/api/v1/sandbox/preview");
    let seen: PreviewView = asks.header("host", ELSEWHERE).send().await?.json().await?;
    ensure!(!seen.own_origin, "{seen:?}");
    let path = &seen.ports[1].url;
    let name = url
        .split_once('-')
        .and_then(|(_, rest)| rest.split_once('.'))
        .context("a name")?
        .0;
    ensure!(*path == format!("/preview/{name}/8081/"), "{path}");
    let asked = answered(browser, ELSEWHERE, &format!("{path}cgi-bin/asked?a=b")).await?;
    ensure!(!asked.headers().contains_key("set-cookie"));
    let policy = asked.headers()["content-security-policy"].to_str()?.to_owned();
    ensure!(
        policy.starts_with("sandbox ") && !policy.contains("allow-same-origin"),
        "{policy}"
    );
    let told = asked.text().await?;
    ensure!(
        told.contains("QUERY_STRING=a=b") && !told.contains("drydock=mine"),
        "{told}"
    );
    Ok(())
}

/// A socket passes, both ways.
async fn upgrade(drydock: &Drydock, host: &str) -> Result<()> {
    let mut stream = until("the echo answers", SOON, async || {
        let mut stream = TcpStream::connect(drydock.address()).await?;
        let asks =
            format!("GET /socket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
        stream.write_all(asks.as_bytes()).await?;
        let mut head = vec![0; 4096];
        let length = tokio::time::timeout(SOON, stream.read(&mut head)).await??;
        let head = String::from_utf8_lossy(&head[..length]).into_owned();
        Ok(if head.starts_with("HTTP/1.1 101") {
            Ok(stream)
        } else {
            Err(head)
        })
    })
    .await?;
    for word in ["ahoy\n", "and again\n"] {
        stream.write_all(word.as_bytes()).await?;
        let mut said = vec![0; word.len()];
        tokio::time::timeout(SOON, stream.read_exact(&mut said)).await??;
        ensure!(said == word.as_bytes(), "{:?}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

/// Ports where nobody listens, the agent's, names that nobody has, and pages of ours under a preview's name.
async fn nothing_else(browser: &Browser, url: &str) -> Result<()> {
    let host = host(url)?;
    let (name, rest) = host
        .split_once('-')
        .and_then(|(_, rest)| rest.split_once('.'))
        .context("a name")?;
    let at = |port: u16, name: &str| format!("{port}-{name}.{rest}");
    let nobody = ask(browser, &at(9999, name), "/").await?;
    ensure!(nobody.status() == StatusCode::BAD_GATEWAY);
    let said = nobody.text().await?;
    ensure!(
        said.contains("Nothing answers on port 9999 yet")
            && said.contains("<b>8080</b>, of <code>web</code>"),
        "{said}"
    );
    ensure!(ask(browser, &at(8083, name), "/").await?.status() == StatusCode::BAD_GATEWAY);
    let agent = ask(browser, &at(drydock_protocol::agent::PORT, name), "/status").await?;
    ensure!(agent.status() == StatusCode::BAD_GATEWAY, "{}", agent.status());
    let stranger = ask(browser, &at(8080, &"0".repeat(32)), "/").await?;
    ensure!(stranger.status() == StatusCode::NOT_FOUND);
    // Whatever is asked for at a preview's host, it is the learner's server that is asked.
    let page = ask(browser, host, "/api/v1/openapi.json").await?;
    ensure!(page.status() == StatusCode::NOT_FOUND && page.text().await?.contains("nginx"));
    let odd = ask(browser, &format!("x.{rest}"), "/").await?;
    ensure!(odd.status() == StatusCode::NOT_FOUND && odd.text().await?.contains("no preview here"));
    Ok(())
}

/// The text frames of a log until one has that in it; what it closes with, if it does.
async fn read_along(log: &mut Socket, wanted: &str) -> Result<Option<u16>> {
    let mut text = String::new();
    let within = async {
        loop {
            match log.next().await? {
                Message::Text(piece) => text.push_str(&piece),
                Message::Close(frame) => return Ok(frame.map(|frame| frame.code.into())),
                _ => {}
            }
            if !wanted.is_empty() && text.contains(wanted) {
                return Ok(None);
            }
        }
    };
    tokio::time::timeout(SOON, within)
        .await
        .context("the log said nothing in time")?
}

#[tokio::test]
async fn containers_are_told_of_as_they_are() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    browser.start_sandbox().await?;
    let mut events = browser.events().await?;
    let engine = |wanted: fn(bool, bool) -> bool| {
        move |event| match event {
            Event::Engine { images, containers } if wanted(images, containers) => Some(()),
            _ => None,
        }
    };
    // What there is when the page begins to watch may be anything.
    events
        .event(SOON, engine(|images, containers| images && containers))
        .await?;

    browser
        .run("docker network create quay && docker volume create hold")
        .await?;
    browser
        .run("docker run -d --name talker --network quay -v hold:/hold -p 8080:80/tcp busybox sh -c 'echo one; echo two >&2; sleep 600'")
        .await?;
    events.event(SOON, engine(|_, containers| containers)).await?;
    let list = async || {
        browser
            .json::<Vec<ContainerView>>("/api/v1/sandbox/containers")
            .await
    };
    let found = list().await?;
    let [talker] = &found[..] else {
        anyhow::bail!("{found:?}")
    };
    ensure!(
        talker.name == "talker" && talker.image == "busybox" && talker.state == "running",
        "{talker:?}"
    );
    ensure!(talker.networks == ["quay"], "{talker:?}");
    let ports: Vec<_> = talker
        .ports
        .iter()
        .map(|port| (port.container, port.published))
        .collect();
    ensure!(ports == [(80, Some(8080))], "{talker:?}");
    let mounts: Vec<_> = talker
        .mounts
        .iter()
        .map(|mount| (mount.source.as_str(), mount.target.as_str()))
        .collect();
    ensure!(mounts == [("hold", "/hold")], "{talker:?}");
    ensure!(
        talker.id == browser.run("docker inspect -f '{{.Id}}' talker").await?.trim(),
        "{talker:?}"
    );

    let mut log = browser
        .socket(&format!("/api/v1/sandbox/containers/{}/logs", talker.id))
        .await?;
    read_along(&mut log, "one").await?;
    browser.run("docker tag busybox named:1").await?;
    events.event(SOON, engine(|images, _| images)).await?;
    browser.run("docker stop -t 0 talker").await?;
    ensure!(read_along(&mut log, "").await? == Some(1000));
    // A log ends before its container has.
    until("the container is told to have ended", SOON, async || {
        let state = list().await?.remove(0).state;
        Ok(if state == "exited" { Ok(()) } else { Err(state) })
    })
    .await?;

    // A container that is not there, a name that is none, and another learner.
    let mut none = browser
        .socket(&format!("/api/v1/sandbox/containers/{}/logs", "0".repeat(64)))
        .await?;
    ensure!(read_along(&mut none, "").await? == Some(4004));
    ensure!(
        browser
            .socket("/api/v1/sandbox/containers/talker/logs")
            .await
            .is_err()
    );
    let stranger = drydock.browser()?;
    ensure!(stranger.get("/api/v1/sandbox/containers").await?.status() == StatusCode::CONFLICT);
    ensure!(stranger.get("/api/v1/sandbox/preview").await?.status() == StatusCode::CONFLICT);
    ensure!(
        stranger
            .socket(&format!("/api/v1/sandbox/containers/{}/logs", talker.id))
            .await
            .is_err()
    );
    Ok(())
}

/// Layers that add, change and remove: a file, a folder, and what came with the base.
const CARGO: &str = r"mkdir -p cargo && cd cargo && printf 'one\n' > manifest && cat > Dockerfile <<'END'
FROM busybox
RUN mkdir /hold && head -c 5000000 /dev/zero > /hold/ballast && echo keep > /hold/keep
COPY manifest /etc/passwd
RUN rm /hold/ballast /bin/vi
RUN rm -r /hold
WORKDIR /empty
END
docker build -q -t cargo .";

#[tokio::test]
async fn a_layer_is_told_by_what_it_does_to_files() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    browser.start_sandbox().await?;
    let id = browser.run(CARGO).await?;
    let id = id.trim();
    let count = browser
        .run("docker inspect -f '{{len .RootFS.Layers}}' busybox")
        .await?;
    let base: usize = count.trim().parse()?;
    let read = async |layer: usize| {
        let path = format!("/api/v1/sandbox/images/{id}/layers/{layer}");
        let told: LayerFiles = browser.json(&path).await?;
        let files = told.files.iter();
        let named: Vec<String> = files
            .map(|file| {
                let mark = match file.change {
                    FileChange::Added => '+',
                    FileChange::Changed => '~',
                    FileChange::Removed => '-',
                };
                format!("{mark}{} {}", file.path, file.size)
            })
            .collect();
        Ok::<_, anyhow::Error>((named, told.totals))
    };

    // The ground: all that busybox has, as it says itself.
    let (_, ground) = read(0).await?;
    let counted = browser
        .run("docker create --name look busybox >/dev/null && docker export look | tar -tf - | grep -vc '/$'")
        .await?;
    let counted: u64 = counted.trim().parse()?;
    // A container has a few files that its engine puts there, .dockerenv, hosts and the like; a layer may have empty folders.
    ensure!(
        ground.added.files.abs_diff(counted) <= 10,
        "{ground:?}, {counted}"
    );

    let (named, _) = read(base).await?;
    // Where a base has no /proc and /sys, a `RUN` makes them.
    ensure!(
        named[..2] == ["+/hold/ballast 5000000", "+/hold/keep 5"],
        "{named:?}"
    );
    let (named, _) = read(base + 1).await?;
    ensure!(named == ["~/etc/passwd 4"], "{named:?}");
    let (named, totals) = read(base + 2).await?;
    ensure!(named[0] == "-/hold/ballast 5000000", "{named:?}");
    ensure!(named.len() == 2 && named[1].starts_with("-/bin/vi "), "{named:?}");
    ensure!(totals.removed.bytes >= 5_000_000, "{totals:?}");
    let (named, _) = read(base + 3).await?;
    ensure!(named == ["-/hold 5"], "{named:?}");
    let (named, _) = read(base + 4).await?;
    ensure!(named == ["+/empty 0"], "{named:?}");

    // What is not there, what is no id, and somebody else.
    let status = async |browser: &Browser, path: &str| {
        let path = format!("/api/v1/sandbox/images/{path}");
        Ok::<_, anyhow::Error>(browser.get(&path).await?.status())
    };
    let layers = format!("{id}/layers");
    ensure!(status(&browser, &format!("{layers}/{}", base + 5)).await? == StatusCode::NOT_FOUND);
    ensure!(status(&browser, &format!("{layers}/-1")).await? == StatusCode::BAD_REQUEST);
    let nothing = format!("sha256:{}/layers/0", "0".repeat(64));
    ensure!(status(&browser, &nothing).await? == StatusCode::NOT_FOUND);
    ensure!(status(&browser, "cargo/layers/0").await? == StatusCode::BAD_REQUEST);
    let stranger = drydock.browser()?;
    ensure!(status(&stranger, &format!("{layers}/0")).await? == StatusCode::CONFLICT);

    // Looked at twice at once: one has the turn, and afterwards it is free again.
    let path = format!("{layers}/0");
    let (one, other) = tokio::join!(status(&browser, &path), status(&browser, &path));
    let mut both = [one?, other?];
    both.sort();
    ensure!(
        both[0] == StatusCode::OK && matches!(both[1], StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE),
        "{both:?}"
    );
    ensure!(status(&browser, &path).await? == StatusCode::OK);
    Ok(())
}
