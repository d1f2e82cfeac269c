//! The line that opens a fenced block: which kind of block it is, and its attributes.

use std::ops::Range;

use crate::limits;
use crate::nearest;
use crate::render::highlight::Language;
use crate::slug;

/// What a fenced block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    /// Commands and what they print.
    Console { runnable: bool },
    /// What something prints.
    Output,
    /// Code that can be saved to the workspace.
    File { language: Language, path: String },
    /// Code.
    Code(Language),
    /// An exercise.
    Exercise { id: String, points: u32 },
    /// A question.
    Quiz { id: String, points: u32 },
}

/// Why an opening line is refused: message and help.
type Refusal = (String, String);

/// Kinds of blocks that are no languages.
const KINDS: [&str; 4] = ["console", "output", "exercise", "quiz"];

impl Fence {
    /// Reads what stands after the fence.
    pub(crate) fn parse(info: &str) -> Result<Self, Refusal> {
        let mut words = info.split_whitespace();
        let Some(kind) = words.next() else {
            let help = "write ` ```text ` if it is in none";
            return Err((
                "it is not said which language this is in".to_owned(),
                help.to_owned(),
            ));
        };
        let mut attributes = Attributes::read(words)?;
        let fence = match kind {
            "console" => Self::Console {
                runnable: !attributes.flag("no-run"),
            },
            "output" => Self::Output,
            "exercise" => Self::Exercise {
                id: attributes.id(kind)?,
                points: attributes.points()?,
            },
            "quiz" => Self::Quiz {
                id: attributes.id(kind)?,
                points: attributes.points()?,
            },
            name => {
                let language = Language::find(name).ok_or_else(|| unknown(name))?;
                match attributes.take("file") {
                    Some(path) => Self::File {
                        language,
                        path: checked_path(path)?,
                    },
                    None => Self::Code(language),
                }
            }
        };
        attributes.finish(kind)?;
        Ok(fence)
    }
}

fn unknown(name: &str) -> Refusal {
    let known: Vec<&str> = KINDS.into_iter().chain(Language::names()).collect();
    (
        format!("`{name}` is not a kind of block and not a language that can be shown"),
        nearest::help(name, &known),
    )
}

/// The words after the kind: `key=value`, or flags.
struct Attributes<'a>(Vec<(&'a str, Option<&'a str>)>);

impl<'a> Attributes<'a> {
    fn read(words: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut read: Vec<(&str, Option<&str>)> = Vec::new();
        for word in words {
            let (key, value) = match word.split_once('=') {
                Some((key, value)) => (key, Some(value)),
                None => (word, None),
            };
            if read.iter().any(|(known, _)| *known == key) {
                return Err((
                    format!("`{key}` stands here twice"),
                    "keep one of them".to_owned(),
                ));
            }
            read.push((key, value));
        }
        Ok(Self(read))
    }

    fn take(&mut self, key: &str) -> Option<&'a str> {
        let index = self
            .0
            .iter()
            .position(|(known, value)| *known == key && value.is_some())?;
        self.0.remove(index).1
    }

    fn flag(&mut self, key: &str) -> bool {
        let index = self
            .0
            .iter()
            .position(|(known, value)| *known == key && value.is_none());
        index.map(|index| self.0.remove(index)).is_some()
    }

    fn id(&mut self, kind: &str) -> Result<String, Refusal> {
        match self.take("id") {
            Some(id) if slug::is_slug(id) => Ok(id.to_owned()),
            Some(id) => Err((
                format!("`{id}` is not an id"),
                "use lower-case letters, digits and single dashes".to_owned(),
            )),
            None => Err((
                format!("`{kind}` needs an id"),
                format!("write ` ```{kind} id=a-name points=2 `"),
            )),
        }
    }

    fn points(&mut self) -> Result<u32, Refusal> {
        let Some(points) = self.take("points") else {
            return Ok(1);
        };
        match points.parse() {
            Ok(number @ 1..=limits::POINTS_MAX) => Ok(number),
            _ => Err((
                format!("`points={points}` is not a number of points"),
                format!("it is worth 1 to {} points", limits::POINTS_MAX),
            )),
        }
    }

    /// Refuses what nothing has asked for.
    fn finish(self, kind: &str) -> Result<(), Refusal> {
        let Some((key, value)) = self.0.first() else {
            return Ok(());
        };
        let known: &[&str] = match kind {
            "console" => &["no-run"],
            "output" => &[],
            "exercise" | "quiz" => &["id", "points"],
            _ => &["file"],
        };
        let help = match (known, value) {
            ([], _) => format!("`{kind}` stands alone"),
            (_, None) if known.contains(key) => format!("write `{key}=…`"),
            (_, Some(_)) if known.contains(key) => format!("write `{key}` without a value"),
            _ => nearest::help(key, known),
        };
        Err((format!("`{kind}` blocks have no attribute `{key}`"), help))
    }
}

