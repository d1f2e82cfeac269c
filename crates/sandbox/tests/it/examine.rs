//! What a learner left is looked at by an engine that they never had in their hands.

use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptions};
use bytes::Bytes;
use drydock_protocol::api::StopReason;
use drydock_sandbox::{DiskChoice, Error, Needs, Owner, Sandbox};

use crate::room::{Room, eventually, output};

/// Puts itself into the engine's place and tells of an image that there is not. Perl is in the sandbox image's base.
const FAKE: &str = r#"
use Socket;
unlink '/run/docker.sock';
socket(my $listener, PF_UNIX, SOCK_STREAM, 0) or die $!;
bind($listener, sockaddr_un('/run/docker.sock')) or die $!;
listen($listener, 64) or die $!;
while (accept(my $client, $listener)) {
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread($client, my $piece, 4096) or last; $head .= $piece; }
    my $image = '[{"Id":"sha256:' . ('ab' x 32) . '","ParentId":"","RepoTags":["forged:v1"],"RepoDigests":[],"Created":1,"Size":1,"SharedSize":-1,"Labels":{},"Containers":-1}]';
    my $body = $head =~ m{/_ping} ? 'OK' : $head =~ m{/images/json} ? $image : '[]';
    syswrite($client, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
    close($client);
}
"#;

fn busybox() -> Needs {
    Needs {
        images: vec!["busybox:latest".to_owned()],
        ..Needs::default()
    }
}

async fn tags(sandbox: &Sandbox) -> Vec<String> {
    let images = sandbox.engine().list_images(None::<ListImagesOptions>).await;
    let mut tags: Vec<String> = images
        .expect("something answers")
        .into_iter()
        .flat_map(|image| image.repo_tags)
        .collect();
    tags.sort();
    tags
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fake_engine_is_believed_by_nobody_who_examines() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    let agent = sandbox.agent();
    agent
        .write("kept.txt", Bytes::from_static(b"mine"))
        .await
        .unwrap();
    output(&sandbox, "docker tag busybox mine:v1").await;
    agent
        .write("fake.pl", Bytes::from_static(FAKE.as_bytes()))
        .await
        .unwrap();
    output(&sandbox, "setsid perl fake.pl >/dev/null 2>&1 & sleep 0.2").await;
    eventually("the fake answers", || async {
        tags(&sandbox).await == ["forged:v1"]
    })
    .await;

    let owner = Owner::new("ann");
    let examined = room.sandboxes().examine(&owner).await.unwrap();
    assert!(sandbox.ended().is_cancelled());
    assert_eq!(tags(&examined).await, ["busybox:latest", "mine:v1"]);
    assert_eq!(examined.agent().read("kept.txt").await.unwrap(), "mine");
    // What was known of the machine before opens nothing now.
    assert!(sandbox.agent().status().await.is_err());
    assert_eq!(room.sandboxes().counts().seats_used, 1);

    // It can be done again, and it ends like any other.
    let again = room.sandboxes().examine(&owner).await.unwrap();
    assert_eq!(tags(&again).await, ["busybox:latest", "mine:v1"]);
    let id = again.id().to_string();
    room.sandboxes().stop(&owner, StopReason::Asked);
    eventually("all of it is removed, and its seat is free", || async {
        room.things_of(&id).await.is_empty() && room.sandboxes().counts().seats_used == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_left_behind_runs_by_itself() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    output(
        &sandbox,
        "docker run -d --name lurking --restart always -v /run:/r busybox sh -c 'sleep 1000'",
    )
    .await;
    output(
        &sandbox,
        "docker run --name done busybox sh -c 'echo said; exit 3' || true",
    )
    .await;
    // Where the engine takes its settings from when it runs without delegated cgroups.
    output(
        &sandbox,
        "mkdir -p ~/.config/docker && echo '{\"debug\": \"no\"}' >~/.config/docker/daemon.json",
    )
    .await;

    let examined = room.sandboxes().examine(&Owner::new("ann")).await.unwrap();
    let all = ListContainersOptionsBuilder::new().all(true).build();
    let mut states: Vec<String> = examined
        .engine()
        .list_containers(Some(all))
        .await
        .unwrap()
        .into_iter()
        .map(|container| {
            let name = container.names.unwrap_or_default().concat();
            format!(
                "{name} {}",
                container.state.map(|state| state.to_string()).unwrap_or_default()
            )
        })
        .collect();
    states.sort();
    assert_eq!(states, ["/done exited", "/lurking exited"]);
    let done = examined.engine().inspect_container("done", None).await.unwrap();
    assert_eq!(done.state.unwrap().exit_code, Some(3));
    assert_eq!(output(&examined, "docker logs done").await, "said");
    assert_eq!(
        output(&examined, "docker start lurking").await,
        "lurking",
        "it can be told to"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn disks_in_memory_cannot_be_examined() {
    let room = Room::open(|config| config.disk = DiskChoice::Tmpfs).await;
    room.ready("ann").await;
    let owner = Owner::new("ann");
    let error = room.sandboxes().examine(&owner).await.unwrap_err();
    assert!(matches!(error, Error::NothingToExamine), "{error}");
    assert!(matches!(
        room.sandboxes().examine(&Owner::new("bob")).await,
        Err(Error::NoSandbox)
    ));
}
