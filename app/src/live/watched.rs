//! A value, and those who want to know when it changes.

use std::cell::RefCell;
use std::rc::Rc;

/// A value that is watched. Watchers live as long as the page: islands never leave it.
pub(crate) struct Watched<T> {
    value: RefCell<T>,
    watchers: RefCell<Vec<Rc<dyn Fn()>>>,
}

impl<T: PartialEq> Watched<T> {
    /// A value that nobody watches yet.
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value: RefCell::new(value),
            watchers: RefCell::new(Vec::new()),
        }
    }

    /// Looks at the value. Must not change it meanwhile.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.value.borrow())
    }

    /// Changes the value, and tells so. Must not look at it meanwhile.
    pub(crate) fn update(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.borrow_mut());
        self.tell();
    }

    /// Replaces the value; tells so if it is another one.
    pub(crate) fn set(&self, value: T) {
        if self.with(|old| *old != value) {
            self.value.replace(value);
            self.tell();
        }
    }

    /// Acts now, and again after every change.
    pub(crate) fn watch(&self, act: impl Fn() + 'static) {
        act();
        self.after_change(act);
    }

    /// Acts after every change.
    pub(crate) fn after_change(&self, act: impl Fn() + 'static) {
        self.watchers.borrow_mut().push(Rc::new(act));
    }

    fn tell(&self) {
        // A copy: a watcher may change the value again, or add another watcher.
        let watchers: Vec<_> = self.watchers.borrow().iter().map(Rc::clone).collect();
        for act in watchers {
            act();
        }
    }
}

impl<T: PartialEq + Clone> Watched<T> {
    /// A copy of the value.
    pub(crate) fn get(&self) -> T {
        self.with(T::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchers_hear_of_changes_and_may_change_things_themselves() {
        let value: &'static Watched<u32> = Box::leak(Box::new(Watched::new(1)));
        let heard = Rc::new(RefCell::new(Vec::new()));
        value.watch({
            let heard = Rc::clone(&heard);
            move || {
                heard.borrow_mut().push(value.get());
                if value.get() == 2 {
                    value.set(3);
                }
            }
        });
        value.set(1);
        value.set(2);
        value.update(|value| *value = 5);
        assert_eq!(*heard.borrow(), [1, 2, 3, 5]);
    }
}