/// A path that stays inside the workspace.
pub(crate) fn checked_path(path: &str) -> Result<String, Refusal> {
    let plain = path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-/+@".contains(c));
    let stays = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain && stays && path.len() <= 200 && path.split('/').count() <= limits::WORKSPACE_MAX_DEPTH {
        return Ok(path.to_owned());
    }
    let help = "use a path like `site/index.html`: relative to the learner's home, without `..`";
    Err((
        format!("`{path}` is not a path in the workspace"),
        help.to_owned(),
    ))
}

/// Where the content stands in a fenced block as it is in the file. None if nothing closes it.
pub(crate) fn content(block: &str) -> Option<Range<usize>> {
    let opening = block.trim_start();
    let mark = opening.chars().next()?;
    let width = opening.chars().take_while(|c| *c == mark).count();
    let start = block.find('\n')? + 1;
    let body = block.trim_end();
    let last = body.rfind('\n')? + 1;
    // In a quote, the closing line has marks before it.
    let closing = body[last..].trim_start_matches([' ', '>']);
    let closes = closing.chars().all(|c| c == mark) && closing.chars().count() >= width;
    (closes && last >= start).then_some(start..last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_attributes_are_read() {
        let language = |name| Language::find(name).unwrap();
        let cases = [
            ("console", Fence::Console { runnable: true }),
            ("console no-run", Fence::Console { runnable: false }),
            ("output", Fence::Output),
            ("python", Fence::Code(language("python"))),
            (
                "dockerfile file=site/Dockerfile",
                Fence::File {
                    language: language("dockerfile"),
                    path: "site/Dockerfile".to_owned(),
                },
            ),
            (
                "exercise id=own-tag points=3",
                Fence::Exercise {
                    id: "own-tag".to_owned(),
                    points: 3,
                },
            ),
            (
                "quiz id=a points=2",
                Fence::Quiz {
                    id: "a".to_owned(),
                    points: 2,
                },
            ),
            (
                "exercise id=own-tag",
                Fence::Exercise {
                    id: "own-tag".to_owned(),
                    points: 1,
                },
            ),
        ];
        for (info, fence) in cases {
            assert_eq!(Fence::parse(info), Ok(fence), "{info}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_help() {
        let infos = [
            "",
            "exersise id=a",
            "pyton",
            "brainfuck",
            "quiz points=1",
            "quiz id=a point=1",
            "console norun",
            "console no-run=yes",
            "exercise points=1",
            "exercise id=A points=1",
            "exercise id=a points=0",
            "exercise id=a points=99999999999",
            "exercise id=a id=b",
            "exercise id=a point=1",
            "python file",
            "python file=../x",
            "python file=/etc/passwd",
            "python file=a//b",
            "python file=~/.bashrc",
            "output x",
        ];
        let say = |info: &&str| {
            let (message, help) = Fence::parse(info).unwrap_err();
            format!("{info}\n    {message}\n    {help}")
        };
        insta::assert_snapshot!(infos.iter().map(say).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn the_content_of_a_block_is_found() {
        let find = |block: &'static str| content(block).map(|range| &block[range]);
        assert_eq!(find("```a\nb\nc\n```"), Some("b\nc\n"));
        assert_eq!(find("```a\n```"), Some(""));
        assert_eq!(find("````a\n```\n````\n"), Some("```\n"));
        assert_eq!(find("~~~a\nb\n~~~"), Some("b\n"));
        assert_eq!(find("```a\nb\n"), None);
        assert_eq!(find("````a\n```"), None);
        assert_eq!(find("```"), None);
    }
}
