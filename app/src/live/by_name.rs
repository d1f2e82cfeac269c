//! A map for a handful of names. A `BTreeMap` would do, and be forty times the code.

/// Values by name, for so few that looking through them is quickest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByName<T>(Vec<(String, T)>);

impl<T> ByName<T> {
    /// With nothing in it.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Gives a name its value, in place of the one that it had.
    pub(crate) fn insert(&mut self, name: String, value: T) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes a name out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(index).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_value() {
        let mut map = ByName::new();
        map.insert("a".into(), 1);
        map.insert("b".into(), 2);
        map.insert("a".into(), 3);
        assert_eq!(
            (map.get("a"), map.get("b"), map.get("c")),
            (Some(&3), Some(&2), None)
        );
        assert_eq!((map.remove("a"), map.remove("a")), (Some(3), None));
    }
}
