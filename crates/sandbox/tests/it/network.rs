//! Where a sandbox's network leads: nowhere, but for those who come from the host.

use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::limits::{pair, refused};
use crate::room::{Room, eventually, output};

#[tokio::test(flavor = "multi_thread")]
async fn the_network_leads_nowhere() {
    let room = Room::open(|_| {}).await;
    let (sandbox, neighbour) = pair(&room).await;
    let (sandbox, neighbour) = (&*sandbox, &*neighbour);

    // Something of the host's that listens on all addresses.
    let service = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = service.local_addr().unwrap().port();
    let network = room
        .host
        .inspect_network(&format!("drydock-{}", room.config.instance), None)
        .await
        .unwrap();
    let gateway = network.ipam.unwrap().config.unwrap()[0].gateway.clone().unwrap();
    let connect = |address: &str, port: u16| format!("timeout 1 bash -c 'exec 3<>/dev/tcp/{address}/{port}'");
    let from_container =
        |address: &str, port: u16| format!("docker run --rm busybox nc -w 1 {address} {port} </dev/null");
    // The trial itself works: to oneself.
    output(sandbox, &connect("127.0.0.1", 7070)).await;

    let others = neighbour.address().to_string();
    for (what, address, port) in [
        ("the host", gateway.as_str(), port),
        ("the host's other side", "172.17.0.1", port),
        ("a neighbour's agent", others.as_str(), 7070),
        ("the metadata service", "169.254.169.254", 80),
        ("the internet", "1.1.1.1", 443),
    ] {
        refused(sandbox, what, &connect(address, port)).await;
        refused(sandbox, what, &from_container(address, port)).await;
    }
    let knocked = timeout(Duration::from_millis(1), service.accept()).await;
    assert!(knocked.is_err(), "somebody came through");

    // Names are looked up nowhere, and that is known at once.
    let begun = Instant::now();
    refused(
        sandbox,
        "a name",
        "getent hosts d3b07384.drydock-test.example.com",
    )
    .await;
    refused(sandbox, "an image that is not here", "docker pull no-such-image").await;
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());

    // The host reaches what a learner publishes; the neighbour does not.
    output(sandbox, "mkdir -p www && echo hello > www/index.html && docker run -d -p 8080:80 -v $HOME/www:/www busybox httpd -f -h /www").await;
    eventually("the published port answers", || async {
        TcpStream::connect((sandbox.address(), 8080)).await.is_ok()
    })
    .await;
    refused(
        neighbour,
        "a neighbour's page",
        &connect(&sandbox.address().to_string(), 8080),
    )
    .await;
    drop(service);
}
