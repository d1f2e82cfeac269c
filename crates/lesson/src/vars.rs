//! Variables of a lesson: values that are drawn once for each learner, and put in wherever `${NAME}` stands.
//!
//! They are put into the lesson's text before anything else reads it. So there is one rule for text, commands, files,
//! expectations and messages alike, and each combination of values is a lesson of its own, checked when it is loaded. Values are
//! plain words: none of them can end a quote, a block or a line. A [`Source`](crate::source::Source) remembers what stood where, so
//! that problems are shown where their author wrote them.

use std::collections::BTreeMap;
use std::ops::Range;

/// The values that one learner has, by name.
pub type Draw = BTreeMap<String, String>;

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Var {
    /// `VERSION`
    pub name: String,
    /// What is drawn from: at least two.
    pub pick: Vec<String>,
}

/// Names that every shell gives a meaning to: what would become of them in commands is not what anybody expects.
pub(crate) const OF_THE_SHELL: [&str; 12] = [
    "HOME", "PATH", "USER", "PWD", "OLDPWD", "SHELL", "HOSTNAME", "IFS", "LANG", "TERM", "UID", "RANDOM",
];

/// Whether that can be a variable's name.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 32
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Whether that can be a value: a word that means the same in Markdown, YAML and a command.
pub(crate) fn is_value(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | ':');
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(plain)
        && !text.ends_with(':')
}

/// All combinations of values: those of the first variable change slowest.
pub(crate) fn combinations(vars: &[Var]) -> Vec<Draw> {
    let mut all = vec![Draw::new()];
    for var in vars {
        let with = |draw: &Draw, value: &String| {
            let mut draw = draw.clone();
            draw.insert(var.name.clone(), value.clone());
            draw
        };
        all = all
            .iter()
            .flat_map(|draw| var.pick.iter().map(move |value| with(draw, value)))
            .collect();
    }
    all
}

/// A place where a value was put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Put {
    /// Where the value stands.
    pub(crate) drawn: Range<usize>,
    /// Where `${NAME}` stood.
    pub(crate) written: Range<usize>,
}

/// Puts values in from `start` on. `$${NAME}` becomes `${NAME}`; names that are not drawn stay as they are, for commands and files have
/// variables of their own.
pub(crate) fn put(text: &str, start: usize, draw: &Draw) -> (String, Vec<Put>) {
    let mut out = text[..start].to_owned();
    let mut puts = Vec::new();
    let mut at = start;
    while let Some((place, name)) = find(text, at) {
        let Some(value) = draw.get(name) else {
            out.push_str(&text[at..place.end]);
            at = place.end;
            continue;
        };
        let escaped = text[at..place.start].ends_with('$');
        let written = place.start - usize::from(escaped)..place.end;
        out.push_str(&text[at..written.start]);
        let begin = out.len();
        if escaped {
            out.push_str(&text[place.clone()]);
        } else {
            out.push_str(value);
        }
        puts.push(Put {
            drawn: begin..out.len(),
            written,
        });
        at = place.end;
    }
    out.push_str(&text[at..]);
    (out, puts)
}

/// The next `${NAME}` from a place on: where it stands, and its name.
fn find(text: &str, from: usize) -> Option<(Range<usize>, &str)> {
    let mut from = from;
    loop {
        let start = from + text[from..].find("${")?;
        let inside = &text[start + 2..];
        let length = inside.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        match length {
            Some(length) if inside[length..].starts_with('}') && is_name(&inside[..length]) => {
                return Some((start..start + length + 3, &inside[..length]));
            }
            _ => from = start + 2,
        }
    }
}

/// A name in a sentence that no variable has. What stands in backticks is code, and has variables of its own; `$${NAME}` is meant.
pub(crate) fn unknown<'t>(sentence: &'t str, declared: &[String]) -> Option<&'t str> {
    let mut code = false;
    for (part, text) in sentence.split('`').enumerate() {
        code = part % 2 == 1;
        if code {
            continue;
        }
        if let Some((_, name)) = unknown_in(text, declared) {
            return Some(name);
        }
    }
    // A backtick without a partner is a character.
    if code {
        let last = sentence.rfind('`').map_or(0, |at| at + 1);
        return unknown_in(&sentence[last..], declared).map(|(_, name)| name);
    }
    None
}

