//! The events socket: it stays connected by itself, and catches up after every gap.

use std::cell::RefCell;

use drydock_protocol::live::Event;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{MessageEvent, WebSocket};

use super::{Connection, Place, Ran, Store, Tone};
use crate::{api, browser, json};

/// Milliseconds before the first attempt to come back; each further one waits twice as long.
const FIRST_PAUSE_MS: i32 = 400;
/// The longest pause between attempts, in milliseconds.
const LONGEST_PAUSE_MS: i32 = 10_000;
/// A gap is worth telling after so many attempts: shorter ones heal unseen.
const TOLD_AFTER: u32 = 3;

/// The socket, what it calls, and how often it failed in a row.
#[derive(Default)]
struct Line {
    socket: Option<WebSocket>,
    on_message: Option<Closure<dyn FnMut(MessageEvent)>>,
    on_open: Option<Closure<dyn FnMut()>>,
    on_close: Option<Closure<dyn FnMut()>>,
    failures: u32,
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::new(Line::default());
}

/// Opens the socket of this page's lesson, and opens it again whenever it is lost. Called once a page.
pub(crate) fn connect(store: &'static Store) {
    let Some(place) = Place::of_page() else { return };
    open(store, &place);
    // Back from a tunnel, or from sleep: do not wait for the pause to end.
    let again = move |place: &Place| {
        let waiting = LINE.with_borrow(|line| line.socket.is_none());
        if waiting {
            open(store, place);
        }
    };
    let Some(window) = browser::window() else { return };
    browser::on(&window, "online", {
        let place = place.clone();
        move |_| again(&place)
    });
    let Some(document) = browser::document() else {
        return;
    };
    browser::on(&document, "visibilitychange", move |_| again(&place));
}

fn open(store: &'static Store, place: &Place) {
    let Some(address) = address(place) else { return };
    let Ok(socket) = WebSocket::new(&address) else {
        return;
    };

    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let Some(text) = message.data().as_string() else {
            return;
        };
        tell(&text);
        // What this page does not know, it passes over: a newer server may tell more.
        if let Some(event) = json::event(&text) {
            take_in(store, event);
        }
    });
    let on_open = Closure::<dyn FnMut()>::new({
        let place = place.clone();
        move || {
            LINE.with_borrow_mut(|line| line.failures = 0);
            store.connection.set(Connection::Open);
            // If one is still under way, that is told next.
            store.replay.set(None);
            // Whatever was missed.
            tell(r#"{"event":"engine","images":true,"containers":true}"#);
            tell(r#"{"event":"files","paths":[]}"#);
            catch_up(store, place.clone());
        }
    });
    let on_close = Closure::<dyn FnMut()>::new({
        let place = place.clone();
        move || lost(store, place.clone())
    });
    socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
    LINE.with_borrow_mut(|line| {
        line.socket = Some(socket);
        line.on_message = Some(on_message);
        line.on_open = Some(on_open);
        // The closure that is running now may be the one being replaced: it is dropped once it has returned.
        if let Some(old) = line.on_close.replace(on_close) {
            browser::after(0, move || drop(old));
        }
    });
}

fn lost(store: &'static Store, place: Place) {
    let failures = LINE.with_borrow_mut(|line| {
        line.socket = None;
        line.failures += 1;
        line.failures
    });
    if failures >= TOLD_AFTER {
        store.connection.set(Connection::Lost);
    }
    browser::after(pause_ms(failures, js_sys::Math::random()), move || {
        if LINE.with_borrow(|line| line.socket.is_none()) {
            open(store, &place);
        }
    });
}

/// How long to wait before the next attempt: twice as long each time, spread so that a class that lost its
/// server does not come back in one instant. `luck` is between 0 and 1.
fn pause_ms(failures: u32, luck: f64) -> i32 {
    let doubled = FIRST_PAUSE_MS
        .saturating_mul(1 << failures.saturating_sub(1).min(10))
        .min(LONGEST_PAUSE_MS);
    #[allow(clippy::cast_possible_truncation)] // at most the longest pause
    let pause = (f64::from(doubled) * (0.5 + luck / 2.0)) as i32;
    pause
}

fn address(place: &Place) -> Option<String> {
    let location = browser::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    let host = location.host().ok()?;
    Some(format!(
        "{scheme}://{host}/api/v1/events?course={}&lesson={}",
        place.course, place.lesson
    ))
}

/// What happened while nobody listened: the standing in this lesson.
fn catch_up(store: &'static Store, place: Place) {
    browser::spawn(async move {
        // If it cannot be had now, the next connection asks again.
        if let Ok(standings) = api::progress(&place).await {
            for (exercise, standing) in standings {
                store.standing_is(exercise, standing);
            }
        }
    });
}

fn take_in(store: &Store, event: Event) {
    match event {
        Event::Sandbox { sandbox } => store.sandbox_is(sandbox),
        Event::Verdict { verdict, progress } => store.judged(verdict, progress),
        Event::Submission { exercise, submission } => store.submitted(exercise, *submission),
        Event::Notice(notice) => store.messages.say(Tone::Notice(notice.level), &notice.text),
        Event::Service { problem } => store.trouble.set(problem),
        Event::Replay(replay) => store.replay.set(Some(replay)),
        // For the panels, who have heard it already.
        Event::Engine { .. } | Event::Files { .. } => {}
        // Told even if it is the same as before: a command may be run twice.
        Event::Ran {
            command,
            exit,
            earlier,
        } => store.ran.update(|ran| {
            *ran = Some(Ran {
                command,
                exit,
                earlier,
            });
        }),
    }
}

#[wasm_bindgen]
extern "C" {
    /// Tells those of the page who want the frames as they come.
    #[wasm_bindgen(js_namespace = ["globalThis", "drydock"])]
    fn tell(frame: &str);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_are_spread() {
        assert_eq!(pause_ms(1, 1.0), 400);
        assert_eq!(pause_ms(2, 1.0), 800);
        assert_eq!(pause_ms(2, 0.0), 400);
        assert_eq!(pause_ms(50, 1.0), 10_000);
    }
}
