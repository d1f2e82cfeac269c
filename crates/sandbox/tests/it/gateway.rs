//! The way out of a sandbox, as far as sandboxes are concerned: who uses it is known, and nobody else gets at it.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use drydock_protocol::api::StopReason;
use drydock_sandbox::{GatewayAccess, LABEL_INSTANCE, LABEL_ROLE, Needs, Owner, Role};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::limits::refused;
use crate::room::{PATIENCE, Room, eventually, output, run};

/// A certificate that nobody has the key of: the engine has to be able to read it, no more.
const CA: &str = include_str!("ca.pem");

/// Something that listens where the gateway will, refuses everything, and tells who asked for what.
struct Door {
    heard: mpsc::UnboundedReceiver<(IpAddr, Vec<String>)>,
}

impl Door {
    async fn open(room: &Room) -> Self {
        let gateway = room.config.gateway.as_ref().expect("the room has a gateway");
        let mut bridge = room.sandboxes().bridge();
        let address = tokio::time::timeout(PATIENCE, bridge.wait_for(Option::is_some))
            .await
            .expect("the network is made")
            .expect("the server is running")
            .expect("just waited for");
        let listener = TcpListener::bind(SocketAddr::new(address, gateway.port))
            .await
            .expect("the port is free on the new network");
        let (tell, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let tell = tell.clone();
                tokio::spawn(async move {
                    if let Some(head) = refuse(stream).await {
                        let _ = tell.send((from.ip(), head));
                    }
                });
            }
        });
        Self { heard }
    }

    /// The next request whose first line holds this.
    async fn asked(&mut self, what: &str) -> (IpAddr, Vec<String>) {
        let asking = async {
            loop {
                let (from, head) = self.heard.recv().await.expect("it is open");
                if head[0].contains(what) {
                    return (from, head);
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| panic!("nobody asked for {what}"))
    }
}

async fn refuse(mut stream: TcpStream) -> Option<Vec<String>> {
    let mut lines = BufReader::new(&mut stream).lines();
    let mut head = Vec::new();
    while let Some(line) = lines.next_line().await.ok()?.filter(|line| !line.is_empty()) {
        head.push(line);
    }
    let answer = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).await.ok()?;
    (!head.is_empty()).then_some(head)
}

/// A room with a gateway at a port that other tests do not use: each room has a network of its own, so one would do.
async fn room_with_a_gateway() -> Room {
    Room::open(|config| config.gateway = Some(GatewayAccess::new(3128, CA))).await
}

