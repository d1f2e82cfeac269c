//! How the commands of the text went: a tick beside one that was run, and below one that failed, what its exit status
//! means.
//!
//! A command may stand in a lesson several times. It is marked where Run was pressed, or else where the reader is.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use web_sys::Element;

use crate::browser;
use crate::components::icon::Glyph;
use crate::exit::{explained, normalised};
use crate::live::{Ran, Store};

/// A row of a `console` block.
struct Row {
    element: Element,
    command: String,
    /// Beside the command, once it was run.
    mark: RefCell<Option<Element>>,
    /// Below it, while it failed.
    note: RefCell<Option<Element>>,
}

/// All commands of the page.
struct Commands {
    rows: Vec<Row>,
    /// Where Run was pressed last, until that command has ended.
    pressed: Cell<Option<usize>>,
    said: Element,
    sandbox: RefCell<Option<String>>,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let text = browser::by_id("text")?;
    let rows = browser::find_all(&text, ".code--console .code__row");
    let rows = rows.into_iter().filter_map(Row::new).collect();
    let commands = Rc::new(Commands {
        rows,
        pressed: Cell::new(None),
        said: browser::find(island, "p")?,
        sandbox: RefCell::new(None),
    });
    for (index, row) in commands.rows.iter().enumerate() {
        if let Some(run) = browser::find(&row.element, ".tool--run") {
            let commands = Rc::clone(&commands);
            browser::on(&run, "click", move |_| commands.pressed.set(Some(index)));
        }
    }
    store.sandbox.watch({
        let commands = Rc::clone(&commands);
        move || commands.belong_to(store.sandbox.with(|sandbox| Some(sandbox.as_ref()?.id.clone())))
    });
    store.ran.after_change(move || {
        if let Some(ran) = store.ran.get() {
            commands.ended(&ran);
        }
    });
    Some(())
}

impl Commands {
    /// What was run in another sandbox was not run in this one.
    fn belong_to(&self, sandbox: Option<String>) {
        if *self.sandbox.borrow() == sandbox {
            return;
        }
        self.sandbox.replace(sandbox);
        self.pressed.set(None);
        for row in &self.rows {
            row.clear();
        }
        browser::text(&self.said, "");
    }

    fn ended(&self, ran: &Ran) {
        let command = normalised(&ran.command);
        let same: Vec<usize> = (0..self.rows.len())
            .filter(|index| self.rows[*index].command == command)
            .collect();
        let pressed = self.pressed.get().filter(|index| same.contains(index));
        let Some(here) = pressed.or_else(|| self.nearest(&same)) else {
            return;
        };
        if pressed.is_some() {
            self.pressed.set(None);
        }
        if ran.exit == 0 {
            // It succeeds now, wherever it failed before.
            for index in same {
                if index == here || self.rows[index].note.borrow().is_some() {
                    self.rows[index].succeeded();
                }
            }
        } else {
            self.rows[here].failed(ran.exit);
        }
        if !ran.earlier {
            self.say(&command, &self.rows[here], ran.exit);
        }
    }

    /// The one that is nearest to the middle of what is on the screen.
    fn nearest(&self, rows: &[usize]) -> Option<usize> {
        let height = browser::root().map_or(0, |root| root.client_height());
        let middle = f64::from(height) / 2.0;
        let distance = |index: &usize| {
            let place = self.rows[*index].element.get_bounding_client_rect();
            (f64::midpoint(place.top(), place.bottom()) - middle).abs()
        };
        rows.iter()
            .copied()
            .min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }

    /// Reads it out. The same words twice are said twice only if there was something else between.
    fn say(&self, command: &str, row: &Row, exit: i32) {
        let words = if exit == 0 {
            format!("{command}: succeeded.")
        } else {
            let why = row.words(exit).replace('`', "");
            format!("{command}: exit status {exit}. {why}")
        };
        browser::text(&self.said, "");
        let said = self.said.clone();
        browser::after(50, move || browser::text(&said, &words));
    }
}

impl Row {
    fn new(element: Element) -> Option<Self> {
        let code = browser::find(&element, "pre code")?;
        Some(Self {
            command: normalised(&code.text_content()?),
            element,
            mark: RefCell::new(None),
            note: RefCell::new(None),
        })
    }

    fn clear(&self) {
        for part in [self.mark.take(), self.note.take()].into_iter().flatten() {
            part.remove();
        }
        browser::attribute(&self.element, "data-exit", None);
    }

    fn succeeded(&self) {
        self.clear();
        self.mark(Glyph::Tick, "Run: it succeeded", 0);
    }

    fn failed(&self, exit: i32) {
        self.clear();
        self.mark(Glyph::Alert, "Run: it failed", exit);
        let note = browser::append(&self.element, "p", "code__note");
        browser::text(
            &browser::append(&note, "strong", ""),
            &format!("Exit status {exit}."),
        );
        browser::append_text(&note, " ");
        browser::sentence(&browser::append(&note, "span", ""), &self.words(exit));
        // It stands below the row, not in it.
        let _ = self.element.after_with_node_1(&note);
        self.note.replace(Some(note));
    }

    /// Before the buttons.
    fn mark(&self, glyph: Glyph, words: &str, exit: i32) {
        let Some(actions) = browser::find(&self.element, ".code__actions") else {
            return;
        };
        let mark = browser::append(&self.element, "span", "code__mark");
        browser::append_icon(&mark, glyph);
        browser::text(&browser::append(&mark, "span", "unseen"), words);
        browser::attribute(&mark, "title", Some(words));
        browser::attribute(&self.element, "data-exit", Some(&exit.to_string()));
        let _ = self.element.insert_before(&mark, Some(&actions));
        self.mark.replace(Some(mark));
    }

    fn words(&self, exit: i32) -> String {
        let next = match &*self.note.borrow() {
            Some(note) => note.next_element_sibling(),
            None => self.element.next_element_sibling(),
        };
        let sample = next.is_some_and(|next| next.class_list().contains("code__output"));
        explained(&self.command, exit, sample)
    }
}
