//! What the islands of a page share: the learner's sandbox, verdicts, messages and terminals.
//!
//! There is one [`Store`] a page, and it lives as long as the page. Islands watch its values and show them; only
//! [`socket`] and the islands' own handlers change them.

mod by_name;
mod messages;
mod place;
mod socket;
mod terminals;
mod watched;

use drydock_protocol::api::{ExerciseProgress, Replay, SandboxState, SandboxView};
use drydock_protocol::grade::SubmissionView;
use drydock_protocol::verdict::Verdict;

use crate::{api, browser};
pub(crate) use by_name::ByName;
pub(crate) use messages::{Message, Messages, Tone};
pub(crate) use place::Place;
pub(crate) use socket::connect;
pub(crate) use terminals::{TABS_MAX, TerminalState, Terminals, label as tab_label};
pub(crate) use watched::Watched;

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

/// A command that ended in a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// As it was typed.
    pub(crate) command: String,
    /// Its exit status.
    pub(crate) exit: i32,
    /// Whether it ended before this page heard of it.
    pub(crate) earlier: bool,
}

/// What the islands of a page share.
pub(crate) struct Store {
    /// Whether the server is heard.
    pub(crate) connection: Watched<Connection>,
    /// Why sandboxes cannot be made at the moment, and what is being done about it.
    pub(crate) trouble: Watched<Option<String>>,
    /// Whether the server has said how the sandbox is.
    pub(crate) heard: Watched<bool>,
    /// The learner's sandbox; `None` while there is none, or nothing was heard.
    pub(crate) sandbox: Watched<Option<SandboxView>>,
    /// What was done so far while the sandbox starts, the present step last.
    pub(crate) steps: Watched<Vec<String>>,
    /// When the start that is under way was asked for or first seen, in seconds since 1970.
    pub(crate) start_began: Watched<Option<i64>>,
    /// The learner's standing in this lesson, by exercise id.
    pub(crate) progress: Watched<ByName<ExerciseProgress>>,
    /// Exercises that were begun again and have not held since, by id.
    pub(crate) begun_again: Watched<ByName<()>>,
    /// The command that ended last, in any of the learner's terminals.
    pub(crate) ran: Watched<Option<Ran>>,
    /// What is being done for a learner who skips exercises, or was done last.
    pub(crate) replay: Watched<Option<Replay>>,
    /// Messages on show.
    pub(crate) messages: Messages,
    /// The tabs of the workbench.
    pub(crate) terminals: Terminals,
}

thread_local! {
    /// A page has one thread and one store. It is never dropped, so what watches it may hold on to it.
    static PAGE: &'static Store = Box::leak(Box::new(Store::new()));
}

impl Store {
    fn new() -> Self {
        Self {
            connection: Watched::new(Connection::Opening),
            trouble: Watched::new(None),
            heard: Watched::new(false),
            sandbox: Watched::new(None),
            steps: Watched::new(Vec::new()),
            start_began: Watched::new(None),
            progress: Watched::new(ByName::new()),
            begun_again: Watched::new(ByName::new()),
            ran: Watched::new(None),
            replay: Watched::new(None),
            messages: Messages::new(),
            terminals: Terminals::new(),
        }
    }