fn busybox() -> Needs {
    Needs {
        images: vec!["busybox:latest".to_owned()],
        ..Needs::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_asks_at_the_gateway_and_is_known_there() {
    let room = room_with_a_gateway().await;
    let mut door = Door::open(&room).await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;

    // The engine, on a learner's behalf.
    refused(&sandbox, "a pull", "docker pull no-such-image").await;
    let (from, head) = door.asked("registry-1.docker.io:443").await;
    assert!(head[0].starts_with("CONNECT "), "{head:?}");
    let guest = room.sandboxes().guest(from).expect("it is one of ours");
    assert_eq!(guest.sandbox, *sandbox.id());
    assert_eq!(guest.owner, Some(Owner::new("ann")));
    let user = format!("sandbox:{}", guest.proxy_token);
    let wanted = output(&sandbox, &format!("printf %s '{user}' | base64 -w0")).await;
    assert!(
        head.iter()
            .any(|line| line.strip_prefix("Proxy-Authorization: Basic ") == Some(wanted.as_str())),
        "{head:?}"
    );

    // The command line by itself, a shell's programs, and programs in containers and builds.
    refused(&sandbox, "a manifest", "docker manifest inspect ghcr.io/a/b").await;
    door.asked("ghcr.io:443").await;
    refused(&sandbox, "a download", "curl -sf https://pypi.org/").await;
    door.asked("pypi.org:443").await;
    refused(
        &sandbox,
        "from a container",
        "docker run --rm busybox wget -q -O- http://deb.debian.org/",
    )
    .await;
    door.asked("http://deb.debian.org/").await;
    // Itself, it reaches as ever.
    output(&sandbox, "mkdir -p www && echo hello > www/index.html && docker run -d -p 8080:80 -v $HOME/www:/www busybox httpd -f -h /www").await;
    eventually("its own page", || async {
        run(&sandbox, "curl -sf http://localhost:8080/").await.stdout == "hello\n"
    })
    .await;

    // The settings that are there are the learner's.
    let trusted = output(&sandbox, "cat $SSL_CERT_FILE").await;
    assert!(trusted.ends_with(CA.trim()), "the classroom's certificate");
    assert!(
        trusted.matches("BEGIN CERTIFICATE").count() > 10,
        "and the system's"
    );

    // Whose sandbox is gone is nobody.
    room.sandboxes().stop(&Owner::new("ann"), StopReason::Asked);
    assert_eq!(room.sandboxes().guest(from), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_images_history_does_not_tell_of_the_gateway() {
    let room = room_with_a_gateway().await;
    let _door = Door::open(&room).await;
    let sandbox = room.with_busybox().ready_with("ann", &busybox()).await;
    output(
        &sandbox,
        r#"printf 'FROM busybox\nARG WHO=me\nRUN test "$(env | grep -ci "^https*.proxy=")" = 4 && echo "$WHO" >/who\nCMD ["cat", "/who"]\n' >Dockerfile"#,
    )
    .await;
    let token = room.sandboxes().guest(sandbox.address()).unwrap().proxy_token;
    for (builder, name) in [("1", "new"), ("0", "old")] {
        output(
            &sandbox,
            &format!("DOCKER_BUILDKIT={builder} docker build --tag {name} --build-arg WHO=ann ."),
        )
        .await;
        assert_eq!(output(&sandbox, &format!("docker run --rm {name}")).await, "ann");
        let told = output(
            &sandbox,
            &format!("docker history --no-trunc {name} && docker inspect {name}"),
        )
        .await;
        assert!(told.contains("WHO=ann"), "{told}");
        for trace in [token.as_str(), "3128", "_PROXY", "_proxy"] {
            assert!(!told.contains(trace), "{builder}, {trace}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_that_a_learner_makes_do_not_hide_the_gateway() {
    let room = room_with_a_gateway().await;
    let mut door = Door::open(&room).await;
    let sandbox = room.ready("ann").await;
    // More than there are blocks of addresses, or as many as there may be.
    run(
        &sandbox,
        "for n in $(seq 12); do docker network create net$n; done",
    )
    .await;
    let gateway = *room.sandboxes().bridge().borrow();
    let block = gateway.unwrap().to_string();
    let block = block.rsplitn(3, '.').last().unwrap().to_owned();
    let subnets = output(
        &sandbox,
        "docker network inspect $(docker network ls -q) --format '{{range .IPAM.Config}}{{.Subnet}}{{end}}'",
    )
    .await;
    assert!(subnets.lines().count() > 10, "{subnets}");
    assert!(
        !subnets
            .lines()
            .any(|subnet| subnet.starts_with(&format!("{block}."))),
        "{block} in {subnets}"
    );
    assert!(
        subnets.contains("172.17.0.0/16") || block == "172.17",
        "{subnets}"
    );
    refused(&sandbox, "a pull", "docker pull no-such-image").await;
    door.asked("registry-1.docker.io:443").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gateway_an_unknown_image_is_refused_at_once() {
    let room = Room::open(|_| {}).await;
    let sandbox = room.ready("ann").await;
    let begun = Instant::now();
    refused(&sandbox, "an image that is not here", "docker pull no-such-image").await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_knows_another_gateway_is_replaced() {
    let mut room = Room::open(|config| {
        config.pool = 1;
        config.gateway = Some(GatewayAccess::new(3128, CA));
    })
    .await;
    let offered = || async {
        eventually("the pool is filled", || async {
            room.sandboxes().counts().pool_ready == 1
        })
        .await;
        let things = room.things().await;
        let found = things
            .into_iter()
            .find(|name| !name.contains("helper") && name.starts_with('/'));
        found.expect("a sandbox")
    };
    let first = offered().await;
    room.restart(|_| {}).await;
    let counts = room.sandboxes().counts();
    assert_eq!(counts.pool_ready, 1, "the same gateway: it is kept");
    room.restart(|config| config.gateway = Some(GatewayAccess::new(3129, CA)))
        .await;
    let offered = || async {
        eventually("the old one is gone and the pool is filled", || async {
            room.sandboxes().counts().pool_ready == 1 && !room.things().await.contains(&first)
        })
        .await;
    };
    offered().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_are_left_alone() {
    let mut room = Room::open(|_| {}).await;
    let labels = std::collections::HashMap::from([
        (LABEL_INSTANCE.to_owned(), room.config.instance.clone()),
        (LABEL_ROLE.to_owned(), Role::Registry.as_str().to_owned()),
    ]);
    let name = format!("drydock-{}-registry", room.config.instance);
    let body = bollard::models::ContainerCreateBody {
        image: Some(room.config.image.clone()),
        labels: Some(labels),
        ..Default::default()
    };
    let options = bollard::query_parameters::CreateContainerOptionsBuilder::new().name(&name);
    room.host
        .create_container(Some(options.build()), body)
        .await
        .unwrap();
    let ready = room.ready("ann").await;
    drop(ready);
    room.restart(|_| {}).await;
    room.sandboxes().shutdown(false).await;
    let left = room.things().await;
    let removal = room.host.remove_container(&name, None).await;
    assert_eq!(left, [format!("/{name}")]);
    removal.unwrap();
}
