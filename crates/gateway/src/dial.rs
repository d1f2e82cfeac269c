//! From a name to a connection: resolved once, looked over, and then exactly that address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::BoxFuture;
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::addresses::permitted;
use crate::target::Target;

const RESOLVE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses of one name that are tried.
const TRIES: usize = 3;

/// How the names of hosts are resolved.
pub trait Names: Send + Sync + 'static {
    /// The addresses of a host, the best first. The name has at least one dot, and none at its end.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The system's own resolver.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// The name is not known.
    NoAddress,
    /// The name leads to an address that sandboxes must not reach.
    Forbidden(IpAddr),
    /// Nobody answers there.
    NoAnswer,
}

pub(crate) async fn dial(
    names: &dyn Names,
    exceptions: &[IpNet],
    target: &Target,
) -> Result<TcpStream, NoWay> {
    let found = match timeout(RESOLVE, names.resolve(&target.host)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::debug!(host = target.host, %error, "gateway.not_resolved");
            return Err(NoWay::NoAddress);
        }
        Err(_) => return Err(NoWay::NoAddress),
    };
    let Some(&first) = found.first() else {
        return Err(NoWay::NoAddress);
    };
    let mut tried = false;
    for address in found
        .into_iter()
        .filter(|&address| permitted(address, exceptions))
        .take(TRIES)
    {
        tried = true;
        match timeout(CONNECT, TcpStream::connect(SocketAddr::new(address, target.port))).await {
            Ok(Ok(stream)) => {
                // What a client sends in one piece goes on in one piece; nothing is gained by waiting for more.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => tracing::debug!(%target, %address, %error, "gateway.not_connected"),
            Err(_) => tracing::debug!(%target, %address, "gateway.connecting_timed_out"),
        }
    }
    Err(if tried {
        NoWay::NoAnswer
    } else {
        NoWay::Forbidden(first)
    })
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    struct Fixed(Vec<IpAddr>);

    impl Names for Fixed {
        fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    #[tokio::test]
    async fn only_permitted_addresses_are_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target {
            host: "files.example.org".into(),
            port: listener.local_addr().unwrap().port(),
        };
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let names = Fixed(vec!["127.0.0.2".parse().unwrap(), local]);
        let refused = dial(&names, &[], &target).await.unwrap_err();
        assert_eq!(refused, NoWay::Forbidden("127.0.0.2".parse().unwrap()));
        let stream = dial(&names, &["127.0.0.1/32".parse().unwrap()], &target)
            .await
            .unwrap();
        assert_eq!(stream.peer_addr().unwrap().ip(), local);
        assert_eq!(
            dial(&Fixed(vec![]), &[], &target).await.unwrap_err(),
            NoWay::NoAddress
        );
    }
}
