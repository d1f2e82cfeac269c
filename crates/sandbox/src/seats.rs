//! Seats: the right to have a sandbox on this machine. A [`Seat`] is held from before the first thing is made until after
//! the last one is removed, and gives itself back when it is dropped.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All seats of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Seats {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    capacity: usize,
    state: Mutex<State>,
    /// Told when a seat comes back.
    freed: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    free: BTreeSet<u16>,
    used: usize,
}

/// A seat, with the slot that goes with it: a user id and a block of subordinate ids that no other sandbox has.
#[derive(Debug)]
pub(crate) struct Seat {
    slot: u16,
    // Whether the slot is one of ours to give back.
    ours: bool,
    // Whether it is one of the capacity's.
    counts: bool,
    inner: Arc<Inner>,
}

impl Seats {
    /// `capacity` seats, with slots from `first` to `last`. `freed` is told whenever one comes back.
    pub(crate) fn new(capacity: u16, (first, last): (u16, u16), freed: Arc<Notify>) -> Self {
        let state = State {
            free: (first..=last).collect(),
            used: 0,
        };
        Self {
            inner: Arc::new(Inner {
                capacity: usize::from(capacity),
                state: Mutex::new(state),
                freed,
            }),
        }
    }

    /// A seat, if one is free.
    pub(crate) fn take(&self) -> Option<Seat> {
        let mut state = self.inner.lock();
        if state.used >= self.inner.capacity {
            return None;
        }
        let slot = state.free.pop_first()?;
        state.used += 1;
        Some(Seat {
            slot,
            ours: true,
            counts: true,
            inner: self.inner.clone(),
        })
    }

    /// A slot for something that is not for learners and does not last: beside the seats where there are more slots than
    /// seats, else a seat, if one is free.
    pub(crate) fn spare(&self) -> Option<Seat> {
        let mut state = self.inner.lock();
        if state.free.len() <= self.inner.capacity.saturating_sub(state.used) {
            drop(state);
            return self.take();
        }
        // From the other end than learners: theirs stay what they would be.
        let slot = state.free.pop_last()?;
        Some(Seat {
            slot,
            ours: true,
            counts: false,
            inner: self.inner.clone(),
        })
    }

    /// The seat of a sandbox that is there already: always given, even past the capacity.
    pub(crate) fn adopt(&self, slot: u16) -> Seat {
        let mut state = self.inner.lock();
        state.used += 1;
        let ours = state.free.remove(&slot);
        Seat {
            slot,
            ours,
            counts: true,
            inner: self.inner.clone(),
        }
    }

    pub(crate) fn used(&self) -> usize {
        self.inner.lock().used
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave a set and a counter half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(crate) fn slot(&self) -> u16 {
        self.slot
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.inner.lock();
        if self.counts {
            state.used -= 1;
        }
        if self.ours {
            state.free.insert(self.slot);
        }
        drop(state);
        self.inner.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(capacity: u16) -> Seats {
        Seats::new(capacity, (5, 200), Arc::new(Notify::new()))
    }

    #[test]
    fn a_seat_comes_back_when_it_is_dropped() {
        let seats = seats(2);
        let first = seats.take().unwrap();
        let second = seats.take().unwrap();
        assert_eq!((first.slot(), second.slot()), (5, 6));
        assert!(seats.take().is_none());
        drop(first);
        assert_eq!(seats.take().unwrap().slot(), 5);
    }

    #[test]
    fn what_is_not_for_learners_takes_no_seat_while_there_are_slots_enough() {
        let seats = Seats::new(2, (5, 7), Arc::new(Notify::new()));
        let spare = seats.spare().unwrap();
        assert_eq!((spare.slot(), seats.used()), (7, 0));
        // The other two slots are for the two seats.
        let second = seats.spare().unwrap();
        assert_eq!((second.slot(), seats.used()), (5, 1));
        assert_eq!(seats.take().unwrap().slot(), 6);
        drop((spare, second));
        assert_eq!(seats.used(), 0);
        let all = (seats.take().unwrap(), seats.take().unwrap());
        assert_eq!(seats.spare().unwrap().slot(), 7);
        drop(all);
    }

    #[test]
    fn a_found_sandbox_keeps_its_slot_even_where_there_is_no_seat() {
        let seats = seats(1);
        let found = seats.adopt(9);
        assert_eq!((found.slot(), seats.used()), (9, 1));
        assert!(seats.take().is_none());
        let outside = seats.adopt(3);
        drop(outside);
        drop(found);
        assert_eq!(seats.used(), 0);
        assert_eq!(seats.take().unwrap().slot(), 5);
    }
}
