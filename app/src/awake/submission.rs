//! The part of an exercise's card that hands it in, where it is graded once.

use std::rc::Rc;

use drydock_protocol::grade::{GradingState, SealedResult, SubmissionView};
use web_sys::Element;

use crate::components::icon::Glyph;
use crate::live::{Place, Store};
use crate::{api, browser, text};

/// Digits of a hash that are shown; the whole of it is there to be copied.
const HASH_SHOWN: usize = 12;

struct Parts {
    exercise: String,
    /// What this page calls its request: sent twice, it is the same one.
    request: String,
    submit: Element,
    sure: Element,
    not_yet: Element,
    submit_now: Element,
    state: Element,
    result: Element,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let root = browser::find(island, ".submission")?;
    let parts = Rc::new(Parts {
        exercise: root.get_attribute("data-exercise")?,
        request: request_name(),
        submit: browser::find(&root, "[data-submit]")?,
        sure: browser::find(&root, ".submission__sure")?,
        not_yet: browser::find(&root, "[data-not-yet]")?,
        submit_now: browser::find(&root, "[data-submit-now]")?,
        state: browser::find(&root, ".submission__state")?,
        result: browser::find(&root, ".submission__result")?,
    });
    browser::on(&parts.submit, "click", {
        let parts = Rc::clone(&parts);
        move |_| {
            parts.ask(true);
            browser::focus(&parts.not_yet);
        }
    });
    browser::on(&parts.not_yet, "click", {
        let parts = Rc::clone(&parts);
        move |_| {
            parts.ask(false);
            browser::focus(&parts.submit);
        }
    });
    browser::on(&parts.submit_now, "click", {
        let parts = Rc::clone(&parts);
        move |_| Rc::clone(&parts).hand_in()
    });
    store.progress.watch(move || {
        let known = store.progress.with(|progress| {
            progress
                .get(&parts.exercise)
                .and_then(|standing| standing.submission.clone())
        });
        if let Some(submission) = known {
            parts.show(&submission);
        }
    });
    Some(())
}

/// Unlike any other page's. It guards against a request that is sent twice, not against anybody.
fn request_name() -> String {
    let digits = || format!("{:x}", js_sys::Math::random().to_bits());
    format!("{}-{}", digits(), digits())
}

impl Parts {
    /// Asks whether the learner is sure, or does not any more.
    fn ask(&self, asked: bool) {
        browser::show(&self.sure, asked);
        browser::show(&self.submit, !asked);
        browser::attribute(
            &self.submit,
            "aria-expanded",
            Some(if asked { "true" } else { "false" }),
        );
    }

    fn hand_in(self: Rc<Self>) {
        let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
            return;
        };
        browser::attribute(&self.submit_now, "disabled", Some(""));
        browser::text(&self.state, "Copying your files and commands…");
        browser::spawn(async move {
            match api::submit(&place, &self.exercise, &self.request).await {
                Ok(submission) => store.submitted(self.exercise.clone(), submission),
                Err(problem) => browser::sentence(&self.state, &problem.detail),
            }
            browser::attribute(&self.submit_now, "disabled", None);
        });
    }

    fn show(&self, submission: &SubmissionView) {
        self.ask(false);
        let failed = submission.state == GradingState::Failed;
        browser::show(&self.submit, failed);
        if failed && let Some(name) = browser::find(&self.submit, "span") {
            browser::text(&name, "Submit again…");
        }
        let words = match submission.state {
            GradingState::Queued => "Submitted. It waits to be graded.".to_owned(),
            GradingState::Replaying => "Your work is being replayed in a fresh sandbox…".to_owned(),
            GradingState::Graded => String::new(),
            GradingState::Failed => format!(
                "It could not be graded, and nothing is lost: submit again. {}",
                submission.reason.as_deref().unwrap_or_default()
            ),
        };
        browser::sentence(&self.state, words.trim());
        self.result.set_text_content(None);
        if let Some(result) = &submission.result {
            self.show_result(result);
        }
    }

    fn show_result(&self, result: &SealedResult) {
        let line = browser::append(&self.result, "p", "submission__sealed");
        browser::append_icon(&line, if result.passed { Glyph::Tick } else { Glyph::Half });
        browser::text(
            &browser::append(&line, "span", ""),
            &format!(
                "Sealed: {} of {}",
                result.points,
                text::count(result.points_max, "point")
            ),
        );
        for remark in &result.remarks {
            browser::sentence(&browser::append(&self.result, "p", "submission__remark"), remark);
        }
        let place = browser::append(&self.result, "p", "submission__hash");
        browser::append_text(&place, &format!("Result {}, ", result.number));
        let hash = browser::append(&place, "code", "");
        browser::text(&hash, result.hash.get(..HASH_SHOWN).unwrap_or(&result.hash));
        browser::attribute(&hash, "title", Some(&result.hash));
        browser::append_text(&place, ", replayed and never changed again.");
    }
}
