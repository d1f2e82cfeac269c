//! Sandboxes whose disk is cloned from one that holds the classroom's images already.

use std::process::Command;
use std::time::Instant;

use drydock_sandbox::{Needs, Owner, Sandbox};

use crate::room::{Room, eventually, host, output};

/// Tells one template from another.
const WHICH: &str = "stat -c '%n %i %y' /disks/template.*";
const DEBIAN: &str = "debian:trixie-slim";

/// A room with two images to load, whose server is not started yet.
async fn room() -> Room {
    let room = Room::prepare(host().await, |config| {
        config.capacity = 4;
        config.limits.disk_bytes = 512 << 20;
        config.preload = vec!["busybox:latest".to_owned(), DEBIAN.to_owned()];
    });
    room.with_images(&["busybox", "debian-trixie-slim"]);
    room
}

fn both() -> Needs {
    Needs {
        images: vec!["busybox:latest".to_owned(), DEBIAN.to_owned()],
        ..Needs::default()
    }
}

async fn has_a_template(room: &Room) {
    eventually("the template is made", || async {
        room.sandboxes().health().template
    })
    .await;
}

/// Runs a line as the host's root where the disks are.
fn in_the_store(room: &Room, script: &str) -> String {
    let volume = format!("drydock-{}-disks:/disks", room.config.instance);
    let done = Command::new("docker")
        .args([
            "run",
            "--rm",
            "--user",
            "0:0",
            "--userns",
            "host",
            "--network",
            "none",
        ])
        .args(["--volume", &volume, "--entrypoint", "/bin/sh"])
        .args([room.config.image.as_str(), "-c", script])
        .output()
        .expect("docker is there");
    assert!(
        done.status.success(),
        "{script}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).expect("text").trim().to_owned()
}

/// Files on the engine's disk that belong to ids which are not this sandbox's, as a container sees them.
async fn strangers(sandbox: &Sandbox) -> String {
    output(
        sandbox,
        &format!("docker run --rm -v /data/docker:/d:ro {DEBIAN} find /d/image /d/overlay2 -xdev -uid 65534 -o -xdev -gid 65534"),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_is_as_good_as_loading_and_nobody_elses() {
    let mut room = room().await;
    room.restart(|_| {}).await;
    // Nothing waits for it: this one is made without.
    let begun = Instant::now();
    let first = room.ready_with("first", &both()).await;
    let loaded_in = begun.elapsed();
    let ids = "docker images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort";
    let expected = output(&first, ids).await;
    has_a_template(&room).await;
    assert_eq!(room.sandboxes().stats().cloned, 0);
    assert_eq!(room.sandboxes().counts().seats_used, 1);

    let begun = Instant::now();
    let ann = room.ready_with("ann", &both()).await;
    eprintln!(
        "ready after {} ms with a template, {} ms without",
        begun.elapsed().as_millis(),
        loaded_in.as_millis()
    );
    assert_eq!(room.sandboxes().stats().cloned, 1);
    assert_eq!(output(&ann, ids).await, expected);
    assert_eq!(output(&ann, "docker run --rm busybox echo hello").await, "hello");
    let shadow = format!("docker run --rm {DEBIAN} stat -c %u:%g /etc/shadow");
    assert_eq!(output(&ann, &shadow).await, "0:42");
    assert_eq!(strangers(&ann).await, "");
    assert_eq!(
        output(&ann, "stat -c %u /data/docker/overlay2").await,
        output(&ann, "id -u").await
    );

    // A larger disk is grown.
    let larger = Needs {
        disk_bytes: Some(1 << 30),
        ..both()
    };
    let size = "df --block-size=1M --output=size /data/docker | tail -n 1";
    let bob = room.ready_with("bob", &larger).await;
    assert_eq!(room.sandboxes().stats().cloned, 2);
    let (usual, grown): (u64, u64) = (
        output(&ann, size).await.parse().unwrap(),
        output(&bob, size).await.parse().unwrap(),
    );
    assert!(usual < 512 && grown > 900, "{usual} MiB, {grown} MiB");
    output(
        &bob,
        "head -c 700M /dev/zero >/data/docker/fill && rm /data/docker/fill",
    )
    .await;
    assert_eq!(output(&bob, &shadow).await, "0:42");
    assert_eq!(strangers(&bob).await, "");

    // Each has its own.
    let id = "docker info --format '{{.ID}}'";
    assert_ne!(output(&ann, id).await, output(&bob, id).await);
    output(
        &ann,
        "docker tag busybox mine && docker rmi -f busybox && docker volume create own && docker run --name own mine true",
    )
    .await;
    assert_eq!(output(&bob, ids).await, expected);
    let carol = room.ready_with("carol", &both()).await;
    assert_eq!(output(&carol, ids).await, expected);
    assert_eq!(output(&carol, "docker ps -aq; docker volume ls -q").await, "");
    assert_eq!(room.sandboxes().stats().cloned, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_cut_off_is_replaced() {
    let mut room = room().await;
    room.restart(|_| {}).await;
    has_a_template(&room).await;
    let cut_off = "truncate --size=50M /disks/template.* && stat -c '%n %i %y' /disks/template.*";
    let before = in_the_store(&room, cut_off);

    // Noticed when it is to be cloned.
    let ann = room.ready_with("ann", &both()).await;
    assert_eq!(output(&ann, "docker run --rm busybox echo hello").await, "hello");
    assert_eq!(room.sandboxes().stats().cloned, 0);
    has_a_template(&room).await;
    let after = in_the_store(&room, WHICH);
    assert_ne!(before, after);
    room.ready_with("bob", &both()).await;
    assert_eq!(room.sandboxes().stats().cloned, 1);

    // Noticed by the next server.
    let before = in_the_store(&room, cut_off);
    room.restart(|_| {}).await;
    has_a_template(&room).await;
    assert_ne!(before, in_the_store(&room, WHICH));
    let carol = room.ready_with("carol", &both()).await;
    assert_eq!(room.sandboxes().stats().cloned, 1);
    assert_eq!(
        output(&carol, "docker run --rm busybox echo hello").await,
        "hello"
    );

    // And one that is sound is kept, that of other images is not.
    let sound = in_the_store(&room, WHICH);
    room.restart(|_| {}).await;
    has_a_template(&room).await;
    assert_eq!(in_the_store(&room, WHICH), sound);
    room.restart(|config| config.preload = vec!["busybox:latest".to_owned()])
        .await;
    has_a_template(&room).await;
    let other = in_the_store(&room, WHICH);
    assert_eq!(other.lines().count(), 1, "{other}");
    assert_ne!(other, sound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_makes_a_template_leaves_nothing_of_it() {
    let mut room = room().await;
    room.restart(|_| {}).await;
    let sandbox = |name: &String| name.starts_with('/') && !name.contains("-helper-");
    eventually("it is being made", || async {
        room.things().await.iter().any(sandbox)
    })
    .await;
    assert!(!room.sandboxes().health().template);
    room.restart(|_| {}).await;
    has_a_template(&room).await;
    eventually("only the store is left", || async {
        room.things().await == [format!("drydock-{}-disks", room.config.instance)]
    })
    .await;
    let files = in_the_store(&room, "ls /disks");
    assert!(
        files.starts_with("template.") && files.lines().count() == 1,
        "{files}"
    );
    room.ready_with("ann", &both()).await;
    assert_eq!(room.sandboxes().stats().cloned, 1);
    assert!(room.sandboxes().get(&Owner::new("ann")).is_some());
    room.sandboxes().shutdown(false).await;
    assert_eq!(room.things().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn images_that_come_later_get_into_a_template_too() {
    let room = Room::open(|config| {
        config.capacity = 3;
        config.preload = vec!["busybox:latest".to_owned()];
    })
    .await;
    room.ready("ann").await;
    assert!(!room.sandboxes().health().template);
    room.with_busybox();
    let busybox = Needs {
        images: vec!["busybox:latest".to_owned()],
        ..Needs::default()
    };
    room.ready_with("bob", &busybox).await;
    has_a_template(&room).await;
    let carol = room.ready_with("carol", &busybox).await;
    assert_eq!(room.sandboxes().stats().cloned, 1);
    assert_eq!(
        output(&carol, "docker run --rm busybox echo hello").await,
        "hello"
    );
}
