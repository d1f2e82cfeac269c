//! Numbers as people type them.

use std::fmt;
use std::str::FromStr;

use crate::expect::error::ExpectError;

/// So many parts make one.
const PARTS: i64 = 1_000_000;

/// A number with up to six decimals, exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(
    /// In millionths.
    i64,
);

impl FromStr for Decimal {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        decimal(text).ok_or_else(|| ExpectError::Value {
            text: text.chars().take(80).collect(),
            what: "a number",
            allowed: "write digits, and up to six after a point".to_owned(),
        })
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(PARTS))
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let ends_in_point = digits.ends_with('.');
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 6 || ends_in_point {
        return None;
    }
    let whole = whole.parse::<i64>().ok()?.checked_mul(PARTS)?;
    let parts = format!("{fraction:0<6}").parse::<i64>().ok()?;
    let sum = whole.checked_add(parts)?;
    Some(Decimal(if negative { -sum } else { sum }))
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, parts) = (
            self.0.unsigned_abs() / 1_000_000,
            self.0.unsigned_abs() % 1_000_000,
        );
        write!(f, "{sign}{whole}")?;
        if parts > 0 {
            write!(f, ".{}", format!("{parts:06}").trim_end_matches('0'))?;
        }
        Ok(())
    }
}

crate::expect::quantity::from_scalar! {
    Decimal, "a number";
}

/// The number that was typed: `7`, `1,234`, `1,5`, `7 layers`. Where a unit is given, no other may stand behind it. None if it is
/// no number.
pub fn number(typed: &str, unit: Option<&str>) -> Option<Decimal> {
    let typed = typed.trim();
    let end = typed
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '\u{a0}' | ' ')))
        .unwrap_or(typed.len());
    let (digits, behind) = typed.split_at(end);
    let behind = behind.trim();
    let fits = match unit {
        Some(unit) => behind.is_empty() || behind.eq_ignore_ascii_case(unit.trim()),
        // One word, whatever it is: what is counted.
        None => behind.chars().count() <= 20 && behind.chars().all(|c| c.is_alphabetic() || c == '%'),
    };
    let digits: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
    fits.then(|| decimal(&with_point(&digits)?)).flatten()
}

/// A comma before three digits parts thousands; any other one is the point.
fn with_point(digits: &str) -> Option<String> {
    let mut groups = digits.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    match rest[..] {
        [] => Some(digits.to_owned()),
        [only] if only.len() != 3 && !digits.contains('.') => Some(format!("{first}.{only}")),
        _ => {
            let whole = |group: &&str| group.split('.').next().is_some_and(|whole| whole.len() == 3);
            rest.iter().all(whole).then(|| digits.replace(',', ""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_shown_short() {
        for (text, shown) in [
            ("7", "7"),
            ("-1.50", "-1.5"),
            ("0.000001", "0.000001"),
            ("+3.0", "3"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), shown);
        }
        for wrong in [
            "",
            "-",
            ".5",
            "5.",
            "1.2345678",
            "1e3",
            "0x10",
            "99999999999999999999",
        ] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let typed = |text, unit| number(text, unit).map(|number| number.to_string());
        for (text, unit, wanted) in [
            (" 7 ", None, Some("7")),
            ("7 layers", None, Some("7")),
            ("1,234", None, Some("1234")),
            ("1 234 567", None, Some("1234567")),
            ("1,5", None, Some("1.5")),
            ("1,234.5", None, Some("1234.5")),
            ("118MB", Some("MB"), Some("118")),
            ("118 mb", Some("MB"), Some("118")),
            ("118 kB", Some("MB"), None),
            ("12 %", None, Some("12")),
            ("seven", None, None),
            ("7; rm -rf", None, None),
            ("1,2,3", None, None),
            ("", None, None),
        ] {
            assert_eq!(typed(text, unit).as_deref(), wanted, "{text:?}");
        }
    }
}
