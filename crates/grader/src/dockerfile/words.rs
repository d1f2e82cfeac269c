//! Words of an instruction: quotes, escapes and variables.

use std::collections::BTreeMap;

/// Values of `ARG` and `ENV`.
pub(super) type Variables = BTreeMap<String, String>;

/// Bytes of one word after variables are filled in: a value may name itself twice, over and over.
const VALUE_MAX: usize = 1_024;
/// Defaults within defaults: `${A:-${B:-…}}`.
const DEPTH_MAX: u32 = 8;

/// Words between white space, with their quotes and escapes as they stand. None where a quote has no end.
pub(super) fn split(text: &str, escape: char) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match quote {
            None if letter.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            Some(open) if letter == open => quote = None,
            _ => {}
        }
        word.push(letter);
        if letter == escape && quote != Some('\'') {
            word.extend(letters.next());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

/// A word without its quotes and escapes, its variables filled in. One that nobody set stays as it is written.
pub(super) fn process(word: &str, escape: char, variables: &Variables) -> String {
    let letters: Vec<char> = word.chars().collect();
    let mut out = String::new();
    fill(&letters, escape, variables, DEPTH_MAX, &mut out);
    out
}

fn fill(letters: &[char], escape: char, variables: &Variables, depth: u32, out: &mut String) {
    let mut at = 0;
    let mut quote = None;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        if out.len() > VALUE_MAX {
            return;
        }
        match letter {
            '\'' if quote != Some('"') => quote = if quote.is_some() { None } else { Some('\'') },
            '"' if quote != Some('\'') => quote = if quote.is_some() { None } else { Some('"') },
            _ if letter == escape && quote != Some('\'') => {
                out.extend(letters.get(at));
                at += 1;
            }
            '$' if quote != Some('\'') => at = variable(letters, at, escape, variables, depth, out),
            _ => out.push(letter),
        }
    }
}

/// Fills in the variable whose `$` stands before `at`; gives where to go on.
fn variable(
    letters: &[char],
    at: usize,
    escape: char,
    variables: &Variables,
    depth: u32,
    out: &mut String,
) -> usize {
    let raw = |from: usize, to: usize, out: &mut String| out.extend(&letters[from - 1..to]);
    let is_name = |letter: &&char| letter.is_ascii_alphanumeric() || **letter == '_';
    let braces = letters.get(at) == Some(&'{');
    let start = if braces { at + 1 } else { at };
    let end = start
        + letters[start.min(letters.len())..]
            .iter()
            .take_while(is_name)
            .count();
    let name: String = letters[start.min(letters.len())..end].iter().collect();
    let value = variables.get(&name);
    if !braces {
        match value {
            Some(value) => out.push_str(value),
            None => raw(at, end, out),
        }
        return end;
    }
    let Some(close) = closing(letters, start) else {
        raw(at, letters.len(), out);
        return letters.len();
    };
    let rest = &letters[end.min(close)..close];
    let (colon, rest) = match rest {
        [':', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let set = value.filter(|value| !(colon && value.is_empty()));
    match (rest.first(), set) {
        (Some('-'), None) | (Some('+'), Some(_)) if depth > 0 => {
            fill(&rest[1..], escape, variables, depth - 1, out);
        }
        (Some('+'), None) => {}
        (_, Some(value)) => out.push_str(value),
        _ => raw(at, close + 1, out),
    }
    close + 1
}

/// The brace that closes the one before `from`.
fn closing(letters: &[char], from: usize) -> Option<usize> {
    let mut open = 1_u32;
    for (at, letter) in letters.iter().enumerate().skip(from) {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Variables, process, split};

    #[test]
    fn words_keep_their_quotes_and_lose_them_later() {
        let words = split(r#"a "b c" d\ e 'f"g'"#, '\\').unwrap();
        assert_eq!(words, ["a", "\"b c\"", r"d\ e", "'f\"g'"]);
        let plain: Vec<String> = words
            .iter()
            .map(|word| process(word, '\\', &Variables::new()))
            .collect();
        assert_eq!(plain, ["a", "b c", "d e", "f\"g"]);
        assert_eq!(split("it's", '\\'), None);
        assert_eq!(split("it`'s", '`').unwrap(), ["it`'s"]);
    }

    #[test]
    fn variables_are_filled_in() {
        let variables = Variables::from([
            ("V".to_owned(), "1.26".to_owned()),
            ("E".to_owned(), String::new()),
        ]);
        for (word, filled) in [
            ("nginx:$V", "nginx:1.26"),
            ("nginx:${V}-slim", "nginx:1.26-slim"),
            ("nginx:${V:-2}", "nginx:1.26"),
            ("nginx:${W:-2}", "nginx:2"),
            ("nginx:${W:-${V}}", "nginx:1.26"),
            ("nginx:${E:-3}", "nginx:3"),
            ("nginx:${E-3}", "nginx:"),
            ("nginx${V:+:new}${W:+:old}", "nginx:new"),
            ("nginx:$W", "nginx:$W"),
            ("nginx:${W}", "nginx:${W}"),
            ("nginx:${W", "nginx:${W"),
            (r"nginx:\$V", "nginx:$V"),
            ("'$V'\"$V\"", "$V1.26"),
            ("$", "$"),
            ("${", "${"),
            ("${}", "${}"),
        ] {
            assert_eq!(process(word, '\\', &variables), filled, "{word}");
        }
    }

    #[test]
    fn values_cannot_grow_without_end() {
        let mut variables = Variables::from([("A".to_owned(), "x".repeat(8_000))]);
        for _ in 0..50 {
            let value = process("$A$A$A", '\\', &variables);
            assert!(value.len() < 100_000);
            variables.insert("A".to_owned(), value.chars().take(8_000).collect());
        }
        let deep = format!("{}{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        process(&deep, '\\', &Variables::new());
    }
}
