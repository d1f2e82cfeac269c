//! What the workbench shows while there is no terminal: what will happen, what is happening, or what happened.

use drydock_protocol::api::{Queue, SandboxState, StopReason};
use web_sys::Element;

use crate::components::icon::Glyph;
use crate::live::{Connection, Store};
use crate::{api, browser, text};

/// The panel's parts, of which each state shows some.
struct Panel {
    start: Element,
    art: Element,
    place: Element,
    turning: Element,
    title: Element,
    text: Element,
    steps: Element,
    button: Element,
    note: Element,
    leave: Element,
}

/// What the panel says in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Says {
    art: bool,
    turning: bool,
    steps: bool,
    /// In the queue, which can be left.
    place: Option<String>,
    title: String,
    text: String,
    button: Option<&'static str>,
    note: String,
}

/// Wakes the panel inside the workbench.
pub(super) fn wake(workbench: &Element) -> Option<()> {
    let store = Store::of_page();
    let start = browser::find(workbench, ".start")?;
    let part = |class: &str| browser::find(&start, class);
    let panel = Panel {
        art: part(".start__art")?,
        place: part(".start__place")?,
        turning: part(".start__sign")?,
        title: part(".start__title")?,
        text: part(".start__text")?,
        steps: part(".start__steps")?,
        button: part("button")?,
        note: part(".start__note")?,
        leave: part("[data-leave]")?,
        start,
    };
    browser::on(&panel.button, "click", move |_| store.start());
    browser::on(&panel.leave, "click", move |_| {
        browser::spawn(async move {
            if let Err(problem) = api::stop().await {
                store.messages.complain(&problem);
            }
        });
    });
    let panel = std::rc::Rc::new(panel);
    let show = move || panel.show(store);
    store.sandbox.after_change(show.clone());
    store.heard.after_change(show.clone());
    store.connection.after_change(show.clone());
    store.start_began.after_change(show.clone());
    store.steps.after_change(show.clone());
    show();
    browser::every_second(move || {
        if store.start_began.with(Option::is_some) {
            show();
        }
    });
    Some(())
}

impl Panel {
    fn show(&self, store: &Store) {
        browser::show(&self.start, !store.is_ready());
        let state = store.state();
        let says = match state {
            Some(SandboxState::Ready) => return,
            None if store.start_began.with(Option::is_some) => starting(store),
            None => before(),
            Some(SandboxState::Starting { .. }) => starting(store),
            Some(SandboxState::Queued { queue }) => queued(queue),
            Some(SandboxState::Stopping { reason }) => stopping(reason),
            Some(SandboxState::Gone { .. } | SandboxState::Failed { .. })
                if store.start_began.with(Option::is_some) =>
            {
                starting(store)
            }
            Some(SandboxState::Gone { reason }) => gone(reason),
            Some(SandboxState::Failed { reason }) => failed(reason),
        };
        browser::show(&self.art, says.art);
        browser::show(&self.turning, says.turning);
        browser::show(&self.place, says.place.is_some());
        browser::text(&self.place, says.place.as_deref().unwrap_or_default());
        browser::text(&self.title, &says.title);
        browser::show(&self.text, !says.text.is_empty());
        if self.text.text_content().map(|text| text.replace('`', "")) != Some(says.text.replace('`', "")) {
            browser::sentence(&self.text, &says.text);
        }
        browser::show(&self.button, says.button.is_some());
        if let (Some(words), Some(name)) = (says.button, browser::find(&self.button, "span")) {
            browser::text(&name, words);
        }
        // Until the server was heard, nobody knows whether there is one already.
        let unknown = !store.heard.get() && store.connection.get() != Connection::Lost;
        browser::attribute(&self.button, "disabled", unknown.then_some(""));
        browser::show(&self.note, !says.note.is_empty());
        browser::text(&self.note, &says.note);
        browser::show(&self.leave, says.place.is_some());
        browser::show(&self.steps, says.steps);
        if says.steps {
            self.show_steps(&store.steps.get());
        }
    }

    /// The steps so far: those before the last are done.
    fn show_steps(&self, steps: &[String]) {
        let first = ["Asking for a sandbox".to_owned()];
        let steps = if steps.is_empty() { &first[..] } else { steps };
        let shown = browser::find_all(&self.steps, ".start__step");
        let same = shown.len() == steps.len()
            && shown
                .last()
                .and_then(|step| step.get_attribute("data-step"))
                .as_ref()
                == steps.last();
        if same {
            return;
        }
        self.steps.set_text_content(None);
        for (index, step) in steps.iter().enumerate() {
            let done = index + 1 < steps.len();
            let line = browser::append(&self.steps, "li", "start__step");
            browser::attribute(&line, "data-state", Some(if done { "done" } else { "now" }));
            browser::attribute(&line, "data-step", Some(step));
            let sign = browser::append(&line, "span", "start__sign");
            if done {
                browser::append_icon(&sign, Glyph::Tick);
            }
            browser::append_text(&line, step);
            let words = if done { ", done" } else { ", under way" };
            browser::text(&browser::append(&line, "span", "unseen"), words);
        }
    }
}

