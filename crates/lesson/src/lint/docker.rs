//! Whether Docker's client in a sandbox knows a command and its flags, and which images the command is about.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::shell::{Command, Word};
use crate::expect::nearest;

/// The flags of each command, by its words.
static KNOWN: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("docker.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .collect()
});

/// Commands whose first argument begins another program's command line, or an image with one.
const OTHERS: [&str; 9] = [
    "run",
    "create",
    "exec",
    "container run",
    "container create",
    "container exec",
    "compose run",
    "compose exec",
    "top",
];

/// Something that Docker's client would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// A command of Docker's client, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Use<'a> {
    /// `image ls`, `run`.
    path: String,
    /// What is no flag and no flag's value; of another program's command line, only the first word.
    arguments: Vec<&'a Word>,
    /// Flags with their values.
    values: Vec<(&'a str, &'a str)>,
}

impl<'a> Use<'a> {
    /// Takes a command apart. None: it is none of Docker's.
    pub(crate) fn read(command: &'a Command) -> Option<Result<Self, Complaint>> {
        let (first, words) = command.words.split_first()?;
        (first.text == "docker" && !first.open).then(|| read(words))
    }

    /// The images that it has to find somewhere.
    pub(crate) fn wants(&self) -> Option<&'a Word> {
        match self.path.as_str() {
            "pull" | "image pull" | "run" | "create" | "container run" | "container create" => {
                self.arguments.first().copied().filter(|word| !word.open)
            }
            _ => None,
        }
    }

    /// The names that it gives to images.
    pub(crate) fn makes(&self) -> Vec<&'a str> {
        let argument = |number: usize| self.arguments.get(number).map(|word| word.text.as_str());
        match self.path.as_str() {
            "build" | "image build" | "buildx build" | "builder build" => {
                let tags = self
                    .values
                    .iter()
                    .filter(|(flag, _)| matches!(*flag, "-t" | "--tag"));
                tags.map(|(_, value)| *value).collect()
            }
            "tag" | "image tag" | "commit" | "container commit" | "import" | "image import" => {
                argument(1).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn read(words: &[Word]) -> Result<Use<'_>, Complaint> {
    let mut read = Use {
        path: "docker".to_owned(),
        ..Use::default()
    };
    let mut words = words.iter();
    let mut flags_end = false;
    while let Some(word) = words.next() {
        if !flags_end && word.text.starts_with('-') && word.text.len() > 1 && !is_open_at_start(word) {
            if word.text == "--" {
                flags_end = true;
            } else if let Some(flag) = flag(&read.path, word)? {
                let value = match flag.value {
                    Some(value) => Some(value),
                    None => words.next().map(|word| word.text.as_str()),
                };
                read.values.extend(value.map(|value| (flag.name, value)));
            }
            continue;
        }
        if has_subcommands(&read.path) {
            if word.open {
                return Ok(read);
            }
            let path = join(&read.path, &word.text);
            if !KNOWN.contains_key(path.as_str()) {
                return Err(unknown_command(&read.path, word));
            }
            read.path = path;
            continue;
        }
        read.arguments.push(word);
        // `exec` names a container first; all else after that is not Docker's.
        if OTHERS.contains(&read.path.as_str()) {
            break;
        }
    }
    Ok(read)
}

fn is_open_at_start(word: &Word) -> bool {
    word.open && word.text.starts_with(['$', '`'])
}

fn join(path: &str, word: &str) -> String {
    if path == "docker" {
        word.to_owned()
    } else {
        format!("{path} {word}")
    }
}

/// The commands below one.
fn subcommands(path: &str) -> Vec<&'static str> {
    let below = |known: &&'static str| match path {
        "docker" => (!known.contains(' ') && *known != "docker").then_some(*known),
        path => known
            .strip_prefix(path)
            .and_then(|rest| rest.strip_prefix(' '))
            .filter(|rest| !rest.contains(' ')),
    };
    KNOWN.keys().filter_map(below).collect()
}

fn has_subcommands(path: &str) -> bool {
    !subcommands(path).is_empty()
}

fn unknown_command(path: &str, word: &Word) -> Complaint {
    let shown = if path == "docker" {
        "docker".to_owned()
    } else {
        format!("docker {path}")
    };
    let known = subcommands(path);
    let help = match nearest(&word.text, known.iter().copied()) {
        Some(near) => format!("did you mean `{shown} {near}`?"),
        None => format!("`{shown} --help` lists what there is"),
    };
    Complaint {
        range: word.range.clone(),
        message: format!("`{shown}` has no command `{}`", word.text),
        help,
    }
}

/// A flag that takes a value, which is perhaps not there yet.
struct Flag<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

