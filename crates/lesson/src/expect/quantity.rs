//! Numbers with units: sizes, durations, file modes, and bounds on them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::error::ExpectError;
use super::keys;

/// A number of bytes: `10MB` (millions), `64MiB` (powers of two), `512` (bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(
    /// Bytes.
    pub u64,
);

impl FromStr for Size {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let wrong = || ExpectError::Size(text.to_owned());
        let (number, unit) = split_unit(text).ok_or_else(wrong)?;
        let factor: u64 = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "kib" => 1 << 10,
            "mib" => 1 << 20,
            "gib" => 1 << 30,
            _ => return Err(wrong()),
        };
        scale(number, factor).map(Self).ok_or_else(wrong)
    }
}

/// As `docker images` shows it: three digits and a decimal unit.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
        let mut value = self.0 as f64;
        let mut unit = 0;
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1000.0;
            unit += 1;
        }
        let digits = match value {
            _ if unit == 0 => 0,
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        let shown = format!("{value:.digits$}");
        let shown = if shown.contains('.') {
            shown.trim_end_matches('0').trim_end_matches('.')
        } else {
            &shown
        };
        write!(f, "{shown} {}", UNITS[unit])
    }
}

/// A duration: `500ms`, `10s`, `2m`, `1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(
    /// The duration.
    pub Duration,
);

impl FromStr for Span {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let wrong = || ExpectError::Span(text.to_owned());
        let (number, unit) = split_unit(text).ok_or_else(wrong)?;
        let factor: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        scale(number, factor)
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_millis() {
            ms if ms % 1_000 != 0 => write!(f, "{ms}ms"),
            ms if ms >= 3_600_000 && ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms >= 60_000 && ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            ms => write!(f, "{}s", ms / 1_000),
        }
    }
}

/// `1.5 GB` as the number's text and the unit's.
fn split_unit(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (!number.is_empty() && text.len() <= 24).then(|| (number, unit.trim()))
}

/// `1.5` times a factor, in whole numbers, without rounding errors for what people write.
fn scale(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 6 || fraction.contains('.') || number.ends_with('.') {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    let part = match fraction {
        "" => 0,
        digits => {
            digits.parse::<u64>().ok()?.checked_mul(factor)? / 10_u64.pow(u32::try_from(digits.len()).ok()?)
        }
    };
    whole.checked_add(part)
}

/// A file's permission bits, written in octal: `0644`, `755`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(
    /// The lower twelve bits of its mode.
    pub u32,
);

impl FromStr for FileMode {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        match u32::from_str_radix(digits, 8) {
            Ok(bits) if bits <= 0o7777 && (3..=5).contains(&digits.len()) => Ok(Self(bits)),
            _ => Err(ExpectError::FileMode(text.to_owned())),
        }
    }
}

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

/// Reads a type from the scalar's text as it stands in the file, so that `0644` and `1.10` keep their digits.
macro_rules! from_scalar {
    ($($type:ty, $what:literal);+ $(;)?) => {$(
        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Scalar;
                impl ::serde::de::Visitor<'_> for Scalar {
                    type Value = $type;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str($what)
                    }
                    fn visit_str<E: ::serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                    fn visit_u64<E: ::serde::de::Error>(self, number: u64) -> Result<$type, E> {
                        self.visit_str(&number.to_string())
                    }
                }
                deserializer.deserialize_str(Scalar)
            }
        }
    )+};
}
pub(in crate::expect) use from_scalar;

from_scalar! {
    Size, "a size such as `10MB`";
    Span, "a duration such as `10s`";
    FileMode, "a file mode such as `0644`";
}

/// A range, both ends included: `{min: 1, max: 3}`, or a plain value for exactly that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The least that fits.
    pub min: Option<T>,
    /// The greatest that fits.
    pub max: Option<T>,
}

impl<T: Copy + Ord> Bounds<T> {
    /// Exactly one value.
    pub fn exactly(value: T) -> Self {
        Self {
            min: Some(value),
            max: Some(value),
        }
    }