fn before() -> Says {
    let took = browser::remembered("start-seconds").and_then(|seconds| seconds.parse().ok());
    let note = match took {
        Some(seconds) => format!("Took {} last time.", text::count(seconds, "second")),
        None => "Takes a few seconds.".into(),
    };
    Says {
        art: true,
        title: "A Docker engine of your own".into(),
        text: "Drydock makes a small machine for you: Docker, a terminal and a home folder. \
               Nobody else sees it, and you cannot break anything that matters."
            .into(),
        button: Some("Start"),
        note,
        ..Says::default()
    }
}

fn starting(store: &Store) -> Says {
    let seconds = store.start_began.get().map_or(0, |began| browser::now() - began);
    let seconds = u32::try_from(seconds).unwrap_or(0);
    Says {
        steps: true,
        title: "Making your sandbox".into(),
        note: text::count(seconds, "second"),
        ..Says::default()
    }
}

fn queued(queue: Queue) -> Says {
    let estimate = match queue.estimate_s {
        Some(seconds) => format!("A seat is likely to be free in {}.", text::about(seconds)),
        None => "Nobody can say yet how long it takes.".into(),
    };
    Says {
        place: Some(text::ordinal(queue.place)),
        title: "in the queue".into(),
        text: format!("Every seat is taken. {estimate}"),
        note: "The lesson can be read meanwhile; your sandbox starts by itself.".into(),
        ..Says::default()
    }
}

fn stopping(reason: StopReason) -> Says {
    let title = if reason == StopReason::Reset {
        "Making a fresh sandbox"
    } else {
        "Stopping the sandbox"
    };
    Says {
        turning: true,
        title: title.into(),
        text: "The old one is being removed.".into(),
        ..Says::default()
    }
}

/// Why a sandbox is no more, and what was kept.
fn gone(reason: StopReason) -> Says {
    let (title, text) = match reason {
        // A place in the queue may be given up as well: there was no sandbox then.
        StopReason::Asked => (
            "No sandbox is running",
            "That is as you asked. Your progress is kept; start one whenever you like.",
        ),
        StopReason::Reset => (
            "The old sandbox is gone",
            "Your progress is kept. Start a fresh one.",
        ),
        StopReason::Expired => (
            "The sandbox's time was up",
            "Its images, containers and files are gone. Your progress is kept, and a new one is quickly made.",
        ),
        StopReason::Idle => (
            "The sandbox was stopped after a while without use",
            "That makes room for others. Your progress is kept; its images, containers and files are gone.",
        ),
        StopReason::Died => (
            "The sandbox ended by itself",
            "Its first process was killed: by a command, or because it went over a limit such as its memory. \
             Your progress is kept.",
        ),
        StopReason::Shutdown => (
            "The server is being stopped",
            "Your progress is kept. Try again when the server is back.",
        ),
    };
    Says {
        title: title.into(),
        text: text.into(),
        button: Some("Start a new one"),
        ..Says::default()
    }
}

fn failed(reason: String) -> Says {
    Says {
        title: "The sandbox could not be kept".into(),
        text: reason,
        button: Some("Start a new one"),
        ..Says::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_says_what_was_kept_and_offers_a_way_on() {
        let reasons = [
            StopReason::Asked,
            StopReason::Reset,
            StopReason::Expired,
            StopReason::Idle,
            StopReason::Died,
            StopReason::Shutdown,
        ];
        for reason in reasons {
            let says = gone(reason);
            assert!(says.text.contains("Your progress is kept"), "{says:?}");
            assert!(says.button.is_some());
        }
    }

    #[test]
    fn a_queue_says_the_place_and_what_is_known_of_the_time() {
        let says = queued(Queue {
            place: 3,
            estimate_s: Some(240),
        });
        assert_eq!(says.place.as_deref(), Some("3rd"));
        assert_eq!(
            says.text,
            "Every seat is taken. A seat is likely to be free in about 4 minutes."
        );
        assert!(
            queued(Queue {
                place: 1,
                estimate_s: None
            })
            .text
            .ends_with("how long it takes.")
        );
    }
}
