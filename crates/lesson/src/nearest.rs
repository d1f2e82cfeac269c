//! "Did you mean": a help text from the names that are known.

use crate::expect::nearest;

/// A help text that names the nearest of the known names, or all of them.
pub(crate) fn help(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", list(known)),
    }
}

/// Names in backticks with commas.
pub(crate) fn list(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::help;

    #[test]
    fn help_names_the_nearest_or_all() {
        assert_eq!(help("titel", &["title", "summary"]), "did you mean `title`?");
        assert_eq!(
            help("author", &["title", "summary"]),
            "known here: `title`, `summary`"
        );
    }
}
