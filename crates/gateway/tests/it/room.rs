//! A gateway on a port of its own, with guests at loopback addresses.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drydock_gateway::{
    Audit, AuditKind, AuditLine, Authority, Config, Gateway, Guest, Guests, Listing, Names, Registries,
};
use futures::future::BoxFuture;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::shelf::Shelf;

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until it is so.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !so().await {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<AuditLine>>);

impl Audit for Lines {
    fn note(&self, line: AuditLine) {
        self.0.lock().unwrap().push(line);
    }
}

#[derive(Default)]
struct Beds(Mutex<HashMap<IpAddr, Guest>>);

impl Guests for Beds {
    fn at(&self, address: IpAddr) -> Option<Guest> {
        self.0.lock().unwrap().get(&address).cloned()
    }
}

/// Names that lead where the test says.
#[derive(Default)]
struct Book(Mutex<HashMap<String, Vec<IpAddr>>>, Mutex<Vec<String>>);

impl Names for Book {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.1.lock().unwrap().push(host.to_owned());
        let found = self.0.lock().unwrap().get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

pub(crate) struct Room {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) address: SocketAddr,
    pub(crate) authority_pem: String,
    pub(crate) classroom: watch::Sender<Option<SocketAddr>>,
    pub(crate) listings: watch::Sender<Arc<[Listing]>>,
    audit: Arc<Lines>,
    beds: Arc<Beds>,
    book: Arc<Book>,
    stop: CancellationToken,
    _folder: TempDir,
}

pub(crate) fn listing(name: &str, stars: u32) -> Listing {
    Listing {
        name: name.into(),
        tags: vec!["latest".into()],
        description: format!("The classroom's {name}"),
        official: true,
        stars,
    }
}

impl Room {
    pub(crate) async fn open(shelf: Option<&Shelf>) -> Self {
        Self::with(shelf, &[], |_| {}).await
    }

    pub(crate) async fn with(
        shelf: Option<&Shelf>,
        caches: &[(&str, &Shelf)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let mut config = Config::default();
        change(&mut config);
        let authority = Authority::open_or_create(folder.path(), &config.intercepted()).unwrap();
        let authority_pem = authority.certificate_pem().to_owned();
        let classroom = watch::Sender::new(shelf.map(|shelf| shelf.address));
        let listings = watch::Sender::new(Arc::from([listing("nginx", 9), listing("python", 8)]));
        let caches: BTreeMap<_, _> = caches
            .iter()
            .map(|(host, shelf)| ((*host).to_owned(), watch::channel(Some(shelf.address)).1))
            .collect();
        let registries = Registries {
            classroom: classroom.subscribe(),
            caches,
        };
        let (audit, beds, book) = (
            Arc::<Lines>::default(),
            Arc::<Beds>::default(),
            Arc::<Book>::default(),
        );
        let gateway = Gateway::new(
            config,
            authority,
            beds.clone(),
            registries,
            listings.subscribe(),
            audit.clone(),
        )
        .unwrap()
        .with_names(book.clone());
        let gateway = Arc::new(gateway);
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], listener.local_addr().unwrap().port()));
        let stop = CancellationToken::new();
        tokio::spawn(gateway.clone().serve(listener, stop.clone()));
        Self {
            gateway,
            address,
            authority_pem,
            classroom,
            listings,
            audit,
            beds,
            book,
            stop,
            _folder: folder,
        }
    }

    /// A sandbox at 127.0.0.`number`, of a learner with the id `l<number>`.
    pub(crate) fn guest(&self, number: u8) -> Client {
        self.admit(number, Some(&format!("l{number}")))
    }

    pub(crate) fn admit(&self, number: u8, learner: Option<&str>) -> Client {
        let address = Ipv4Addr::new(127, 0, 0, number);
        let guest = Guest {
            sandbox: format!("s{number}"),
            learner: learner.map(ToOwned::to_owned),
            proxy_token: format!("token-{number}"),
        };
        self.beds.0.lock().unwrap().insert(address.into(), guest);
        self.stranger(number)
    }

    /// Somebody at that address with the password that belongs to it, known or not.
    pub(crate) fn stranger(&self, number: u8) -> Client {
        Client::new(
            Ipv4Addr::new(127, 0, 0, number).into(),
            self.address,
            format!("token-{number}"),
            &self.authority_pem,
        )
    }

    pub(crate) fn evict(&self, number: u8) {
        self.beds
            .0
            .lock()
            .unwrap()
            .remove(&Ipv4Addr::new(127, 0, 0, number).into());
    }

    pub(crate) fn name(&self, host: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.book.0.lock().unwrap().insert(host.to_owned(), addresses);
    }

    /// What was looked up until now.
    pub(crate) fn looked_up(&self) -> Vec<String> {
        self.book.1.lock().unwrap().clone()
    }

    /// The audit log, once it has so many lines. It must not get more.
    pub(crate) async fn lines(&self, count: usize) -> Vec<AuditLine> {
        eventually(&format!("{count} lines"), || async {
            self.audit.0.lock().unwrap().len() >= count
        })
        .await;
        let lines = self.audit.0.lock().unwrap().clone();
        assert_eq!(lines.len(), count, "{lines:#?}");
        lines
    }

    /// The last line, once there are so many.
    pub(crate) async fn last(&self, count: usize) -> AuditLine {
        self.lines(count).await.pop().unwrap()
    }

    pub(crate) fn count(&self) -> usize {
        self.audit.0.lock().unwrap().len()
    }

    pub(crate) fn refusals(&self) -> usize {
        let lines = self.audit.0.lock().unwrap();
        lines
            .iter()
            .filter(|line| line.kind == AuditKind::Refused)
            .count()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
