//! How much a sandbox may have at one time and in an hour.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Sandboxes whose traffic is remembered; beyond it, those that were quiet for an hour are forgotten.
const REMEMBERED: usize = 512;

/// The connections of each address.
#[derive(Debug)]
pub(crate) struct Doors {
    most: u32,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A connection's place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Doors {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    /// A place for one more connection, if there is one.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Door> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        metrics::gauge!("drydock_gateway_connections").increment(1.0);
        Some(Door {
            address,
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        metrics::gauge!("drydock_gateway_connections").decrement(1.0);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// What each sandbox may still move within the hour.
#[derive(Debug)]
pub(crate) struct Traffic {
    an_hour: u64,
    meters: Mutex<HashMap<String, Arc<Meter>>>,
}

/// One sandbox's hour.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: u64,
    used: AtomicU64,
    since: Mutex<Instant>,
}

impl Traffic {
    pub(crate) fn new(an_hour: u64) -> Self {
        Self {
            an_hour,
            meters: Mutex::default(),
        }
    }

    pub(crate) fn of(&self, sandbox: &str) -> Arc<Meter> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        if meters.len() >= REMEMBERED {
            meters.retain(|_, meter| Arc::strong_count(meter) > 1 || meter.is_within_its_hour());
        }
        let meter = meters.entry(sandbox.to_owned()).or_insert_with(|| {
            Arc::new(Meter {
                limit: self.an_hour,
                used: AtomicU64::new(0),
                since: Mutex::new(Instant::now()),
            })
        });
        Arc::clone(meter)
    }
}

impl Meter {
    fn is_within_its_hour(&self) -> bool {
        self.since
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
            < HOUR
    }

    /// Counts bytes. False: that was too many.
    pub(crate) fn count(&self, bytes: u64) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        before.saturating_add(bytes) <= self.limit || self.begin_anew(bytes)
    }

    /// Whether there is anything left.
    pub(crate) fn has_room(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.limit || self.begin_anew(0)
    }

    /// Begins another hour, if this one is over and the bytes fit into it.
    fn begin_anew(&self, bytes: u64) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.elapsed() < HOUR {
            return false;
        }
        *since = Instant::now();
        self.used.store(bytes, Ordering::Relaxed);
        bytes <= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_places_and_gets_them_back() {
        let doors = Doors::new(2);
        let (one, two) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let first = doors.enter(one).unwrap();
        let _second = doors.enter(one).unwrap();
        assert!(doors.enter(one).is_none());
        assert!(doors.enter(two).is_some());
        drop(first);
        assert!(doors.enter(one).is_some());
        assert_eq!(doors.open.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_hours_bytes_come_back_after_an_hour() {
        let traffic = Traffic::new(100);
        let meter = traffic.of("s1");
        assert!(meter.count(60) && meter.has_room());
        assert!(!traffic.of("s1").count(60) && !meter.has_room());
        assert!(traffic.of("s2").count(100));
        tokio::time::advance(HOUR).await;
        assert!(meter.has_room() && meter.count(100) && !meter.count(1));
    }

    #[tokio::test(start_paused = true)]
    async fn quiet_sandboxes_are_forgotten() {
        let traffic = Traffic::new(100);
        for number in 0..REMEMBERED {
            traffic.of(&number.to_string());
        }
        tokio::time::advance(HOUR).await;
        traffic.of("new");
        assert_eq!(traffic.meters.lock().unwrap().len(), 1);
    }
}