    /// Whether a value lies inside.
    pub fn fits(&self, value: T) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

impl<T: fmt::Display + PartialEq> fmt::Display for Bounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.min, &self.max) {
            (Some(min), Some(max)) if min == max => write!(f, "exactly {min}"),
            (Some(min), Some(max)) => write!(f, "between {min} and {max}"),
            (Some(min), None) => write!(f, "at least {min}"),
            (None, Some(max)) => write!(f, "at most {max}"),
            (None, None) => f.write_str("anything"),
        }
    }
}

impl<'de, T> Deserialize<'de> for Bounds<T>
where
    T: Deserialize<'de> + FromStr<Err: fmt::Display> + fmt::Display + Copy + Ord,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Range<T>(std::marker::PhantomData<T>);
        impl<'de, T> Visitor<'de> for Range<T>
        where
            T: Deserialize<'de> + FromStr<Err: fmt::Display> + fmt::Display + Copy + Ord,
        {
            type Value = Bounds<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or `{min: …, max: …}`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bounds<T>, E> {
                text.trim()
                    .parse()
                    .map(Bounds::exactly)
                    .map_err(|error| E::custom(format!("`{text}`: {error}")))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Bounds<T>, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bounds<T>, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bounds<T>, A::Error> {
                let mut bounds: Bounds<T> = Bounds { min: None, max: None };
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "min" => bounds.min = Some(map.next_value()?),
                        "max" => bounds.max = Some(map.next_value()?),
                        _ => {
                            let hint = keys::hint(&key, &["min", "max"]);
                            return Err(de::Error::custom(ExpectError::UnknownKey { key, hint }));
                        }
                    }
                }
                match (bounds.min, bounds.max) {
                    (None, None) => Err(de::Error::custom("give `min:`, `max:` or both")),
                    (Some(min), Some(max)) if min > max => Err(de::Error::custom(ExpectError::Bounds {
                        min: min.to_string(),
                        max: max.to_string(),
                    })),
                    _ => Ok(bounds),
                }
            }
        }
        deserializer.deserialize_any(Range(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Bounds, FileMode, Size, Span};

    #[test]
    fn sizes_are_read_with_both_kinds_of_unit() {
        assert_eq!("10MB".parse(), Ok(Size(10_000_000)));
        assert_eq!("64MiB".parse(), Ok(Size(64 << 20)));
        assert_eq!("1.5 GB".parse(), Ok(Size(1_500_000_000)));
        assert_eq!("512".parse(), Ok(Size(512)));
        for wrong in [
            "",
            "MB",
            "-1MB",
            "1.MB",
            "1..5MB",
            "1 parsec",
            "99999999999999999999",
            "18446744073709551615GB",
        ] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_shown_as_docker_shows_them() {
        let shown =
            [0, 999, 1_000, 7_821_234, 78_100_000, 187_654_321, 1_070_000_000].map(|n| Size(n).to_string());
        assert_eq!(
            shown,
            ["0 B", "999 B", "1 kB", "7.82 MB", "78.1 MB", "188 MB", "1.07 GB"]
        );
    }

    #[test]
    fn durations_are_read_and_shown() {
        assert_eq!("500ms".parse(), Ok(Span(Duration::from_millis(500))));
        assert_eq!("1.5s".parse(), Ok(Span(Duration::from_millis(1500))));
        assert_eq!("2m".parse(), Ok(Span(Duration::from_secs(120))));
        assert!("10".parse::<Span>().is_err(), "a unit is wanted");
        assert_eq!(Span(Duration::from_secs(90)).to_string(), "90s");
        assert_eq!(Span(Duration::from_secs(120)).to_string(), "2m");
    }

    #[test]
    fn file_modes_are_octal() {
        assert_eq!("0644".parse(), Ok(FileMode(0o644)));
        assert_eq!("755".parse(), Ok(FileMode(0o755)));
        assert!("0888".parse::<FileMode>().is_err());
        assert!("u+x".parse::<FileMode>().is_err());
    }

    #[test]
    fn bounds_include_their_ends() {
        let bounds = Bounds {
            min: Some(2),
            max: Some(3),
        };
        assert_eq!([1, 2, 3, 4].map(|n| bounds.fits(n)), [false, true, true, false]);
        assert_eq!(bounds.to_string(), "between 2 and 3");
        assert_eq!(Bounds::exactly(4).to_string(), "exactly 4");
    }
}
