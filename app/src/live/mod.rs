//! What the islands of a page share: the learner's sandbox, verdicts, notices and terminals, as signals.
//!
//! There is one [`Store`] a page. In the browser it is made before the first island wakes and lives as long as
//! the page; on the server every render has an empty one, so that what the server renders is what an island
//! finds when it wakes, whoever the learner is. Only [`socket`] and the islands' own handlers write to it.

mod by_name;
mod place;
mod socket;
mod terminals;

use drydock_protocol::api::{ExerciseProgress, Problem, SandboxState, SandboxView};
use drydock_protocol::live::Level;
use drydock_protocol::verdict::Verdict;
use leptos::prelude::*;

use crate::{api, browser};
pub(crate) use by_name::ByName;
pub(crate) use place::Place;
pub(crate) use socket::connect;
pub(crate) use terminals::{TABS_MAX, TerminalState, Terminals, label as tab_label};

/// Whether the server is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Connection {
    /// The page has just been opened.
    #[default]
    Opening,
    /// Events arrive.
    Open,
    /// They ceased, and the next attempts failed: worth telling.
    Lost,
}

/// A message for the learner, on the page until it is dismissed or its time is over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Unique on this page.
    pub(crate) id: u32,
    /// How loud.
    pub(crate) tone: Tone,
    /// What it says, with code in backticks.
    pub(crate) text: String,
}

/// How loud a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// An exercise was passed.
    Passed,
    /// As the protocol has it.
    Notice(Level),
}

/// What the islands of a page share. A handle: copies mean the same store.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    /// Whether the server is heard.
    pub(crate) connection: RwSignal<Connection>,
    /// What keeps the server from making sandboxes, while something does.
    pub(crate) trouble: RwSignal<Option<String>>,
    /// Whether the server has said how the sandbox is.
    pub(crate) heard: RwSignal<bool>,
    /// The learner's sandbox; `None` while there is none, or nothing was heard.
    pub(crate) sandbox: RwSignal<Option<SandboxView>>,
    /// What was done so far while the sandbox starts, the present step last.
    pub(crate) steps: RwSignal<Vec<String>>,
    /// When the start that is under way was asked for or first seen, in seconds since 1970.
    pub(crate) start_began: RwSignal<Option<i64>>,
    /// The learner's standing in this lesson, by exercise id.
    pub(crate) progress: RwSignal<ByName<ExerciseProgress>>,
    /// Messages on show.
    pub(crate) messages: RwSignal<Vec<Message>>,
    /// The tabs of the workbench.
    pub(crate) terminals: Terminals,
    next_message: StoredValue<u32>,
}

impl Store {
    fn new() -> Self {
        Self {
            connection: RwSignal::new(Connection::default()),
            trouble: RwSignal::new(None),
            heard: RwSignal::new(false),
            sandbox: RwSignal::new(None),
            steps: RwSignal::new(Vec::new()),
            start_began: RwSignal::new(None),
            progress: RwSignal::new(ByName::new()),
            messages: RwSignal::new(Vec::new()),
            terminals: Terminals::new(),
            next_message: StoredValue::new(0),
        }
    }

    /// Makes the page's store. Called once in the browser, under the root owner that lives as long as the page.
    #[cfg(feature = "hydrate")]
    pub(crate) fn install() {
        PAGE.with(|page| {
            let _ = page.set(Self::new());
        });
    }

    /// The store of this page.
    #[cfg(feature = "hydrate")]
    pub(crate) fn of_page() -> Self {
        PAGE.with(|page| *page.get_or_init(Self::new))
    }

    /// The store of this render: empty, and one for all of its islands.
    #[cfg(not(feature = "hydrate"))]
    pub(crate) fn of_page() -> Self {
        use_context().unwrap_or_else(Self::new)
    }

    /// Gives the islands of this render one store among them.
    #[cfg(feature = "ssr")]
    pub(crate) fn provide() {
        provide_context(Self::new());
    }

    /// Where the sandbox is in its life; `None` while there is none, or nothing is known.
    pub(crate) fn state(&self) -> Option<SandboxState> {
        self.sandbox.with(|sandbox| sandbox.as_ref().map(|sandbox| sandbox.state.clone()))
    }

    /// Whether terminals, files and commands are there.
    pub(crate) fn is_ready(&self) -> bool {
        self.sandbox.with(|sandbox| sandbox.as_ref().is_some_and(|sandbox| sandbox.state.is_ready()))
    }

