//! One file a matcher. Each reads facts and says what it found: that all holds, or the first thing that does not, with
//! what was expected, what was found, and a default message that says what to look at.

mod archive;
mod build_context;
mod compose;
mod container;
mod dangling;
mod dockerfile;
mod file;
mod http;
mod image;
mod network;
mod ran;
mod registry;
mod rules;
mod script;
mod settings;
#[cfg(test)]
mod tests;
mod volume;

use drydock_lesson::expect::{Bounds, Else, Matcher, Order, Pattern, Side};
use drydock_protocol::UnixSeconds;

use crate::error::FactError;
use crate::facts::Facts;

/// How many candidates (images or containers whose name fits) are looked at, the newest first.
const CANDIDATES_MAX: usize = 64;

/// What a matcher came to: None when it holds.
pub(crate) type Finding = Result<Option<Failure>, FactError>;

/// What does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The field, or `missing`.
    pub(crate) field: &'static str,
    /// What the field was expected to be, for people.
    pub(crate) expected: Option<String>,
    /// What it was found to be, for people.
    pub(crate) actual: Option<String>,
    /// Drydock's own message.
    pub(crate) message: String,
    /// What an author's message may speak of.
    facts: Vec<(Side, &'static str, String)>,
}

impl Failure {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
            ..Self::default()
        }
    }

    pub(crate) fn compare(mut self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        let actual = actual.into();
        self.expected = Some(expected.into());
        self.actual = Some(if actual.is_empty() {
            "nothing".to_owned()
        } else {
            actual
        });
        self
    }

    /// What is to be there, where that reads as text: an expression would only puzzle whoever does not write any.
    fn wanting(self, pattern: &Pattern) -> Self {
        if pattern.is_plain() {
            self.compare(pattern.plain(), "nothing like it")
        } else {
            self
        }
    }

    /// What is to stand in this order, likewise.
    fn ordering(mut self, order: &Order, actual: String) -> Self {
        let is_plain = order.0.iter().all(Pattern::is_plain);
        let plain = order.0.iter().map(Pattern::plain);
        self.expected = is_plain.then(|| plain.collect::<Vec<_>>().join(", then "));
        self.actual = Some(actual);
        self
    }

    /// What stands there against that.
    fn against(mut self, pattern: &Pattern, actual: impl Into<String>) -> Self {
        self.expected = pattern.is_plain().then(|| format!("no {}", pattern.plain()));
        self.actual = Some(actual.into());
        self
    }

    fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    fn actual_fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((Side::Actual, name, value.into()));
        self
    }

    fn expected_fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((Side::Expected, name, value.into()));
        self
    }

    /// The author's message for it, filled in, or Drydock's.
    pub(crate) fn message(&self, messages: &Else) -> String {
        let Some(template) = messages.for_field(self.field) else {
            return self.message.clone();
        };
        template.render(|placeholder| {
            let value = match (&placeholder.fact, placeholder.side) {
                (None, Side::Actual) => self.actual.clone(),
                (None, Side::Expected) => self.expected.clone(),
                (Some(fact), side) => {
                    let known = self
                        .facts
                        .iter()
                        .find(|(of, name, _)| *of == side && name == fact);
                    known.map(|(_, _, value)| value.clone())
                }
            };
            value
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| "nothing".to_owned())
        })
    }

    /// Whether the author's message for it speaks of one of these facts.
    fn speaks_of(&self, messages: &Else, facts: &[&str]) -> bool {
        messages.for_field(self.field).is_some_and(|template| {
            template.placeholders().any(|placeholder| {
                placeholder
                    .fact
                    .as_deref()
                    .is_some_and(|fact| facts.contains(&fact))
            })
        })
    }
}

/// What a matcher holds against the facts.
pub(crate) async fn check(
    matcher: &Matcher,
    messages: &Else,
    facts: &impl Facts,
    started_at: UnixSeconds,
) -> Finding {
    match matcher {
        Matcher::Image(expect) => image::check(expect, messages, facts, started_at).await,
        Matcher::Dangling(expect) => dangling::check(expect, facts).await,
        Matcher::Container(expect) => container::check(expect, facts).await,
        Matcher::Network(expect) => network::check(expect, facts).await,
        Matcher::Volume(expect) => volume::check(expect, facts).await,
        Matcher::Compose(expect) => compose::check(expect, facts).await,
        Matcher::Registry(expect) => registry::check(expect, facts).await,
        Matcher::File(expect) => file::check(expect, messages, facts).await,
        Matcher::Dockerfile(expect) => dockerfile::check(expect, facts).await,
        Matcher::BuildContext(expect) => build_context::check(expect, facts).await,
        Matcher::Archive(expect) => archive::check(expect, facts).await,
        Matcher::Http(expect) => http::check(expect, facts).await,
        Matcher::Script(expect) => script::check(expect, facts).await,
        Matcher::Ran(expect) => ran::check(expect, facts).await,
        // Nothing of a sandbox tells whether a question was answered: what is remembered does (`answer`).
        Matcher::Answer(_) => Ok(Some(Failure::new("missing", ""))),
    }
}

/// Of the candidates' failures, the one that got furthest: the learner most likely means that one. Ties go to the
/// first, which is the newest.
fn furthest(failures: Vec<Failure>, order: &[&'static str]) -> Option<Failure> {
    let rank = |failure: &Failure| {
        order
            .iter()
            .position(|field| *field == failure.field)
            .unwrap_or(0)
    };
    failures
        .into_iter()
        .reduce(|best, next| if rank(&next) > rank(&best) { next } else { best })
}

/// An exit status, or a range of them: a single one without "exactly".
fn plain(wanted: Bounds<i64>) -> String {
    match (wanted.min, wanted.max) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        _ => wanted.to_string(),
    }
}
