//! Where a link of a lesson may lead, and what its address on the page is.

use crate::parse::fence::checked_path;
use crate::slug;

/// What a link of a lesson may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// A heading of the same lesson, by the anchor that a Markdown viewer gives it.
    Anchor(String),
    /// Another lesson of the course, by its folder: `../03-build/lesson.md#anchor`.
    Lesson { folder: String, anchor: Option<String> },
    /// A page of this site: `/courses/…`.
    Site(String),
    /// A file of the learner's home folder, opened in the workbench: `home:app/Dockerfile#L7`.
    Home { path: String, line: u32 },
    /// Another site, over http or https.
    External(String),
}

/// Why a link is refused: message and help.
pub(crate) type Refusal = (String, &'static str);

impl Link {
    /// Reads a link's destination. Whatever is not known to be harmless is refused.
    pub(crate) fn parse(destination: &str) -> Result<Self, Refusal> {
        let refuse = |help| {
            Err((
                format!("`{destination}` is not a link that a lesson may have"),
                help,
            ))
        };
        // Browsers leave out tabs and line ends and read backslashes as slashes: none of them has a place here.
        if destination.is_empty()
            || destination
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
        {
            return refuse("an address has no spaces, control characters or backslashes");
        }
        if let Some(anchor) = destination.strip_prefix('#') {
            return Ok(Self::Anchor(anchor.to_owned()));
        }
        if destination.starts_with("//") {
            return refuse("write `https:` before it");
        }
        if destination.starts_with('/') {
            return Ok(Self::Site(destination.to_owned()));
        }
        if let Some(file) = destination.strip_prefix("home:") {
            let (path, line) = file.split_once("#L").unwrap_or((file, "1"));
            let line = line.parse().ok().filter(|line| *line > 0);
            return match (checked_path(path), line) {
                (Ok(path), Some(line)) => Ok(Self::Home { path, line }),
                _ => refuse(
                    "name a file of the learner's home folder, and perhaps a line: `home:app/Dockerfile#L7`",
                ),
            };
        }
        let lower = destination.to_ascii_lowercase();
        if let Some(rest) = lower
            .strip_prefix("https://")
            .or_else(|| lower.strip_prefix("http://"))
        {
            if rest.is_empty() || rest.starts_with('/') {
                return refuse("it names no host");
            }
            return Ok(Self::External(destination.to_owned()));
        }
        let (path, anchor) = match destination.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (destination, None),
        };
        match path
            .strip_prefix("../")
            .and_then(|path| path.strip_suffix("/lesson.md"))
        {
            Some(folder) if slug::lesson_slug(folder).is_some() => Ok(Self::Lesson {
                folder: folder.to_owned(),
                anchor,
            }),
            _ => refuse(
                "lead to `https://…`, to `#a-heading`, to `../NN-name/lesson.md`, to a page of this site (`/…`), or to a file of the learner's (`home:Dockerfile`)",
            ),
        }
    }

    /// Its address on the page of a lesson of that course. Not escaped.
    pub(crate) fn href(&self, course: &str) -> String {
        match self {
            Self::Anchor(anchor) => format!("#{}", super::headings::id(anchor)),
            Self::Lesson { folder, anchor } => {
                let slug = slug::lesson_slug(folder).unwrap_or(folder);
                let anchor = anchor
                    .as_ref()
                    .map(|anchor| format!("#{}", super::headings::id(anchor)))
                    .unwrap_or_default();
                format!("/courses/{course}/{slug}{anchor}")
            }
            Self::Site(path) => path.clone(),
            // Where the workbench is, for as long as nothing there can open it.
            Self::Home { .. } => "#bench".to_owned(),
            Self::External(address) => address.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_kinds_of_links_have_addresses() {
        let href = |text: &str| Link::parse(text).unwrap().href("docker");
        assert_eq!(href("#tags"), "#section-tags");
        assert_eq!(href("../03-build/lesson.md"), "/courses/docker/build");
        assert_eq!(
            href("../03-build/lesson.md#the-cache"),
            "/courses/docker/build#section-the-cache"
        );
        assert_eq!(href("/courses"), "/courses");
        assert_eq!(
            href("HTTPS://docs.docker.com/a?b=c#d"),
            "HTTPS://docs.docker.com/a?b=c#d"
        );
    }

    #[test]
    fn a_file_of_the_learners_is_named_with_a_line() {
        let home = |text: &str| match Link::parse(text) {
            Ok(Link::Home { path, line }) => Some((path, line)),
            _ => None,
        };
        assert_eq!(
            home("home:app/Dockerfile#L7"),
            Some(("app/Dockerfile".to_owned(), 7))
        );
        assert_eq!(home("home:.dockerignore"), Some((".dockerignore".to_owned(), 1)));
        for wrong in [
            "home:",
            "home:/etc/passwd",
            "home:../x",
            "home:a/../../x",
            "home:x#L0",
            "home:x#L-1",
            "home:x#Lx",
        ] {
            assert_eq!(home(wrong), None, "{wrong}");
            assert!(Link::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let hostile = [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>alert(1)</script>",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https:///evil.example",
            "mailto:a@b.example",
            "ftp://a.example",
            "lesson.md",
            "../../../etc/lesson.md",
            "../03-build/../../x/lesson.md",
            "",
        ];
        for destination in hostile {
            assert!(Link::parse(destination).is_err(), "{destination:?}");
        }
    }
}
