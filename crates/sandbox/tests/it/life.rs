//! A sandbox's life: made, used, found again, broken, reaped.

use std::time::{Duration, Instant};

use bytes::Bytes;
use drydock_protocol::agent::Journalled;
use drydock_protocol::api::{ExecRequest, FileKind, SandboxState, StopReason};
use drydock_sandbox::{AgentError, DiskChoice, Needs, Owner};
use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::room::{PATIENCE, Room, eventually, failed, output, run};

fn busybox() -> Needs {
    Needs {
        images: vec!["busybox:latest".to_owned()],
        ..Needs::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_is_a_machine_of_ones_own() {
    let room = Room::open(|_| {}).await;
    let begun = Instant::now();
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    eprintln!("ready after {} ms", begun.elapsed().as_millis());

    // Its engine, by hand and through the tunnel.
    let said = output(&sandbox, "docker run --rm busybox echo hello").await;
    assert_eq!(said, "hello");
    let info = sandbox.engine().info().await.unwrap();
    assert_eq!(info.name.as_deref(), Some("drydock"));
    let images = sandbox
        .engine()
        .list_images(None::<bollard::query_parameters::ListImagesOptions>)
        .await
        .unwrap();
    assert!(
        images[0].repo_tags.contains(&"busybox:latest".to_owned()),
        "{:?}",
        images[0].repo_tags
    );

    // Its files.
    let agent = sandbox.agent();
    agent
        .write("notes/a b.txt", Bytes::from_static(b"text"))
        .await
        .unwrap();
    assert_eq!(agent.read("notes/a b.txt").await.unwrap(), "text");
    assert_eq!(output(&sandbox, "cat 'notes/a b.txt'").await, "text");
    let listing = agent.list("notes").await.unwrap();
    assert_eq!(
        (listing.entries[0].name.as_str(), listing.entries[0].kind),
        ("a b.txt", FileKind::File)
    );
    agent.remove("notes").await.unwrap();
    assert!(matches!(
        agent.read("notes/a b.txt").await,
        Err(AgentError::NotFound { .. })
    ));

    // Its limits are what the inner engine's containers live in, and can be split among them.
    let limited = output(&sandbox, "docker run --rm -m 16m busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || docker run --rm -m 16m busybox cat /sys/fs/cgroup/memory.max").await;
    assert_eq!(limited, (16 << 20).to_string());

    // What it uses gets into the view.
    let owner = Owner::new("ann");
    let view = room.until(&owner, |view| view.usage.is_some()).await;
    assert!(view.usage.unwrap().memory_bytes > 0);
    assert!(view.expires_at.is_some());
    let counts = room.sandboxes().counts();
    assert_eq!((counts.ready, counts.seats_used), (1, 1));
    assert_eq!(room.sandboxes().stats().starts.len(), 1);

    // And its end.
    let id = view.id;
    room.sandboxes().stop(&owner, StopReason::Asked);
    assert!(sandbox.ended().is_cancelled());
    assert!(room.sandboxes().get(&owner).is_none());
    room.until(&owner, |view| {
        view.state
            == SandboxState::Gone {
                reason: StopReason::Asked,
            }
    })
    .await;
    assert_eq!(room.things_of(&id).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_carries_what_is_typed_and_the_journal_keeps_it() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.ready("ann").await;
    let mut terminal = sandbox.agent().terminal("main").await.unwrap();
    terminal
        .send(Message::binary(&b"echo $((6*7))x; false\n"[..]))
        .await
        .unwrap();
    let mut seen = String::new();
    let reading = async {
        while !seen.contains("42x") {
            if let Some(Ok(Message::Binary(bytes))) = terminal.next().await {
                seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("the command prints 42x");
    let agent = sandbox.agent();
    eventually("the journal has the command", || async {
        agent.journal(0).await.unwrap().entries.iter().any(
            |entry| matches!(&entry.what, Journalled::Ran { command, exit: 1, .. } if command.contains("6*7")),
        )
    })
    .await;
    assert_eq!(agent.terminals().await.unwrap(), ["main"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn disks_can_be_in_memory() {
    let room = Room::open(|config| {
        config.disk = DiskChoice::Tmpfs;
        config.limits.disk_bytes = 128 << 20;
    })
    .await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    assert_eq!(room.sandboxes().health().disk, Some("tmpfs"));
    assert_eq!(
        output(&sandbox, "docker run --rm busybox echo hello").await,
        "hello"
    );
    let full = run(
        &sandbox,
        "dd if=/dev/zero of=/data/docker/big bs=1M 2>&1; rm /data/docker/big",
    )
    .await;
    assert!(full.stdout.contains("No space left"), "{}", full.stdout);
    output(&sandbox, "docker run --rm busybox true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_makes_a_claim_instant() {
    let room = Room::open(|config| config.pool = 1).await;
    eventually("the pool is filled", || async {
        room.sandboxes().counts().pool_ready == 1
    })
    .await;
    let begun = Instant::now();
    let view = room.sandboxes().claim(&Owner::new("ann"), &Needs::default());
    assert_eq!(view.state, SandboxState::Ready);
    assert!(
        begun.elapsed() < Duration::from_millis(50),
        "{:?}",
        begun.elapsed()
    );
    let sandbox = room.sandboxes().get(&Owner::new("ann")).unwrap();
    output(&sandbox, "docker version").await;
    eventually("the pool is filled again", || async {
        room.sandboxes().counts().pool_ready == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_room_queues_and_a_seat_that_comes_back_is_given_on() {
    let room = Room::open(|config| config.capacity = 1).await;
    room.ready("ann").await;
    let bob = Owner::new("bob");
    match room.sandboxes().claim(&bob, &Needs::default()).state {
        SandboxState::Queued { queue } => {
            assert_eq!(queue.place, 1);
            assert!(queue.estimate_s.is_some_and(|seconds| seconds > 7000));
        }
        other => panic!("{other:?}"),
    }
    room.sandboxes().stop(&Owner::new("ann"), StopReason::Asked);
    room.until(&bob, |view| view.state.is_ready()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_sandbox_has_nothing_of_the_old_one() {
    let room = Room::open(|config| config.capacity = 1).await;
    let old = room.ready("ann").await;
    output(&old, "echo mine > file").await;
    let ann = Owner::new("ann");
    room.sandboxes().reset(&ann).unwrap();
    let old_id = old.id().to_string();
    room.until(&ann, |view| view.state.is_ready() && view.id != old_id)
        .await;
    let new = room.sandboxes().get(&ann).unwrap();
    assert_eq!(run(&new, "cat file").await.exit_code, 1);
    assert_eq!(room.things_of(&old_id).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_with_a_paused_container_in_it_can_be_removed() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    output(
        &sandbox,
        "docker run -d --name asleep busybox sleep 600 && docker pause asleep",
    )
    .await;
    let id = sandbox.id().to_string();
    room.sandboxes().stop(&Owner::new("ann"), StopReason::Asked);
    eventually("nothing of it is left", || async {
        room.things_of(&id).await.is_empty()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_is_killed_says_so_and_a_fresh_one_can_be_had() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.ready("ann").await;
    let ann = Owner::new("ann");
    let container = format!("drydock-{}-{}", room.config.instance, sandbox.id());
    room.host.kill_container(&container, None).await.unwrap();
    let view = room.until(&ann, failed).await;
    let SandboxState::Failed { reason } = view.state else {
        unreachable!()
    };
    assert!(reason.contains("was killed"), "{reason}");
    assert!(sandbox.ended().is_cancelled());
    room.sandboxes().claim(&ann, &Needs::default());
    room.until(&ann, |view| view.state.is_ready()).await;
    assert_eq!(room.sandboxes().stats().died, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_who_ends_their_machine_from_inside_is_told_so() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.ready("ann").await;
    // The answer does not survive it.
    let request = ExecRequest {
        command: "kill -9 $PPID".to_owned(),
        timeout_s: 5,
    };
    drop(sandbox.agent().exec(&request).await);
    let view = room.until(&Owner::new("ann"), failed).await;
    let SandboxState::Failed { reason } = view.state else {
        unreachable!()
    };
    assert!(
        reason.contains("was killed") && reason.contains("fresh"),
        "{reason}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_finds_the_sandboxes_of_the_last() {
    let mut room = Room::open(|config| config.pool = 1).await;
    let before = room.ready("ann").await;
    output(&before, "echo kept > file").await;
    let expires_at = room.sandboxes().view(&Owner::new("ann")).unwrap().expires_at;
    eventually("the pool is filled", || async {
        room.sandboxes().counts().pool_ready == 1
    })
    .await;

    room.restart(|_| {}).await;
    let after = room
        .sandboxes()
        .get(&Owner::new("ann"))
        .expect("it is found before start returns");
    assert_eq!(after.id(), before.id());
    assert_eq!(output(&after, "cat file").await, "kept");
    let view = room.sandboxes().view(&Owner::new("ann")).unwrap();
    assert!((view.expires_at.unwrap() - expires_at.unwrap()).abs() <= 1);
    let counts = room.sandboxes().counts();
    assert_eq!((counts.pool_ready, counts.seats_used), (1, 2));

    // One that did not live to see the next server, and a pool that is no longer wanted.
    let container = format!("drydock-{}-{}", room.config.instance, after.id());
    room.restart(|_| {}).await;
    drop(after);
    let options = bollard::query_parameters::RemoveContainerOptionsBuilder::new()
        .force(true)
        .build();
    room.host
        .remove_container(&container, Some(options))
        .await
        .unwrap();
    room.restart(|_| {}).await;
    let view = room.until(&Owner::new("ann"), failed).await;
    let SandboxState::Failed { reason } = view.state else {
        unreachable!()
    };
    assert!(reason.contains("ended"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_gone_before_half_a_minute_is_over() {
    let mut room = Room::open(|_| {}).await;
    let sandbox = room.ready("ann").await;
    let id = sandbox.id().to_string();
    assert!(!room.things_of(&id).await.is_empty());
    // The next server does not know whose this is.
    std::fs::remove_file(room.config.data_dir.join(format!("sandboxes/{id}.json"))).unwrap();
    let begun = Instant::now();
    room.restart(|_| {}).await;
    eventually("nothing of it is left", || async {
        room.things_of(&id).await.is_empty()
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(30));
    eventually("it is counted", || async { room.sandboxes().stats().reaped >= 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_is_up_and_idleness_end_a_sandbox() {
    let room = Room::open(|config| config.idle_minutes = 0).await;
    let ann = Owner::new("ann");
    let page = room.sandboxes().attach(&ann);
    room.ready("ann").await;
    drop(page);
    room.until(&ann, |view| {
        view.state
            == SandboxState::Gone {
                reason: StopReason::Idle,
            }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_for_good_leaves_nothing() {
    let room = Room::open(|config| config.pool = 1).await;
    room.ready("ann").await;
    room.sandboxes().claim(&Owner::new("bob"), &Needs::default());
    room.sandboxes().shutdown(false).await;
    assert_eq!(room.things().await, Vec::<String>::new());
    assert!(
        room.host
            .inspect_network(&format!("drydock-{}", room.config.instance), None)
            .await
            .is_err()
    );
}
