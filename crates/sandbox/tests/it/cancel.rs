//! Whatever is given up while the host engine is just making something of it: nothing is left.

use std::net::SocketAddr;

use bollard::Docker;
use drydock_protocol::api::{SandboxState, SandboxView, StopReason};
use drydock_sandbox::{Needs, Owner, Sandboxes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::room::{PATIENCE, Room};

/// A way to the host engine that counts how many containers it has been asked to make.
struct Tap {
    address: SocketAddr,
    asked: watch::Sender<u32>,
}

impl Tap {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = watch::Sender::new(0);
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, count.clone()));
            }
        });
        Self { address, asked }
    }

    fn host(&self) -> Docker {
        Docker::connect_with_http(&self.address.to_string(), 60, bollard::API_DEFAULT_VERSION)
            .expect("the address is right")
    }

    /// Waits until so many containers have been asked for. False: there are no more.
    async fn reaches(&self, count: u32) -> bool {
        let mut asked = self.asked.subscribe();
        timeout(PATIENCE, asked.wait_for(|asked| *asked >= count))
            .await
            .is_ok()
    }
}

/// Requests are told of when the engine has them, before it can have answered.
async fn carry(near: TcpStream, asked: watch::Sender<u32>) {
    let address = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = address.strip_prefix("unix://").unwrap_or("/var/run/docker.sock");
    let far = UnixStream::connect(path).await.expect("the host engine's socket");
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.into_split(), far.into_split());
    let there = async {
        let mut bytes = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_near.read(&mut bytes).await {
            to_far.write_all(&bytes[..length]).await?;
            let line = bytes[..length].split(|byte| *byte == b'\r').next().unwrap_or(&[]);
            let line = String::from_utf8_lossy(line);
            if line.starts_with("POST ") && line.contains("/containers/create") {
                asked.send_modify(|count| *count += 1);
            }
        }
        to_far.shutdown().await
    };
    let back = tokio::io::copy(&mut from_far, &mut to_near);
    let _ = tokio::join!(there, back);
}

/// What is left on loop devices of an instance.
fn loop_devices(instance: &str) -> Vec<String> {
    let devices = std::fs::read_dir("/sys/block").expect("/sys is there");
    devices
        .filter_map(|device| {
            let file = device.ok()?.path().join("loop/backing_file");
            let backing = std::fs::read_to_string(file).ok()?;
            backing
                .contains(&format!("drydock-{instance}-"))
                .then_some(backing)
        })
        .collect()
}

/// From the first container that a server has made (for its firewall) over its disks' probe to the sandbox of its pool.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_for_good_at_any_moment_leaves_nothing() {
    for moment in 1..=8 {
        let tap = Tap::new().await;
        let room = Room::prepare(tap.host(), |config| config.pool = 1);
        let starting = tokio::spawn(Sandboxes::start(tap.host(), room.config.clone()));
        assert!(tap.reaches(moment).await, "{moment} containers are made");
        let sandboxes = starting.await.unwrap().unwrap();
        sandboxes.shutdown(false).await;
        let (things, devices) = (room.things().await, loop_devices(&room.config.instance));
        assert_eq!(
            (things, devices),
            (vec![], vec![]),
            "given up at container {moment}"
        );
        let network = format!("drydock-{}", room.config.instance);
        assert!(room.host.inspect_network(&network, None).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_that_nobody_wants_any_more_at_any_moment_leaves_nothing() {
    let tap = Tap::new().await;
    let room = Room::open_on(tap.host(), |_| {}).await;
    room.ready("ann").await;
    let gone = |view: &SandboxView| matches!(view.state, SandboxState::Gone { .. });
    room.sandboxes().stop(&Owner::new("ann"), StopReason::Asked);
    room.until(&Owner::new("ann"), gone).await;
    // Its disks, itself, and what is done once it runs.
    for moment in 1..=3 {
        let owner = Owner::new(format!("owner{moment}"));
        let before = *tap.asked.borrow();
        room.sandboxes().claim(&owner, &Needs::default());
        assert!(tap.reaches(before + moment).await);
        let id = room.sandboxes().view(&owner).unwrap().id;
        room.sandboxes().stop(&owner, StopReason::Asked);
        room.until(&owner, gone).await;
        let left = (room.things_of(&id).await, loop_devices(&room.config.instance));
        assert_eq!(left, (vec![], vec![]), "given up at container {moment}");
        assert_eq!(room.sandboxes().stats().reaped, 0);
    }
}
