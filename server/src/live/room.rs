//! One room a learner: everything that happens to them, heard by all of their open pages.
//!
//! A room exists while a page is open. It follows the learner's sandbox and, while that is ready, watches the
//! lessons that the pages show. When the last page closes, its tasks end with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use drydock_protocol::api::SandboxView;
use drydock_protocol::live::Event;
use drydock_protocol::verdict::Verdict;
use drydock_sandbox::{Attachment, Sandbox, SandboxId};
use tokio::sync::Notify;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::task::AbortOnDropHandle;

use super::commands::{CommandWatch, Commands};
use super::lesson::{self, Asked, LessonWatch};
use crate::problem::ApiError;
use crate::state::{App, LessonKey, owner};
use crate::store::{ExerciseKey, LearnerId};

/// Events that a slow page may be behind before it is told to start over from the present state.
const EVENTS_KEPT: usize = 256;

/// How often a room looks whether sandboxes can be made. The sandboxes' own health is a value in memory.
const HEALTH_EVERY: Duration = Duration::from_secs(2);

/// The rooms of all learners who have a page open.
#[derive(Debug, Default)]
pub struct Rooms {
    rooms: Mutex<HashMap<LearnerId, Weak<Room>>>,
}

/// What is shared by a learner's pages.
#[derive(Debug)]
pub struct Room {
    /// Whose it is.
    pub learner: LearnerId,
    events: broadcast::Sender<Event>,
    state: Mutex<State>,
    // Something for the follower to look at: a page came or went.
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    // How many pages show which lesson.
    showing: HashMap<LessonKey, usize>,
    sandbox: Option<SandboxView>,
    // What keeps sandboxes from being made, as the pages were told.
    trouble: Option<String>,
    verdicts: HashMap<ExerciseKey, Verdict>,
    watches: HashMap<LessonKey, LessonWatch>,
    commands: Commands,
    commanded: Option<CommandWatch>,
    follower: Option<AbortOnDropHandle<()>>,
}

/// A lock that was held by something that panicked guards data that are still whole: each change is one statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rooms {
    /// A page of the learner's opens, showing a lesson or none.
    pub fn enter(&self, app: &App, learner: LearnerId, lesson: Option<LessonKey>) -> Presence {
        let mut rooms = lock(&self.rooms);
        rooms.retain(|_, room| room.strong_count() > 0);
        let room = rooms.get(&learner).and_then(Weak::upgrade).unwrap_or_else(|| {
            let room = Arc::new(Room {
                learner: learner.clone(),
                events: broadcast::channel(EVENTS_KEPT).0,
                state: Mutex::default(),
                changed: Arc::default(),
            });
            // The task holds the room weakly: it must not keep alive what it ends with.
            let follower = tokio::spawn(follow(
                app.clone(),
                Arc::downgrade(&room),
                room.changed.clone(),
                learner.clone(),
            ));
            lock(&room.state).follower = Some(AbortOnDropHandle::new(follower));
            rooms.insert(learner, Arc::downgrade(&room));
            room
        });
        drop(rooms);
        if let Some(lesson) = &lesson {
            *lock(&room.state).showing.entry(lesson.clone()).or_default() += 1;
            room.changed.notify_one();
        }
        let events = room.events.subscribe();
        let owner = owner(&room.learner);
        let (sandbox, attachment) = (app.sandboxes.view(&owner), app.sandboxes.attach(&owner));
        Presence {
            room,
            lesson,
            events,
            sandbox,
            _attachment: attachment,
        }
    }

    fn room(&self, learner: &LearnerId) -> Option<Arc<Room>> {
        lock(&self.rooms).get(learner).and_then(Weak::upgrade)
    }

    /// Watches every lesson on show anew, because the lessons have changed.
    pub(crate) fn watch_anew(&self) {
        for room in lock(&self.rooms).values().filter_map(Weak::upgrade) {
            lock(&room.state).watches.clear();
            room.changed.notify_one();
        }
    }

    /// Whether the learner has a page open.
    pub fn is_open(&self, learner: &LearnerId) -> bool {
        self.room(learner).is_some()
    }

    /// What was found last of an exercise, while a page is open.
    pub fn newest_verdict(&self, learner: &LearnerId, key: &ExerciseKey) -> Option<Verdict> {
        lock(&self.room(learner)?.state).verdicts.get(key).cloned()
    }

    /// Evaluates an exercise now, keeps the result, and tells the learner's pages. One that is begun again forgets what held.
    pub async fn check(
        &self,
        app: &App,
        learner: &LearnerId,
        asked: Asked<'_>,
        sandbox: &Arc<Sandbox>,
    ) -> Result<Verdict, ApiError> {
        let room = self.room(learner);
        // The watch of an open page remembers what was seen before, which `absent:` needs.
        let watching = room.as_ref().and_then(|room| {
            lock(&room.state)
                .watches
                .get(asked.lesson)
                .map(LessonWatch::requests)
        });
        let update = lesson::check(app, learner, &asked, watching, sandbox).await?;
        let verdict = update.verdict.clone();
        lesson::keep(app, learner, asked.lesson, update, room.as_deref()).await?;
        Ok(verdict)
    }

    /// Whether a lesson is watched in that sandbox: it is ready for the lesson then.
    pub fn is_watched(&self, learner: &LearnerId, lesson: &LessonKey, sandbox: &SandboxId) -> bool {
        self.room(learner).is_some_and(|room| {
            let state = lock(&room.state);
            let watch = state.watches.get(lesson);
            watch.is_some_and(|watch| watch.sandbox == *sandbox && watch.requests().get().is_some())
        })
    }

    /// Tells the learner's pages, if any is open.
    pub fn tell(&self, learner: &LearnerId, event: Event) {
        if let Some(room) = self.room(learner) {
            room.tell(event);
        }
    }
}