    /// The store of this page.
    pub(crate) fn of_page() -> &'static Self {
        PAGE.with(|page| *page)
    }

    /// Where the sandbox is in its life; `None` while there is none, or nothing is known.
    pub(crate) fn state(&self) -> Option<SandboxState> {
        self.sandbox
            .with(|sandbox| sandbox.as_ref().map(|sandbox| sandbox.state.clone()))
    }

    /// Whether terminals, files and commands are there.
    pub(crate) fn is_ready(&self) -> bool {
        self.sandbox
            .with(|sandbox| sandbox.as_ref().is_some_and(|sandbox| sandbox.state.is_ready()))
    }

    /// Whether there is no sandbox, and none on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.start_began.with(Option::is_none)
            && matches!(
                self.state(),
                None | Some(SandboxState::Gone { .. } | SandboxState::Failed { .. })
            )
    }

    /// Takes in what the server says of the sandbox.
    pub(crate) fn sandbox_is(&self, sandbox: Option<SandboxView>) {
        match sandbox.as_ref().map(|sandbox| &sandbox.state) {
            Some(SandboxState::Starting { step }) => {
                if self.start_began.with(Option::is_none) {
                    self.start_began.set(Some(browser::now()));
                }
                if self.steps.with(|steps| steps.last() != Some(step)) {
                    self.steps.update(|steps| steps.push(step.clone()));
                }
            }
            Some(SandboxState::Ready) => {
                if let Some(began) = self.start_began.get() {
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
        self.heard.set(true);
        self.sandbox.set(sandbox);
    }

    fn forget_start(&self) {
        self.start_began.set(None);
        self.steps.set(Vec::new());
    }

    /// Asks for a sandbox for this page's lesson.
    pub(crate) fn start(&'static self) {
        let Some(place) = Place::of_page() else { return };
        self.start_began.set(Some(browser::now()));
        browser::spawn(async move {
            match api::start(&place).await {
                Ok(sandbox) => self.sandbox_is(Some(sandbox)),
                Err(problem) => {
                    self.start_began.set(None);
                    self.messages.complain(&problem);
                }
            }
        });
    }

    /// Takes in a verdict, and says so when it passes the exercise for the first time.
    pub(crate) fn judged(&self, verdict: Verdict, mut standing: ExerciseProgress) {
        let exercise = verdict.exercise.clone();
        let passed_before = self
            .progress
            .with(|progress| progress.get(&exercise).is_some_and(|known| known.passed));
        // Of an answer it is said where it was given.
        let is_answer = verdict.outcomes.iter().all(|outcome| outcome.answered.is_some());
        if standing.passed && !passed_before && !is_answer {
            self.messages.say(Tone::Passed, "Exercise passed.");
        }
        if verdict.passed && self.is_begun_again(&exercise) {
            self.begun_again.update(|again| _ = again.remove(&exercise));
        }
        standing.verdict = Some(verdict);
        self.standing_is(exercise, standing);
    }

    /// Whether an exercise was begun again and has not held since.
    pub(crate) fn is_begun_again(&self, exercise: &str) -> bool {
        self.begun_again.with(|again| again.get(exercise).is_some())
    }

    /// Takes in a verdict that was asked for; what was won before is kept.
    pub(crate) fn checked(&self, verdict: Verdict) {
        let known = self
            .progress
            .with(|progress| progress.get(&verdict.exercise).cloned());
        let mut standing = known.unwrap_or_default();
        standing.passed |= verdict.passed;
        standing.points_max = verdict.points_max;
        self.judged(verdict, standing);
    }

    /// Takes in how far something is that was handed in, and what it came to.
    pub(crate) fn submitted(&self, exercise: String, submission: SubmissionView) {
        let known = self.progress.with(|progress| progress.get(&exercise).cloned());
        let mut standing = known.unwrap_or_default();
        if let Some(verdict) = &submission.verdict {
            standing.passed |= verdict.passed;
            standing.points = standing.points.max(verdict.points);
            standing.points_max = verdict.points_max;
            standing.verdict = Some(verdict.clone());
        }
        standing.submission = Some(Box::new(submission));
        self.standing_is(exercise, standing);
    }

    /// Takes in the standing in one exercise. What was handed in stays so.
    pub(crate) fn standing_is(&self, exercise: String, mut standing: ExerciseProgress) {
        if standing.submission.is_none() {
            let known = self.progress.with(|progress| progress.get(&exercise).cloned());
            standing.submission = known.and_then(|known| known.submission);
        }
        if self
            .progress
            .with(|progress| progress.get(&exercise) != Some(&standing))
        {
            self.progress
                .update(|progress| progress.insert(exercise, standing));
        }
    }
}