    /// Takes in what the server says of the sandbox.
    pub(crate) fn sandbox_is(&self, sandbox: Option<SandboxView>) {
        match sandbox.as_ref().map(|sandbox| &sandbox.state) {
            Some(SandboxState::Starting { step }) => {
                if self.start_began.get_untracked().is_none() {
                    self.start_began.set(Some(browser::now()));
                }
                if self.steps.with_untracked(|steps| steps.last() != Some(step)) {
                    self.steps.update(|steps| steps.push(step.clone()));
                }
            }
            Some(SandboxState::Ready) => {
                if let Some(began) = self.start_began.get_untracked() {
                    browser::remember("start-seconds", &(browser::now() - began).max(1).to_string());
                }
                self.forget_start();
                if let Some(sandbox) = &sandbox {
                    self.terminals.belong_to(&sandbox.id);
                }
            }
            Some(SandboxState::Queued { .. }) => self.forget_start(),
            _ => {
                self.forget_start();
                self.terminals.close_all();
            }
        }
        if !self.heard.get_untracked() {
            self.heard.set(true);
        }
        if self.sandbox.with_untracked(|known| *known != sandbox) {
            self.sandbox.set(sandbox);
        }
    }

    fn forget_start(&self) {
        self.start_began.set(None);
        self.steps.update(Vec::clear);
    }

    /// Asks for a sandbox for this page's lesson.
    pub(crate) fn start(self) {
        let Some(place) = Place::of_page() else { return };
        self.start_began.set(Some(browser::now()));
        browser::spawn(async move {
            match api::start(&place).await {
                Ok(sandbox) => self.sandbox_is(Some(sandbox)),
                Err(problem) => {
                    // A full room is no failure: the events socket says where the learner stands.
                    self.start_began.set(None);
                    if problem.queue.is_none() {
                        self.complain(&problem);
                    }
                }
            }
        });
    }

    /// Takes in a verdict, and says so when it passes the exercise for the first time.
    pub(crate) fn judged(&self, verdict: Verdict, mut standing: ExerciseProgress) {
        let exercise = verdict.exercise.clone();
        let passed_before =
            self.progress.with_untracked(|progress| progress.get(&exercise).is_some_and(|known| known.passed));
        if standing.passed && !passed_before {
            self.say(Tone::Passed, "Exercise passed.".into());
        }
        standing.verdict = Some(verdict);
        self.standing_is(exercise, standing);
    }

    /// Takes in a verdict that was asked for; what was won before is kept.
    pub(crate) fn checked(&self, verdict: Verdict) {
        let mut standing = self
            .progress
            .with_untracked(|progress| progress.get(&verdict.exercise).cloned())
            .unwrap_or_default();
        standing.passed |= verdict.passed;
        standing.points_max = verdict.points_max;
        self.judged(verdict, standing);
    }

    /// Takes in the standing in one exercise.
    pub(crate) fn standing_is(&self, exercise: String, standing: ExerciseProgress) {
        if self.progress.with_untracked(|progress| progress.get(&exercise) != Some(&standing)) {
            self.progress.update(|progress| progress.insert(exercise, standing));
        }
    }

    /// Shows a message; what is not bad news leaves by itself.
    pub(crate) fn say(&self, tone: Tone, text: String) {
        let id = self.next_message.get_value();
        self.next_message.set_value(id.wrapping_add(1));
        let messages = self.messages;
        messages.update(|messages| {
            // The same news twice is one message, and a page full of messages is none.
            messages.retain(|message| message.text != text);
            if messages.len() >= 4 {
                messages.remove(0);
            }
            messages.push(Message { id, tone, text });
        });
        let seconds = match tone {
            Tone::Notice(Level::Bad) => return,
            Tone::Notice(Level::Warn) => 20,
            Tone::Notice(Level::Info) | Tone::Passed => 6,
        };
        set_timeout(
            move || messages.update(|messages| messages.retain(|message| message.id != id)),
            std::time::Duration::from_secs(seconds),
        );
    }

    /// Shows a problem that the learner's own action met.
    pub(crate) fn complain(&self, problem: &Problem) {
        let text = if problem.detail.is_empty() { &problem.title } else { &problem.detail };
        let level = if problem.kind == api::OFFLINE { Level::Warn } else { Level::Bad };
        self.say(Tone::Notice(level), text.clone());
    }
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// A page has one thread, and one store.
    static PAGE: std::cell::OnceCell<Store> = const { std::cell::OnceCell::new() };
}
