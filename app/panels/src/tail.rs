//! The end of what a container prints, as text.

/// So much is kept, in bytes; the oldest goes.
const KEPT_MAX: usize = 128 * 1024;

/// Adds a piece, without the sequences that colour a terminal.
pub(crate) fn add(text: &mut String, piece: &str) {
    let mut rest = piece;
    while let Some(at) = rest.find('\u{1b}') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let end = sequence.find(|c: char| ('@'..='~').contains(&c));
            rest = end.map_or("", |end| &sequence[end + 1..]);
        }
    }
    text.push_str(&rest.replace('\r', ""));
    if text.len() > KEPT_MAX {
        let mut cut = text.len() - KEPT_MAX;
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        text.drain(..cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_left_out_and_words_are_not() {
        let mut text = String::new();
        add(&mut text, "\u{1b}[32mready\u{1b}[0m in 3 s\r\n");
        assert_eq!(text, "ready in 3 s\n");
    }

    #[test]
    fn the_oldest_goes_between_two_letters() {
        let mut text = String::new();
        add(&mut text, &"ü".repeat(KEPT_MAX));
        add(&mut text, "!");
        assert!(text.len() <= KEPT_MAX && text.ends_with("ü!"));
    }
}
