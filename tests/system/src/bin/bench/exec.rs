//! The baseline of terminals: an exec with a TTY, straight at the host engine's socket. `docker exec -it` is this,
//! less a program and a second TTY.

use anyhow::{Context, Result, bail};
use drydock_system_tests::Drydock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::Command;

/// The container of the only sandbox of this Drydock.
pub(crate) async fn container_of(drydock: &Drydock) -> Result<String> {
    let filters = [
        "label=drydock.role=sandbox".to_owned(),
        format!("label=drydock.instance={}", drydock.instance()),
    ];
    let output = Command::new("docker")
        .args(["ps", "-q", "--filter", &filters[0], "--filter", &filters[1]])
        .output()
        .await?;
    let ids = String::from_utf8(output.stdout)?;
    Ok(ids.lines().next().context("no sandbox is running")?.to_owned())
}

async fn request(method: &str, path: &str, body: &Value, upgrade: bool) -> Result<(UnixStream, String)> {
    let mut stream = UnixStream::connect("/var/run/docker.sock")
        .await
        .context("the host engine's socket")?;
    let body = body.to_string();
    let connection = if upgrade {
        "Upgrade\r\nUpgrade: tcp"
    } else {
        "close"
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nConnection: {connection}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            bail!("the engine hung up: {}", String::from_utf8_lossy(&answer));
        }
        answer.push(byte[0]);
    }
    Ok((stream, String::from_utf8(answer)?))
}

/// A bash with a TTY in the container: raw bytes both ways.
pub(crate) async fn bash(container: &str) -> Result<UnixStream> {
    let create = json!({"AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": true, "Cmd": ["bash", "--norc", "-i"], "Env": ["PS1=$ "]});
    let (mut stream, _) = request("POST", &format!("/containers/{container}/exec"), &create, false).await?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await?;
    let json = &rest[rest.find('{').context("no JSON in the answer")?
        ..=rest.rfind('}').context("no JSON in the answer")?];
    let id = serde_json::from_str::<Value>(json)?["Id"]
        .as_str()
        .context("no id")?
        .to_owned();
    let (stream, answer) = request(
        "POST",
        &format!("/exec/{id}/start"),
        &json!({"Detach": false, "Tty": true}),
        true,
    )
    .await?;
    if !answer.starts_with("HTTP/1.1 101") {
        bail!("the engine does not upgrade: {answer}");
    }
    Ok(stream)
}

/// Reads until `text` has come; gives how many bytes came.
pub(crate) async fn read_until(stream: &mut UnixStream, text: &str) -> Result<usize> {
    let (mut tail, mut total) = (Vec::new(), 0);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            bail!("the exec ended");
        }
        total += count;
        tail.extend_from_slice(&buffer[..count]);
        if tail.windows(text.len()).any(|window| window == text.as_bytes()) {
            return Ok(total);
        }
        let keep = tail.len().saturating_sub(text.len());
        tail.drain(..keep);
    }
}
