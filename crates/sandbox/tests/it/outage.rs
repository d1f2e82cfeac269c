//! The host engine goes away and comes back: behind a wire that can be cut, so that nobody else's is stopped.

use std::net::SocketAddr;

use bollard::Docker;
use drydock_protocol::api::SandboxState;
use drydock_sandbox::{FindingStatus, Needs, Owner, doctor};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

use crate::room::{Room, eventually, output};

/// A wire to the host engine.
struct Wire {
    address: SocketAddr,
    whole: watch::Sender<bool>,
}

impl Wire {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let whole = watch::Sender::new(true);
        let state = whole.subscribe();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, state.clone()));
            }
        });
        Self { address, whole }
    }

    fn host(&self) -> Docker {
        Docker::connect_with_http(&self.address.to_string(), 60, bollard::API_DEFAULT_VERSION)
            .expect("the address is right")
    }

    fn cut(&self) {
        self.whole.send_replace(false);
    }

    fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut near: TcpStream, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow() {
        return;
    }
    let address = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = address
        .strip_prefix("unix://")
        .unwrap_or("/var/run/docker.sock")
        .to_owned();
    let mut far = UnixStream::connect(path).await.expect("the host engine's socket");
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_host_engine_everything_waits_and_then_goes_on() {
    let wire = Wire::new().await;
    let room = Room::open_on(wire.host(), |_| {}).await;
    let ann = room.ready("ann").await;
    let sandboxes = room.sandboxes();
    assert!(sandboxes.health().ready);

    wire.cut();
    eventually("the outage is noticed", || async { !sandboxes.health().ready }).await;
    let said = sandboxes.health().last_error.unwrap();
    assert!(said.contains("does not answer"), "{said}");
    // What runs goes on.
    assert_eq!(output(&ann, "echo still here").await, "still here");
    assert!(sandboxes.get(&Owner::new("ann")).is_some());
    // What is asked for waits, and says for what.
    let bob = Owner::new("bob");
    match sandboxes.claim(&bob, &Needs::default()).state {
        SandboxState::Starting { step } => assert!(step.contains("Docker engine"), "{step}"),
        other => panic!("{other:?}"),
    }
    let findings = doctor(&wire.host(), &room.config).await;
    assert_eq!(findings[0].status, FindingStatus::Bad);

    // One of the sandboxes does not survive it.
    let container = format!("drydock-{}-{}", room.config.instance, ann.id());
    let options = bollard::query_parameters::RemoveContainerOptionsBuilder::new()
        .force(true)
        .build();
    crate::room::host()
        .await
        .remove_container(&container, Some(options))
        .await
        .unwrap();

    wire.mend();
    room.until(&bob, |view| view.state.is_ready()).await;
    let view = room.until(&Owner::new("ann"), crate::room::failed).await;
    let SandboxState::Failed { reason } = view.state else {
        unreachable!()
    };
    assert!(reason.contains("engine was restarted"), "{reason}");
    assert!(sandboxes.health().ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_image_is_said_and_waited_for() {
    let room = Room::open(|config| config.image = "drydock/no-such-image:latest".to_owned()).await;
    eventually("it is noticed", || async {
        room.sandboxes().health().last_error.is_some()
    })
    .await;
    let health = room.sandboxes().health();
    assert!(!health.ready && !health.image);
    assert!(health.last_error.unwrap().contains("images/build sandbox"));
    match room
        .sandboxes()
        .claim(&Owner::new("ann"), &Needs::default())
        .state
    {
        SandboxState::Starting { step } => assert!(step.contains("image"), "{step}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_a_host_on_which_sandboxes_run_to_be_well() {
    let room = Room::open(|_| {}).await;
    room.ready("ann").await;
    let findings = doctor(&room.host, &room.config).await;
    let bad: Vec<_> = findings
        .iter()
        .filter(|finding| finding.status == FindingStatus::Bad)
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    for name in [
        "host engine",
        "user namespaces",
        "cgroups",
        "sandbox image",
        "/dev/net/tun",
        "disk limit",
        "inotify",
    ] {
        assert!(findings.iter().any(|finding| finding.name == name), "{name}");
    }
}
