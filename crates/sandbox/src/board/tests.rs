//! The board's rules, without an engine and without waiting.

use std::sync::Arc;

use drydock_protocol::api::SandboxState;
use tokio::sync::Notify;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// A board and its clock. Seats that orders carry are kept until a test gives them back.
struct Room {
    board: Board,
    now: Now,
    held: HashMap<String, Seat>,
    discarded: Vec<SandboxId>,
}

fn owner(name: &str) -> Owner {
    Owner::new(name)
}

fn usage() -> Usage {
    Usage {
        memory_bytes: 1,
        disk_bytes: 2,
        home_bytes: 3,
        pids: 4,
    }
}

impl Room {
    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            capacity: 2,
            pool: 0,
            ttl_minutes: 60,
            warning_minutes: 10,
            extend_minutes: 30,
            extensions: 1,
            idle_minutes: 20,
            ..Config::default()
        };
        change(&mut config);
        let seats = Seats::new(config.capacity, (1, 200), Arc::new(Notify::new()));
        let now = Now::read();
        let mut board = Board::new(config, seats, now);
        board.set_host(None);
        Self {
            board,
            now,
            held: HashMap::new(),
            discarded: Vec::new(),
        }
    }

    fn new() -> Self {
        Self::with(|_| {})
    }

    fn later(&mut self, wait: Duration) -> &mut Self {
        self.now = self.now.after(wait);
        self
    }

    /// Plans, and keeps the seats that starts were given.
    fn plan(&mut self) -> Vec<String> {
        let orders = self.board.plan(self.now);
        orders
            .into_iter()
            .map(|order| match order {
                Order::Given { ticket, load, .. } => format!("give {} {}", ticket.owner, load.join(","))
                    .trim()
                    .to_owned(),
                Order::Start { ticket, seat, .. } => {
                    let text = format!("start {}", ticket.owner);
                    self.held.insert(ticket.owner.to_string(), seat);
                    text
                }
                Order::StartPool { seat } => {
                    self.held.insert(format!("pool {}", seat.slot()), seat);
                    "start pool".to_owned()
                }
                Order::Discard { id } => {
                    self.discarded.push(id);
                    "discard".to_owned()
                }
            })
            .collect()
    }

    fn claim(&mut self, name: &str) -> Vec<String> {
        self.board.claim(&owner(name), &Needs::default(), self.now);
        self.plan()
    }

    /// The start that was planned for this owner succeeds.
    fn succeed(&mut self, name: &str) -> SandboxId {
        let id = SandboxId::random();
        let ticket = self.board.ticket(&owner(name));
        assert!(self.board.step(&ticket, &id, "Starting the engine"));
        assert!(self.board.ready(&ticket, &id, self.now).is_some());
        id
    }

    fn ready(&mut self, name: &str) -> SandboxId {
        assert_eq!(self.claim(name), [format!("start {name}")]);
        self.succeed(name)
    }

    fn pool_with(&mut self, images: &[&str]) -> SandboxId {
        let id = SandboxId::random();
        let limits = self.board.config.limits;
        let images = images.iter().map(ToString::to_string).collect();
        self.board.pool_started(
            Some(Offer {
                id: id.clone(),
                limits,
                images,
            }),
            self.now,
        );
        id
    }

    fn state(&self, name: &str) -> SandboxState {
        self.board.view(&owner(name), self.now).unwrap().state
    }

    fn place(&self, name: &str) -> (u32, Option<u32>) {
        match self.state(name) {
            SandboxState::Queued { queue } => (queue.place, queue.estimate_s),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_claim_starts_a_sandbox_and_another_changes_nothing() {
    let mut room = Room::new();
    assert_eq!(room.claim("ann"), ["start ann"]);
    assert!(matches!(room.state("ann"), SandboxState::Starting { .. }));
    assert!(room.claim("ann").is_empty());
    let id = room.succeed("ann");
    assert_eq!(room.state("ann"), SandboxState::Ready);
    let again = room.board.claim(&owner("ann"), &Needs::default(), room.now);
    assert_eq!(again, Claimed::Has { id, load: Vec::new() });
}

#[test]
fn a_full_room_says_where_one_stands_and_how_long_it_may_take() {
    let mut room = Room::new();
    room.ready("ann");
    room.later(10 * MINUTE).ready("bob");
    assert!(room.claim("cem").is_empty());
    assert!(room.claim("dia").is_empty());
    assert_eq!(room.place("cem"), (1, Some(50 * 60)));
    assert_eq!(room.place("dia"), (2, Some(60 * 60)));
    assert_eq!(room.board.counts().queued, 2);
}

#[test]
fn a_seat_that_comes_back_goes_to_who_waits_longest() {
    let mut room = Room::new();
    let id = room.ready("ann");
    room.ready("bob");
    room.claim("cem");
    room.claim("dia");
    let leaving = room
        .board
        .stop(&owner("ann"), StopReason::Asked, room.now)
        .unwrap();
    assert_eq!(leaving.id, Some(id));
    assert_eq!(
        room.state("ann"),
        SandboxState::Stopping {
            reason: StopReason::Asked
        }
    );
    assert!(
        room.plan().is_empty(),
        "its seat is in use until it is cleared away"
    );
    room.held.remove("ann");
    room.board.gone(&leaving.ticket, room.now);
    assert_eq!(
        room.state("ann"),
        SandboxState::Gone {
            reason: StopReason::Asked
        }
    );
    assert_eq!(room.plan(), ["start cem"]);
    assert_eq!(room.place("dia").0, 1);
}

#[test]
fn who_leaves_the_queue_is_gone_at_once() {
    let mut room = Room::with(|config| config.capacity = 1);
    room.ready("ann");
    room.claim("bob");
    room.claim("cem");
    let leaving = room
        .board
        .stop(&owner("bob"), StopReason::Asked, room.now)
        .unwrap();
    assert_eq!(leaving.id, None);
    assert_eq!(
        room.state("bob"),
        SandboxState::Gone {
            reason: StopReason::Asked
        }
    );
    assert_eq!(room.place("cem").0, 1);
}

#[test]
fn a_sandbox_of_the_pool_is_there_at_once() {
    let mut room = Room::with(|config| config.pool = 1);
    assert_eq!(room.plan(), ["start pool"]);
    let id = room.pool_with(&[]);
    assert_eq!(room.claim("ann"), ["give ann", "start pool"]);
    assert_eq!(room.state("ann"), SandboxState::Ready);
    assert_eq!(room.board.holding(&owner("ann")).unwrap().0, &id);
}

#[test]
fn images_that_the_pool_has_not_got_are_loaded_first() {
    let mut room = Room::with(|config| config.pool = 1);
    room.plan();
    let id = room.pool_with(&["nginx:1.26"]);
    let needs = Needs {
        images: vec!["nginx:1.26".into(), "busybox".into()],
        ..Needs::default()
    };
    room.board.claim(&owner("ann"), &needs, room.now);
    assert_eq!(room.plan()[0], "give ann busybox");
    assert_eq!(
        room.state("ann"),
        SandboxState::Starting {
            step: "Loading busybox".into()
        }
    );
    let ticket = room.board.ticket(&owner("ann"));
    assert!(room.board.ready(&ticket, &id, room.now).is_some());
    assert_eq!(room.state("ann"), SandboxState::Ready);
}

#[test]
fn images_of_the_next_lesson_are_loaded_into_the_same_sandbox_once() {
    let mut room = Room::new();
    let id = room.ready("ann");
    let needs = Needs {
        images: vec!["busybox".into()],
        ..Needs::default()
    };
    let load = vec!["busybox".to_owned()];
    assert_eq!(
        room.board.claim(&owner("ann"), &needs, room.now),
        Claimed::Has { id: id.clone(), load }
    );
    assert_eq!(
        room.board.claim(&owner("ann"), &needs, room.now),
        Claimed::Has { id, load: Vec::new() }
    );
}

#[test]
fn a_lesson_that_needs_more_gets_a_sandbox_of_its_own_and_the_pool_makes_room() {
    let mut room = Room::with(|config| {
        config.pool = 1;
        config.capacity = 1;
    });
    room.plan();
    let id = room.pool_with(&[]);
    let needs = Needs {
        memory_bytes: Some(2 << 30),
        ..Needs::default()
    };
    room.board.claim(&owner("ann"), &needs, room.now);
    assert_eq!(room.plan(), ["discard"]);
    assert_eq!(room.discarded, [id]);
    room.held.clear();
    assert_eq!(room.plan(), ["start ann"]);
    assert_eq!(
        room.board
            .view(&owner("ann"), room.now)
            .unwrap()
            .limits
            .memory_bytes,
        2 << 30
    );
}

#[test]
fn the_pool_takes_no_seat_from_anyone_who_waits() {
    let mut room = Room::with(|config| config.pool = 2);
    assert_eq!(room.claim("ann"), ["start ann", "start pool"]);
    assert_eq!(room.claim("bob"), Vec::<String>::new());
    room.held.retain(|who, _| !who.starts_with("pool"));
    room.board.pool_started(None, room.now);
    assert_eq!(room.plan(), ["start bob"]);
}

#[test]
fn a_pool_that_cannot_start_rests_longer_and_longer() {
    let mut room = Room::with(|config| config.pool = 1);
    let mut rests = Vec::new();
    for _ in 0..9 {
        assert_eq!(room.plan(), ["start pool"]);
        room.held.clear();
        room.board.pool_started(None, room.now);
        let begun = room.now;
        while room.board.pool_rest.0 > room.now.instant {
            assert!(room.plan().is_empty());
            room.later(Duration::from_secs(1));
        }
        rests.push(room.now.instant.duration_since(begun.instant).as_secs());
    }
    assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[test]
fn time_runs_out_and_can_be_extended_near_its_end() {
    let mut room = Room::new();
    room.ready("ann");
    room.board.attach(&owner("ann"), true, room.now);
    let view = |room: &Room| room.board.view(&owner("ann"), room.now).unwrap();
    let end = view(&room).expires_at.unwrap();
    assert_eq!(end, room.now.unix + 3600);
    assert!(!view(&room).can_extend);
    let early = room
        .board
        .extend(&owner("ann"), room.now)
        .unwrap_err()
        .to_string();
    assert!(early.contains("last 10 minutes"), "{early}");

    room.later(51 * MINUTE);
    assert!(view(&room).can_extend);
    room.board.extend(&owner("ann"), room.now).unwrap();
    assert_eq!(view(&room).expires_at.unwrap(), end + 1800);

    room.later(30 * MINUTE);
    assert!(!view(&room).can_extend, "once was all");
    assert!(
        room.board
            .extend(&owner("ann"), room.now)
            .unwrap_err()
            .to_string()
            .contains("again")
    );
    assert!(room.board.due(room.now).is_empty());
    room.later(9 * MINUTE);
    assert_eq!(room.board.due(room.now), [(owner("ann"), StopReason::Expired)]);
}

#[test]
fn a_clock_that_is_put_forward_ends_nothing() {
    let mut room = Room::new();
    room.ready("ann");
    room.board.attach(&owner("ann"), true, room.now);
    room.now.unix += 1_000_000;
    assert!(room.board.due(room.now).is_empty());
}

#[test]
fn nobody_there_for_a_while_is_idle() {
    let mut room = Room::new();
    let id = room.ready("ann");
    room.later(19 * MINUTE);
    room.board.touch(&owner("ann"), room.now);
    room.later(19 * MINUTE);
    assert!(room.board.due(room.now).is_empty());
    room.board.uses(&id, usage(), 5 * MINUTE, room.now);
    room.later(14 * MINUTE);
    assert!(room.board.due(room.now).is_empty(), "someone typed");
    room.later(MINUTE);
    assert_eq!(room.board.due(room.now), [(owner("ann"), StopReason::Idle)]);
}

#[test]
fn an_open_page_is_not_idle_until_the_last_is_closed() {
    let mut room = Room::new();
    room.ready("ann");
    room.board.attach(&owner("ann"), true, room.now);
    room.board.attach(&owner("ann"), true, room.now);
    room.board.attach(&owner("ann"), false, room.now);
    room.later(40 * MINUTE);
    assert!(room.board.due(room.now).is_empty());
    room.board.attach(&owner("ann"), false, room.now);
    assert!(room.board.due(room.now).is_empty(), "it was in use until now");
    room.later(19 * MINUTE + Duration::from_secs(59));
    assert!(room.board.due(room.now).is_empty());
}

#[test]
fn a_fresh_sandbox_does_not_cost_the_seat() {
    let mut room = Room::with(|config| config.capacity = 1);
    let id = room.ready("ann");
    room.claim("bob");
    let leaving = room.board.reset(&owner("ann"), room.now).unwrap();
    assert_eq!(leaving.id, Some(id));
    assert_eq!(
        room.state("ann"),
        SandboxState::Starting {
            step: "Clearing the old sandbox away".into()
        }
    );
    assert!(room.plan().is_empty());
    room.held.remove("ann");
    // News of the old one is not for the new one.
    room.board.gone(&leaving.ticket, room.now);
    assert_eq!(room.plan(), ["start ann"]);
    assert_eq!(room.place("bob").0, 1);
}

#[test]
fn a_broken_sandbox_says_why_and_a_fresh_one_can_be_had() {
    let mut room = Room::new();
    let id = room.ready("ann");
    assert_eq!(
        room.board.broke(&id, "it ran out of memory", room.now),
        Some(owner("ann"))
    );
    assert_eq!(
        room.state("ann"),
        SandboxState::Failed {
            reason: "it ran out of memory".into()
        }
    );
    assert_eq!(room.board.broke(&id, "twice", room.now), None);
    assert!(room.board.holding(&owner("ann")).is_none());
    room.held.clear();
    assert_eq!(room.board.reset(&owner("ann"), room.now).unwrap().id, None);
    assert_eq!(room.plan(), ["start ann"]);
}

#[test]
fn a_broken_sandbox_of_the_pool_is_replaced() {
    let mut room = Room::with(|config| config.pool = 1);
    room.plan();
    let id = room.pool_with(&[]);
    assert_eq!(room.board.broke(&id, "gone", room.now), None);
    assert_eq!(room.plan(), ["start pool"]);
}

#[test]
fn a_start_that_nobody_wants_any_more_ends() {
    let mut room = Room::new();
    room.board.claim(&owner("ann"), &Needs::default(), room.now);
    let Some(Order::Start { ticket, unwanted, .. }) = room.board.plan(room.now).pop() else {
        panic!("no start")
    };
    let leaving = room
        .board
        .stop(&owner("ann"), StopReason::Asked, room.now)
        .unwrap();
    assert!(unwanted.is_cancelled());
    assert_eq!(leaving.id, None, "whoever makes it clears it away");
    assert!(
        !room
            .board
            .step(&ticket, &SandboxId::random(), "Starting the engine")
    );
    assert!(
        room.board
            .ready(&ticket, &SandboxId::random(), room.now)
            .is_none()
    );
    room.board.gone(&ticket, room.now);
    assert_eq!(
        room.state("ann"),
        SandboxState::Gone {
            reason: StopReason::Asked
        }
    );
}

#[test]
fn what_comes_late_for_an_earlier_sandbox_is_not_for_this_one() {
    let mut room = Room::new();
    room.claim("ann");
    let old = room.board.ticket(&owner("ann"));
    room.board.stop(&owner("ann"), StopReason::Asked, room.now);
    room.claim("ann");
    room.board.failed(&old, "late".into(), room.now);
    room.board.gone(&old, room.now);
    assert!(matches!(room.state("ann"), SandboxState::Starting { .. }));
}

#[test]
fn without_a_host_engine_everyone_waits_and_is_told_why() {
    let mut room = Room::with(|config| config.pool = 1);
    room.board.set_host(Some("Waiting for the engine".into()));
    assert!(room.claim("ann").is_empty());
    assert_eq!(
        room.state("ann"),
        SandboxState::Starting {
            step: "Waiting for the engine".into()
        }
    );
    room.board.set_host(None);
    assert_eq!(room.plan(), ["start ann", "start pool"]);
}

#[test]
fn ends_are_remembered_for_an_hour() {
    let mut room = Room::new();
    let id = room.ready("ann");
    room.board.broke(&id, "gone", room.now);
    room.later(59 * MINUTE);
    room.board.due(room.now);
    assert!(room.board.view(&owner("ann"), room.now).is_some());
    room.later(2 * MINUTE);
    room.board.due(room.now);
    assert!(room.board.view(&owner("ann"), room.now).is_none());
}

#[test]
fn a_found_sandbox_is_its_owners_again_even_if_they_asked_already() {
    let mut room = Room::new();
    room.board.set_host(Some("not yet".into()));
    room.claim("ann");
    let id = SandboxId::random();
    let life = Life::new(5 * MINUTE, 0, room.now);
    let limits = room.board.config.limits;
    room.board
        .adopt(owner("ann"), Needs::default(), limits, Ok((id, life)), room.now);
    room.board.set_host(None);
    assert!(room.plan().is_empty());
    assert_eq!(room.state("ann"), SandboxState::Ready);
    room.later(5 * MINUTE);
    assert_eq!(room.board.due(room.now), [(owner("ann"), StopReason::Expired)]);
}

#[test]
fn whose_sandbox_ran_out_of_memory_is_told_and_nobody_else() {
    let mut room = Room::new();
    let id = room.ready("ann");
    room.ready("bob");
    room.board.ran_out_of_memory(&id);
    let times = |name: &str| room.board.view(&owner(name), room.now).unwrap().out_of_memory;
    assert_eq!((times("ann"), times("bob")), (1, 0));
}

#[test]
fn usage_is_shown_with_the_sandbox_that_it_is_of() {
    let mut room = Room::new();
    let id = room.ready("ann");
    room.ready("bob");
    room.board.uses(&id, usage(), Duration::ZERO, room.now);
    assert_eq!(
        room.board.view(&owner("ann"), room.now).unwrap().usage,
        Some(usage())
    );
    assert_eq!(room.board.view(&owner("bob"), room.now).unwrap().usage, None);
}
