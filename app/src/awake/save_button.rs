//! Save: writes the code below it to the learner's workspace. A file that differs is not replaced unasked.

use std::cell::Cell;
use std::rc::Rc;

use drydock_protocol::api::Problem;
use drydock_protocol::live::Level;
use web_sys::Element;

use super::run_button::code_beside;
use crate::components::icon::Glyph;
use crate::live::{Store, Tone};
use crate::{api, browser};

/// How far a save is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saving {
    Idle,
    Busy,
    /// The workspace has another file there: the learner decides.
    Differs,
    Saved,
}

/// The buttons, and where they save to.
struct Save {
    button: Element,
    keep: Element,
    path: String,
    now: Cell<Saving>,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    let button = browser::find(island, ".tool--save")?;
    let keep = browser::find(island, ".tool--keep")?;
    let path = button.get_attribute("data-path")?;
    let save = Rc::new(Save {
        button: button.clone(),
        keep: keep.clone(),
        path,
        now: Cell::new(Saving::Idle),
    });
    browser::on(&keep, "click", {
        let save = Rc::clone(&save);
        move |_| save.show(Saving::Idle)
    });
    browser::on(&button, "click", move |_| Rc::clone(&save).press());
    Some(())
}

impl Save {
    fn press(self: Rc<Self>) {
        let store = Store::of_page();
        let Some(content) = code_beside(&self.button) else {
            return;
        };
        if !store.is_ready() {
            let first = "Start your sandbox first: the file is saved into its home folder.";
            store.messages.say(Tone::Notice(Level::Info), first);
            return;
        }
        let replace = self.now.get() == Saving::Differs;
        self.show(Saving::Busy);
        browser::spawn(async move {
            match self.write(content, replace).await {
                Ok(Saving::Saved) => {
                    self.show(Saving::Saved);
                    browser::after(2400, move || {
                        if self.now.get() == Saving::Saved {
                            self.show(Saving::Idle);
                        }
                    });
                }
                Ok(other) => self.show(other),
                Err(problem) => {
                    self.show(Saving::Idle);
                    store.messages.complain(&problem);
                }
            }
        });
    }

    async fn write(&self, content: String, replace: bool) -> Result<Saving, Problem> {
        if !replace
            && let Some(there) = api::read_file(&self.path).await?
            && there != content
        {
            return Ok(Saving::Differs);
        }
        api::write_file(&self.path, &content).await?;
        Ok(Saving::Saved)
    }

    fn show(&self, saving: Saving) {
        self.now.set(saving);
        let (name, title) = match saving {
            Saving::Idle => ("Save", "Save into your home folder"),
            Saving::Busy => ("Saving", "Save into your home folder"),
            Saving::Differs => ("Replace yours", "Your file differs from this one"),
            Saving::Saved => ("Saved", "Save into your home folder"),
        };
        if let Some(words) = browser::find(&self.button, ".tool__name") {
            browser::text(&words, name);
        }
        browser::attribute(&self.button, "title", Some(title));
        browser::attribute(&self.button, "disabled", (saving == Saving::Busy).then_some(""));
        browser::glyph(
            &self.button,
            if saving == Saving::Saved {
                Glyph::Tick
            } else {
                Glyph::Save
            },
        );
        browser::class(&self.button, "tool--done", saving == Saving::Saved);
        browser::class(&self.button, "tool--ask", saving == Saving::Differs);
        browser::show(&self.keep, saving == Saving::Differs);
    }
}
