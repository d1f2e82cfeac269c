//! A command as authors write it: a list of arguments, or one line.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// What a `cmd`, an `entrypoint` or a container's command is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// `[python, app.py]`: exactly these arguments (the exec form).
    Args(Vec<String>),
    /// `python app.py`: these words, whether they are run directly or by a shell.
    Line(String),
}

impl CommandLine {
    /// Whether a command that an engine reports is meant.
    pub fn matches(&self, found: &[String]) -> bool {
        match self {
            Self::Args(args) => args == found,
            Self::Line(line) => {
                let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let wanted = words(line);
                let by_shell = match found {
                    [shell, flag, script] if shell.ends_with("sh") && flag == "-c" => words(script) == wanted,
                    _ => false,
                };
                by_shell || words(&found.join(" ")) == wanted
            }
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Args(args) => f.write_str(&args.join(" ")),
            Self::Line(line) => f.write_str(line),
        }
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = CommandLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a command: one line, or a list of its arguments")
            }

            fn visit_str<E: de::Error>(self, line: &str) -> Result<CommandLine, E> {
                Ok(CommandLine::Line(line.trim().to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<CommandLine, A::Error> {
                let mut args = Vec::new();
                while let Some(arg) = list.next_element::<String>()? {
                    args.push(arg);
                }
                Ok(CommandLine::Args(args))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::CommandLine;

    fn found(args: &[&str]) -> Vec<String> {
        args.iter().map(|&arg| arg.to_owned()).collect()
    }

    #[test]
    fn a_line_means_both_forms_and_a_list_means_one() {
        let line = CommandLine::Line("python app.py".to_owned());
        assert!(line.matches(&found(&["python", "app.py"])));
        assert!(line.matches(&found(&["/bin/sh", "-c", "python  app.py"])));
        assert!(!line.matches(&found(&["python", "other.py"])));
        let list = CommandLine::Args(found(&["python", "app.py"]));
        assert!(list.matches(&found(&["python", "app.py"])));
        assert!(!list.matches(&found(&["/bin/sh", "-c", "python app.py"])));
    }
}
