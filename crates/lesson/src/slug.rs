//! Names that stand in addresses: of courses, lessons, exercises and headings.

/// Whether `text` is lower-case letters, digits and single dashes between them.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// A lesson folder's name without its ordinal: `02-images` is `images`. None if the name has no such form.
pub fn lesson_slug(folder: &str) -> Option<&str> {
    let (ordinal, slug) = folder.split_once('-')?;
    let numbered = (1..=3).contains(&ordinal.len()) && ordinal.bytes().all(|b| b.is_ascii_digit());
    (numbered && is_slug(slug)).then_some(slug)
}

/// The anchor that Markdown viewers give a heading: lower case, spaces to dashes, punctuation left out.
pub(crate) fn anchor(heading: &str) -> String {
    let mut anchor = String::new();
    for c in heading.trim().chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '_' {
            anchor.push(c);
        } else if c == '-' || c == ' ' {
            anchor.push('-');
        }
    }
    anchor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        for good in ["images", "a", "multi-stage-2"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a b", "../a", "ä"] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn ordinals_are_left_out_of_addresses() {
        assert_eq!(lesson_slug("02-images"), Some("images"));
        assert_eq!(lesson_slug("images"), None);
        assert_eq!(lesson_slug("1234-images"), None);
        assert_eq!(lesson_slug("02-"), None);
        assert_eq!(lesson_slug("x2-images"), None);
    }

    #[test]
    fn anchors_are_those_of_markdown_viewers() {
        assert_eq!(anchor("What an image is"), "what-an-image-is");
        assert_eq!(anchor("`docker pull`, step by step"), "docker-pull-step-by-step");
        assert_eq!(anchor("Größe & Form"), "größe--form");
    }
}