/// The same for text that has no code in it, with its place.
pub(crate) fn unknown_in<'t>(text: &'t str, declared: &[String]) -> Option<(Range<usize>, &'t str)> {
    let mut from = 0;
    while let Some((place, name)) = find(text, from) {
        let escaped = text[..place.start].ends_with('$');
        if !escaped && !declared.iter().any(|known| known == name) {
            return Some((place, name));
        }
        from = place.end;
    }
    None
}

/// What to do about a name that no variable has.
pub(crate) fn help(name: &str, declared: &[String]) -> String {
    let known: Vec<&str> = declared.iter().map(String::as_str).collect();
    match crate::expect::nearest(
        &name.to_ascii_lowercase(),
        known
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    ) {
        Some(near) => format!("did you mean `${{{}}}`?", near.to_ascii_uppercase()),
        None => format!(
            "name it under `vars:` in the front matter, put it in backticks if it is the shell's, or write `$${{{name}}}`"
        ),
    }
}

/// A sentence as it is shown: `$${` stands for `${`.
pub(crate) fn plain(sentence: &str) -> String {
    sentence.replace("$${", "${")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(pairs: &[(&str, &str)]) -> Draw {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn values_are_put_in_and_nothing_else_is_touched() {
        let draw = draw(&[("V", "v1.0"), ("NAME", "web")]);
        for (text, wanted) in [
            ("tag ${V} as ${NAME}:${V}.", "tag v1.0 as web:v1.0."),
            (
                "`${HOME}` ${PATH:-x} ${v} $V ${} ${V",
                "`${HOME}` ${PATH:-x} ${v} $V ${} ${V",
            ),
            ("$${V} $${HOME} $$${V}", "${V} $${HOME} $${V}"),
            ("ü${V}ü", "üv1.0ü"),
            ("${${V}}", "${v1.0}"),
        ] {
            assert_eq!(put(text, 0, &draw).0, wanted, "{text}");
        }
        assert_eq!(
            put("${V} --- ${V}", 5, &draw).0,
            "${V} --- v1.0",
            "the front matter stays"
        );
        let (_, puts) = put("a ${V} b", 0, &draw);
        assert_eq!(
            puts,
            [Put {
                drawn: 2..6,
                written: 2..6
            }]
        );
    }

    #[test]
    fn values_are_words() {
        for value in ["v1.0", "8080", "python:3.13-slim", "a/b"] {
            assert!(is_value(value), "{value}");
        }
        for value in [
            "", "a b", "a`b", "$x", "a\nb", "#a", "-a", "a_b", "a*b", "a:", "a'b", "ü", "${V}",
        ] {
            assert!(!is_value(value), "{value:?}");
        }
    }

    #[test]
    fn every_combination_is_there_once() {
        let var = |name: &str, pick: &[&str]| Var {
            name: name.into(),
            pick: pick.iter().map(|value| (*value).to_owned()).collect(),
        };
        let all = combinations(&[var("A", &["1", "2"]), var("B", &["x", "y", "z"])]);
        assert_eq!(all.len(), 6);
        assert_eq!(all[0], draw(&[("A", "1"), ("B", "x")]));
        assert_eq!(all[5], draw(&[("A", "2"), ("B", "z")]));
        assert_eq!(combinations(&[]).len(), 1);
    }

    #[test]
    fn unknown_names_are_found_outside_of_code() {
        let declared = ["V".to_owned()];
        assert_eq!(unknown("use ${V} and `${HOME}`", &declared), None);
        assert_eq!(unknown("use ${VV}", &declared), Some("VV"));
        assert_eq!(unknown("a ` alone ${X}", &declared), Some("X"));
        assert_eq!(unknown("$${X} is meant", &declared), None);
        assert_eq!(plain("$${X} is meant"), "${X} is meant");
        assert!(help("VERSON", &["VERSION".to_owned()]).contains("${VERSION}"));
    }
}
