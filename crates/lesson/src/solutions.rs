//! When learners may see solutions: `always`, `after 3 fails`, `after passing` or `never`.

use std::fmt;
use std::str::FromStr;

use drydock_protocol::page;
use serde::de::{self, Deserialize, Deserializer};
use thiserror::Error;

/// The most fails that can be asked for.
const FAILS_MAX: u32 = 100;

/// When learners may see the solution of an exercise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Solutions {
    /// At any time.
    Always,
    /// After so many tries that did not succeed, and once it is passed.
    AfterFails(u32),
    /// Once it is passed.
    #[default]
    AfterPassing,
    /// Not at all.
    Never,
}

/// It is none of these.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` does not say when solutions are shown\nhelp: write `always`, `after 3 fails` (1 to {FAILS_MAX}), `after passing` or `never`"
)]
pub struct SolutionsError(String);

impl Solutions {
    /// The same, as far as a page has to know.
    pub fn on_the_page(self) -> page::Solutions {
        match self {
            Self::Always => page::Solutions::Always,
            Self::AfterFails(_) => page::Solutions::AfterFails,
            Self::AfterPassing => page::Solutions::AfterPassing,
            Self::Never => page::Solutions::Never,
        }
    }
}

impl FromStr for Solutions {
    type Err = SolutionsError;

    fn from_str(text: &str) -> Result<Self, SolutionsError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["always"] => Some(Self::Always),
            ["never"] => Some(Self::Never),
            ["after", "passing"] => Some(Self::AfterPassing),
            ["after", count, "fail" | "fails"] => count
                .parse()
                .ok()
                .filter(|count| (1..=FAILS_MAX).contains(count))
                .map(Self::AfterFails),
            _ => None,
        }
        .ok_or_else(|| SolutionsError(text.chars().take(80).collect()))
    }
}

impl fmt::Display for Solutions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::AfterFails(1) => f.write_str("after 1 fail"),
            Self::AfterFails(count) => write!(f, "after {count} fails"),
            Self::AfterPassing => f.write_str("after passing"),
            Self::Never => f.write_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Solutions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Solutions;

    #[test]
    fn they_are_read_as_they_are_written() {
        for text in [
            "always",
            "after 3 fails",
            "after 1 fail",
            "after passing",
            "never",
        ] {
            assert_eq!(text.parse::<Solutions>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "sometimes",
            "after",
            "after 0 fails",
            "after 101 fails",
            "after x fails",
            "3 fails",
        ] {
            let error = text.parse::<Solutions>().unwrap_err().to_string();
            assert!(error.contains("`after passing`"), "{text}: {error}");
        }
    }
}