/// Checks a word of flags. Some: the last of them takes a value.
fn flag<'a>(path: &str, word: &'a Word) -> Result<Option<Flag<'a>>, Complaint> {
    let known: Vec<&str> = KNOWN
        .get(path)
        .map(|flags| flags.split_whitespace().collect())
        .unwrap_or_default();
    let text = word.text.as_str();
    if text.starts_with("--") {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let takes = known.iter().any(|flag| flag.strip_suffix('=') == Some(name));
        if takes {
            return Ok(Some(Flag { name, value }));
        }
        if known.contains(&name) || name == "--help" {
            return Ok(None);
        }
        let names: Vec<&str> = known.iter().map(|flag| flag.trim_end_matches('=')).collect();
        return Err(unknown_flag(path, word, name, &names));
    }
    for (at, letter) in text.char_indices().skip(1) {
        let matches = |flag: &&&str| {
            flag.strip_prefix('-')
                .is_some_and(|flag| flag.trim_end_matches('=') == letter.to_string())
        };
        match known.iter().find(matches) {
            Some(flag) if flag.ends_with('=') => {
                let rest = &text[at + letter.len_utf8()..];
                // `-t` of `-tname`; of `-it` the name is found behind other letters.
                let name = if at == 1 { &text[..2] } else { "" };
                return Ok(Some(Flag {
                    name,
                    value: (!rest.is_empty()).then_some(rest),
                }));
            }
            Some(_) => {}
            None => return Err(unknown_flag(path, word, &format!("-{letter}"), &[])),
        }
    }
    Ok(None)
}

fn unknown_flag(path: &str, word: &Word, name: &str, known: &[&str]) -> Complaint {
    let shown = if path == "docker" {
        "docker".to_owned()
    } else {
        format!("docker {path}")
    };
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`{shown} --help` lists what there is"),
    };
    Complaint {
        range: word.range.clone(),
        message: format!("`{shown}` has no flag `{name}`"),
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::super::shell;
    use super::*;

    fn complaint(text: &str) -> Option<String> {
        let commands = shell::parse(text).unwrap();
        let read = |command: &Command| Use::read(command)?.err();
        commands
            .iter()
            .find_map(read)
            .map(|complaint| format!("{} ({})", complaint.message, complaint.help))
    }

    #[test]
    fn what_docker_knows_is_not_complained_of() {
        for text in [
            "docker run -it --rm -p8080:80 -e A=b --name=web nginx:1.26 sh -c 'x' --weird",
            "docker compose -f a.yaml up -d --build",
            "docker image ls --filter dangling=true -q",
            "docker --version",
            "docker build -t a:b --target builder -f Dockerfile.prod .",
            "docker exec -it web sh --nonsense",
            "docker $COMMAND --x",
            "docker system df -v",
            "docker run $FLAGS nginx",
            "docker logs -f web --tail 3",
            "docker inspect -f '{{.Id}}' a --type image",
            "docker buildx ls",
            "docker run --help",
            "podman whatever",
        ] {
            assert_eq!(complaint(text), None, "{text}");
        }
    }

    #[test]
    fn what_docker_does_not_know_is_told_with_the_nearest() {
        let cases = [
            (
                "docker imges",
                "`docker` has no command `imges` (did you mean `docker images`?)",
            ),
            (
                "docker image list-all",
                "`docker image` has no command `list-all` (`docker image --help` lists what there is)",
            ),
            (
                "docker run --nmae web nginx",
                "`docker run` has no flag `--nmae` (did you mean `--name`?)",
            ),
            (
                "docker ps -z",
                "`docker ps` has no flag `-z` (`docker ps --help` lists what there is)",
            ),
        ];
        for (text, told) in cases {
            assert_eq!(complaint(text).as_deref(), Some(told), "{text}");
        }
    }

    #[test]
    fn images_are_told_by_who_wants_and_who_makes_them() {
        let about = |text: &str| {
            let commands = shell::parse(text).unwrap();
            let read = Use::read(&commands[0]).unwrap().unwrap();
            let makes: Vec<String> = read.makes().into_iter().map(str::to_owned).collect();
            (read.wants().map(|word| word.text.clone()), makes)
        };
        let none = Vec::new;
        assert_eq!(
            about("docker run -d --name web -p 8080:80 nginx:1.26 x"),
            (Some("nginx:1.26".into()), none())
        );
        assert_eq!(about("docker pull -q busybox"), (Some("busybox".into()), none()));
        assert_eq!(
            about("docker build -t a --tag=b:1 -tc ."),
            (None, vec!["a".into(), "b:1".into(), "c".into()])
        );
        assert_eq!(about("docker tag a b"), (None, vec!["b".into()]));
        assert_eq!(about("docker pull $X"), (None, none()));
    }
}