impl Room {
    /// Tells all pages.
    pub fn tell(&self, event: Event) {
        // Nobody listening is fine: they are told the present state when they come.
        let _ = self.events.send(event);
    }

    /// Remembers what was found last.
    pub fn remember(&self, key: ExerciseKey, verdict: Verdict) {
        lock(&self.state).verdicts.insert(key, verdict);
    }

    /// Looks at the commands that the learner ran, or adds to them.
    pub fn commands<T>(&self, act: impl FnOnce(&mut Commands) -> T) -> T {
        act(&mut lock(&self.state).commands)
    }

    /// Starts and ends watches so that exactly the lessons on show are watched, in the sandbox that is ready.
    fn watch_what_is_shown(self: &Arc<Self>, app: &App) {
        let sandbox = app.sandboxes.get(&owner(&self.learner));
        let mut state = lock(&self.state);
        let State {
            showing,
            watches,
            verdicts,
            commands,
            commanded,
            ..
        } = &mut *state;
        // Commands belong to the sandbox that they were run in.
        if commanded.as_ref().map(|watch| &watch.sandbox) != sandbox.as_ref().map(|sandbox| sandbox.id()) {
            *commands = Commands::default();
            *commanded = sandbox
                .clone()
                .map(|sandbox| CommandWatch::start(Arc::downgrade(self), sandbox));
        }
        watches.retain(|lesson, watch| {
            showing.contains_key(lesson)
                && sandbox
                    .as_ref()
                    .is_some_and(|sandbox| sandbox.id() == &watch.sandbox)
        });
        let Some(sandbox) = sandbox else {
            // What was found belonged to a sandbox that is no more.
            verdicts.clear();
            return;
        };
        for lesson in showing.keys() {
            if !watches.contains_key(lesson) {
                let watch = LessonWatch::start(
                    app.clone(),
                    Arc::downgrade(self),
                    self.learner.clone(),
                    lesson.clone(),
                    sandbox.clone(),
                );
                watches.insert(lesson.clone(), watch);
            }
        }
    }
}

/// What keeps sandboxes from being made, for learners. The operator's version of it is at `/readyz` and in the log.
fn trouble(app: &App) -> Option<String> {
    let health = app.sandboxes.health();
    if health.ready {
        return None;
    }
    Some(if health.engine.is_none() {
        "The machine that runs the sandboxes does not answer. What you have done is kept; this page goes on by itself when it is back.".into()
    } else {
        "Sandboxes cannot be started at the moment. The lesson can be read meanwhile, and this page goes on by itself.".into()
    })
}

/// Follows the learner's sandbox for as long as the room exists.
async fn follow(app: App, room: Weak<Room>, changed: Arc<Notify>, learner: LearnerId) {
    let mut views = app.sandboxes.watch(&owner(&learner));
    let mut health = tokio::time::interval(HEALTH_EVERY);
    loop {
        let view = views.borrow_and_update().clone();
        {
            let Some(room) = room.upgrade() else { return };
            let news = {
                let mut state = lock(&room.state);
                let news = state.sandbox != view;
                state.sandbox.clone_from(&view);
                news
            };
            if news {
                room.tell(Event::Sandbox { sandbox: view });
            }
            let trouble = trouble(&app);
            if std::mem::replace(&mut lock(&room.state).trouble, trouble.clone()) != trouble {
                room.tell(Event::Service { problem: trouble });
            }
            room.watch_what_is_shown(&app);
        }
        tokio::select! {
            ended = views.changed() => if ended.is_err() { return },
            () = changed.notified() => {}
            _ = health.tick() => {}
        }
    }
}

/// An open page. Leaving is dropping it.
#[derive(Debug)]
pub struct Presence {
    room: Arc<Room>,
    lesson: Option<LessonKey>,
    events: broadcast::Receiver<Event>,
    sandbox: Option<SandboxView>,
    // Somebody is there: the sandbox does not count as idle.
    _attachment: Attachment,
}

impl Presence {
    /// The present state, as events: the sandbox first.
    pub fn now(&mut self, app: &App) -> Vec<Event> {
        let (known, commands) = {
            let state = lock(&self.room.state);
            (state.sandbox.clone(), state.commands.told_again())
        };
        let mut now = vec![Event::Sandbox {
            sandbox: known.or_else(|| self.sandbox.take()),
        }];
        if let Some(problem) = lock(&self.room.state).trouble.clone() {
            now.push(Event::Service {
                problem: Some(problem),
            });
        }
        let replay = app.replays.of(&self.room.learner);
        now.extend(replay.filter(|replay| !replay.step.is_over()).map(Event::Replay));
        now.extend(commands);
        now
    }

    /// The next thing that happens.
    pub async fn next(&mut self) -> Result<Event, RecvError> {
        self.events.recv().await
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Some(lesson) = &self.lesson else { return };
        let mut state = lock(&self.room.state);
        if let Some(count) = state.showing.get_mut(lesson) {
            *count -= 1;
            if *count == 0 {
                state.showing.remove(lesson);
            }
        }
        drop(state);
        self.room.changed.notify_one();
    }
}
