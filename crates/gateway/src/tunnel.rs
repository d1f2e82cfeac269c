//! A tunnel to a host that is let through: only for TLS, only for the host that was asked for, and not for ever.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use crate::audit::Entry;
use crate::dial::dial;
use crate::gateway::Gateway;
use crate::guests::Guest;
use crate::hello::{self, DENIED};
use crate::limits::Meter;
use crate::refusal::Refusal;
use crate::target::Target;

/// What is read in one go, for each direction.
const PIECE: usize = 32 * 1024;
/// A refused client may still read why.
const LAST_WORDS: Duration = Duration::from_secs(1);

pub(crate) async fn open(gateway: &Gateway, target: &Target) -> Result<TcpStream, Refusal> {
    dial(&*gateway.names, &gateway.config.allow_addresses, target)
        .await
        .map_err(|why| Refusal::no_way(why, target))
}

/// Reads who the client wants to speak to, and if that is who it asked for, joins both.
pub(crate) async fn run(
    gateway: Arc<Gateway>,
    guest: Guest,
    target: Target,
    far: TcpStream,
    upgrade: OnUpgrade,
    mut entry: Entry,
) {
    let Ok(upgraded) = upgrade.await else {
        entry.why("the client went away");
        return;
    };
    let mut near = TokioIo::new(upgraded);
    let said = match hello::read(&mut near).await {
        Ok(said) => said,
        Err(why) => {
            entry.refused(why.why());
            return;
        }
    };
    match said.name.as_deref() {
        Some(name) if name == target.host => {}
        other => {
            entry.refused(match other {
                Some(name) => format!("TLS for {}", name.chars().take(253).collect::<String>()),
                None => "TLS without a host's name".to_owned(),
            });
            let _ = timeout(LAST_WORDS, near.write_all(&DENIED)).await;
            return;
        }
    }
    entry.status(200);
    let meter = gateway.traffic.of(&guest.sandbox);
    let why = join(near, far, &said.bytes, &gateway, &meter, &entry).await;
    if let Some(why) = why {
        entry.why(why);
    }
}

/// Copies both ways until both have ended, and says what else ended it.
async fn join(
    near: impl AsyncRead + AsyncWrite + Unpin,
    far: TcpStream,
    first: &[u8],
    gateway: &Gateway,
    meter: &Meter,
    entry: &Entry,
) -> Option<String> {
    let counts = entry.counts();
    let begun = Instant::now();
    let last = AtomicU64::new(0);
    let moved = Moved {
        begun,
        last: &last,
        meter,
    };
    let (near_read, near_write) = tokio::io::split(near);
    let (far_read, mut far_write) = far.into_split();
    let outward = async {
        counts.inward.fetch_add(first.len() as u64, Ordering::Relaxed);
        moved.note(first.len())?;
        far_write.write_all(first).await?;
        copy(near_read, far_write, &counts.inward, &moved).await
    };
    let inward = copy(far_read, near_write, &counts.outward, &moved);
    let idle = gateway.config.idle();
    let quiet = async {
        loop {
            let until = begun + Duration::from_millis(last.load(Ordering::Relaxed)) + idle;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    };
    tokio::select! {
        ended = async { tokio::try_join!(outward, inward) } => match ended {
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => Some(error.to_string()),
            Err(error) => Some(format!("broke off: {error}")),
        },
        () = quiet => Some("nothing moved for too long".to_owned()),
        () = sleep_until(begun + gateway.config.tunnel()) => Some("open for too long".to_owned()),
    }
}

struct Moved<'a> {
    begun: Instant,
    /// Milliseconds from the beginning to the last byte.
    last: &'a AtomicU64,
    meter: &'a Meter,
}

impl Moved<'_> {
    fn note(&self, bytes: usize) -> io::Result<()> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
        if self.meter.count(bytes as u64) {
            Ok(())
        } else {
            Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "this hour's bytes are used up",
            ))
        }
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    count: &AtomicU64,
    moved: &Moved<'_>,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            // The other side may still have something to say.
            let _ = to.shutdown().await;
            return Ok(());
        }
        moved.note(read)?;
        to.write_all(&piece[..read]).await?;
        count.fetch_add(read as u64, Ordering::Relaxed);
    }
}
