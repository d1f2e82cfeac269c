//! What may stand in a picture: elements, their attributes, and classes. Everything else is refused.

/// What an attribute's value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// One number.
    Number,
    /// Numbers with spaces or commas between them.
    Numbers,
    /// The commands of a path.
    Path,
    /// `translate(…)`, `rotate(…)`, `scale(…)`.
    Transform,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// Elements, with the attributes that are their own.
pub(super) const ELEMENTS: [(&str, &[(&str, Value)]); 11] = [
    ("svg", &[]),
    ("g", &[]),
    ("path", &[("d", Value::Path)]),
    (
        "rect",
        &[
            ("x", Value::Number),
            ("y", Value::Number),
            ("width", Value::Number),
            ("height", Value::Number),
            ("rx", Value::Number),
            ("ry", Value::Number),
        ],
    ),
    (
        "circle",
        &[("cx", Value::Number), ("cy", Value::Number), ("r", Value::Number)],
    ),
    (
        "ellipse",
        &[
            ("cx", Value::Number),
            ("cy", Value::Number),
            ("rx", Value::Number),
            ("ry", Value::Number),
        ],
    ),
    (
        "line",
        &[
            ("x1", Value::Number),
            ("y1", Value::Number),
            ("x2", Value::Number),
            ("y2", Value::Number),
        ],
    ),
    ("polyline", &[("points", Value::Numbers)]),
    ("polygon", &[("points", Value::Numbers)]),
    ("text", TEXT),
    ("tspan", TEXT),
];

const TEXT: &[(&str, Value)] = &[
    ("x", Value::Number),
    ("y", Value::Number),
    ("dx", Value::Number),
    ("dy", Value::Number),
    ("text-anchor", Value::OneOf(&["start", "middle", "end"])),
    (
        "dominant-baseline",
        Value::OneOf(&["auto", "middle", "central", "hanging"]),
    ),
];

/// Attributes that every element may have.
pub(super) const COMMON: [(&str, Value); 9] = [
    ("transform", Value::Transform),
    ("fill", Value::OneOf(&["none", "currentColor"])),
    ("stroke", Value::OneOf(&["none", "currentColor"])),
    ("stroke-width", Value::Number),
    ("stroke-dasharray", Value::Numbers),
    ("stroke-linecap", Value::OneOf(&["butt", "round", "square"])),
    ("stroke-linejoin", Value::OneOf(&["miter", "round", "bevel"])),
    ("opacity", Value::Number),
    ("fill-opacity", Value::Number),
];

/// Classes that give lines and text their colour; arrowheads have it too.
pub(super) const HUES: [&str; 8] = ["ink", "muted", "faint", "line", "accent", "ok", "warn", "bad"];

/// Classes that draw an arrowhead: at which ends.
pub(super) const ARROWS: [(&str, &[&str]); 3] = [
    ("arrow", &["marker-end"]),
    ("arrow-start", &["marker-start"]),
    ("arrow-both", &["marker-start", "marker-end"]),
];

/// The other classes: surfaces, lines, text.
pub(super) const CLASSES: [&str; 19] = [
    "surface",
    "soft",
    "deep",
    "accent-soft",
    "ok-soft",
    "warn-soft",
    "bad-soft",
    "solid",
    "bare",
    "thin",
    "thick",
    "dashed",
    "on-solid",
    "small",
    "large",
    "strong",
    "mono",
    "middle",
    "end",
];

impl Value {
    /// Whether a value is one. None of them can have a quote, a bracket of a tag or an address in it.
    pub(super) fn fits(self, value: &str) -> bool {
        match self {
            Self::Number => number(value),
            Self::Numbers => !value.trim().is_empty() && numbers(value),
            Self::Path => value
                .split(|c: char| "MmLlHhVvCcSsQqTtAaZz".contains(c))
                .all(numbers),
            Self::Transform => transform(value),
            Self::OneOf(known) => known.contains(&value),
        }
    }

    /// What it has to be, for people.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Number => "a number, without a unit".to_owned(),
            Self::Numbers => "numbers with spaces between them".to_owned(),
            Self::Path => "the commands of a path, such as `M10 10 H 90`".to_owned(),
            Self::Transform => "`translate(…)`, `rotate(…)` or `scale(…)`".to_owned(),
            Self::OneOf(known) => crate::nearest::list(known),
        }
    }
}

/// A number that a picture can have.
fn number(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    text.chars().all(plain) && text.parse::<f64>().is_ok_and(|number| number.abs() <= 100_000.0)
}

/// Only what numbers are made of: in paths they may run into each other (`0-5.5.5`).
fn numbers(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_digit() || c.is_ascii_whitespace() || "+-.,eE".contains(c))
}

fn transform(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('(') else {
            return false;
        };
        let Some((inside, after)) = after.split_once(')') else {
            return false;
        };
        if !["translate", "rotate", "scale"].contains(&name.trim()) || inside.is_empty() || !numbers(inside) {
            return false;
        }
        rest = after.trim_start_matches([' ', ',', '\n', '\t']);
    }
    !text.trim().is_empty()
}
