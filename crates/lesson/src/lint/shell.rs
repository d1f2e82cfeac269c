//! As much of the shell's grammar as it takes to tell whether a command ends where its author thinks that it does, and which
//! simple commands are in it. Nothing is expanded, nothing is run.

use std::ops::Range;

/// A simple command: `docker run -d nginx`, wherever it stands in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) words: Vec<Word>,
}

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// Without its quotes.
    pub(crate) text: String,
    /// Where it stands in the text.
    pub(crate) range: Range<usize>,
    /// Whether something in it is known only when it runs: a variable, the output of another command.
    pub(crate) open: bool,
}

/// What bash would wait for, or refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

/// How deep substitutions and groups may nest.
const DEPTH_MAX: usize = 40;

/// The simple commands of a text. They are in the order in which they end.
pub(crate) fn parse(text: &str) -> Result<Vec<Command>, Broken> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        commands: Vec::new(),
        documents: Vec::new(),
        open: Vec::new(),
    };
    reader.list(None)?;
    reader.documents()?;
    match reader.open.pop() {
        None => Ok(reader.commands),
        Some(Keyword { range, closes }) => Err(Broken {
            message: format!("`{}` has no `{closes}`", &text[range.clone()]),
            range,
            help: "the shell would wait for it",
        }),
    }
}

/// A word such as `for`, and the word that closes it.
struct Keyword {
    range: Range<usize>,
    closes: &'static str,
}

/// A here-document that is announced: the word that ends it, and where it was announced.
struct Document {
    end: String,
    indented: bool,
    range: Range<usize>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    commands: Vec<Command>,
    documents: Vec<Document>,
    open: Vec<Keyword>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn broken<T>(
        &self,
        range: Range<usize>,
        message: impl Into<String>,
        help: &'static str,
    ) -> Result<T, Broken> {
        Err(Broken {
            range: range.start..range.end.min(self.text.len()),
            message: message.into(),
            help,
        })
    }

    /// Commands up to the closing character, whose opening one stands at the given place; or up to the end.
    fn list(&mut self, close: Option<(u8, usize)>) -> Result<(), Broken> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.broken(self.at..self.at + 1, "this nests too deep", "make it flatter");
        }
        let mut command = Command::default();
        let mut operator: Option<Range<usize>> = None;
        let mut is_target = false;
        while let Some(byte) = self.peek() {
            if close.is_some_and(|(close, _)| close == byte) {
                break;
            }
            match byte {
                b' ' | b'\t' => self.at += 1,
                b'\\' if self.rest().starts_with("\\\n") => self.at += 2,
                b'\n' => {
                    self.end(&mut command)?;
                    self.at += 1;
                    self.documents()?;
                }
                b'#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                b'&' if self.rest().starts_with("&>") => {
                    self.at += 2;
                    is_target = true;
                }
                b';' | b'&' | b'|' => {
                    let run = self
                        .rest()
                        .bytes()
                        .take_while(|next| b";&|".contains(next))
                        .count();
                    let range = self.at..self.at + run;
                    let goes_on = matches!(&self.text[range.clone()], "|" | "||" | "&&" | "|&");
                    if goes_on && command.words.is_empty() && operator.is_some() {
                        return self.broken(
                            range,
                            "there is no command between these two",
                            "take one of them out",
                        );
                    }
                    self.end(&mut command)?;
                    self.at += run;
                    operator = goes_on.then_some(range);
                }
                b'(' => {
                    let open = self.at;
                    self.at += 1;
                    is_target = false;
                    self.end(&mut command)?;
                    self.list(Some((b')', open)))?;
                    operator = None;
                }
                b')' => {
                    if command.words.first().is_some_and(|word| word.text == "case") {
                        self.end(&mut command)?;
                    }
                    let in_case = self.open.iter().any(|open| open.closes == "esac");
                    if !in_case {
                        return self.broken(
                            self.at..self.at + 1,
                            "this `)` closes nothing",
                            "take it out, or put it in quotes",
                        );
                    }
                    command.words.clear();
                    self.at += 1;
                }
                b'<' if self.rest().starts_with("<<<") => {
                    self.at += 3;
                    is_target = true;
                }
                b'<' if self.rest().starts_with("<<") => self.document()?,
                b'<' | b'>' => {
                    self.at += 1;
                    while self.peek().is_some_and(|next| b">&|".contains(&next)) {
                        self.at += 1;
                    }
                    is_target = true;
                }
                _ => {
                    let word = self.word(close.map(|(close, _)| close))?;
                    operator = None;
                    let is_descriptor = word.text.bytes().all(|digit| digit.is_ascii_digit())
                        && matches!(self.peek(), Some(b'<' | b'>'));
                    if !std::mem::take(&mut is_target) && !is_descriptor {
                        command.words.push(word);
                    }
                }
            }
        }
        self.end(&mut command)?;
        self.close(close, operator)
    }

    /// The end of a list: nothing is left open, and an operator has something after it.
    fn close(&mut self, close: Option<(u8, usize)>, operator: Option<Range<usize>>) -> Result<(), Broken> {
        if let Some(range) = operator {
            return self.broken(
                range,
                "nothing follows here",
                "the shell would wait for a command",
            );
        }
        match (self.peek(), close) {
            (Some(_), _) => self.at += 1,
            (None, Some((close, open))) => {
                let message = match close {
                    b'`' => "this backtick is not closed".to_owned(),
                    _ => "this `(` is not closed".to_owned(),
                };
                return self.broken(open..open + 1, message, "the shell would wait for its end");
            }
            (None, None) => {}
        }
        self.depth -= 1;
        Ok(())
    }

    /// Takes a command in. Words such as `if` and `do` before it are no part of it.
    fn end(&mut self, command: &mut Command) -> Result<(), Broken> {
        let mut words = std::mem::take(&mut command.words);
        loop {
            let Some(first) = words.first() else { return Ok(()) };
            let is_keyword = first.range.len() == first.text.len();
            let closes = match first.text.as_str() {
                _ if !is_keyword => None,
                "if" => Some("fi"),
                "for" | "while" | "until" | "select" => Some("done"),
                "case" => Some("esac"),
                "{" => Some("}"),
                _ => None,
            };
            let has_no_command = matches!(first.text.as_str(), "for" | "select" | "case");
            if let Some(closes) = closes {
                self.open.push(Keyword {
                    range: first.range.clone(),
                    closes,
                });
                if has_no_command {
                    return Ok(());
                }
            } else if is_keyword && matches!(first.text.as_str(), "fi" | "done" | "esac" | "}") {
                let matching = self.open.pop().is_some_and(|open| open.closes == first.text);
                if !matching {
                    let message = format!("this `{}` closes nothing", first.text);
                    return self.broken(first.range.clone(), message, "look for what it was to close");
                }
            } else if !matches!(
                first.text.as_str(),
                "then" | "do" | "else" | "elif" | "!" | "time"
            ) && !is_assignment(&first.text)
            {
                self.commands.push(Command { words });
                return Ok(());
            }
            words.remove(0);
        }
    }

    /// Notes a here-document, whose text comes after the line.
    fn document(&mut self) -> Result<(), Broken> {
        let start = self.at;
        self.at += 2;
        let indented = self.peek() == Some(b'-');
        self.at += usize::from(indented);
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        let word = self.word(None)?;
        self.documents.push(Document {
            end: word.text,
            indented,
            range: start..self.at,
        });
        Ok(())
    }

    /// Passes by the texts of the here-documents that were announced on the line before.
    fn documents(&mut self) -> Result<(), Broken> {
        for document in std::mem::take(&mut self.documents) {
            loop {
                let rest = self.rest();
                if rest.is_empty() {
                    let message = format!("the here-document has no end: no line is `{}`", document.end);
                    return self.broken(document.range, message, "the shell would wait for it");
                }
                let line = rest.lines().next().unwrap_or_default();
                self.at += line.len() + usize::from(rest.len() > line.len());
                let line = if document.indented {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                if line == document.end {
                    break;
                }
            }
        }
        Ok(())
    }

    fn word(&mut self, close: Option<u8>) -> Result<Word, Broken> {
        let start = self.at;
        let mut word = Word::default();
        while let Some(byte) = self.peek() {
            if close == Some(byte) || b" \t\n;&|()<>".contains(&byte) {
                break;
            }
            match byte {
                b'\\' => {
                    self.at += 1;
                    let escaped = self.rest().chars().next();
                    if let Some(escaped) = escaped.filter(|escaped| *escaped != '\n') {
                        word.text.push(escaped);
                    }
                    self.at += escaped.map_or(0, char::len_utf8);
                }
                b'\'' => self.single_quotes(&mut word)?,
                b'"' => self.double_quotes(&mut word)?,
                b'$' | b'`' => self.expansion(&mut word)?,
                _ => {
                    let plain = self.rest().chars().next().unwrap_or_default();
                    word.open |= "*?".contains(plain);
                    word.text.push(plain);
                    self.at += plain.len_utf8();
                }
            }
        }
        word.range = start..self.at;
        Ok(word)
    }

    fn single_quotes(&mut self, word: &mut Word) -> Result<(), Broken> {
        let start = self.at;
        let Some(length) = self.text[start + 1..].find('\'') else {
            return self.broken(
                start..start + 1,
                "this quote is not closed",
                "close it with another `'`; an apostrophe stands in double quotes, or is written `\\'`",
            );
        };
        word.text.push_str(&self.text[start + 1..start + 1 + length]);
        self.at = start + length + 2;
        Ok(())
    }

    fn double_quotes(&mut self, word: &mut Word) -> Result<(), Broken> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => {
                    return self.broken(
                        start..start + 1,
                        "this quote is not closed",
                        "close it with another `\"`",
                    );
                }
                Some(b'"') => break self.at += 1,
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.rest().chars().next();
                    word.text.extend(escaped);
                    self.at += escaped.map_or(0, char::len_utf8);
                }
                Some(b'$' | b'`') => self.expansion(word)?,
                Some(_) => {
                    let plain = self.rest().chars().next().unwrap_or_default();
                    word.text.push(plain);
                    self.at += plain.len_utf8();
                }
            }
        }
        Ok(())
    }

    /// `$name`, `${…}`, `$(…)`, `$((…))` and backticks.
    fn expansion(&mut self, word: &mut Word) -> Result<(), Broken> {
        let start = self.at;
        word.open = true;
        if self.rest().starts_with("$((") {
            self.at += 3;
            let mut depth = 2;
            while depth > 0 {
                match self.peek() {
                    None => {
                        return self.broken(
                            start..start + 3,
                            "this `$((` is not closed",
                            "close it with `))`",
                        );
                    }
                    Some(b'(') => depth += 1,
                    Some(b')') => depth -= 1,
                    Some(_) => {}
                }
                self.at += 1;
            }
        } else if self.rest().starts_with("$(") {
            self.at += 2;
            self.list(Some((b')', start + 1)))?;
        } else if self.rest().starts_with("${") {
            let Some(length) = self.rest().find('}') else {
                return self.broken(start..start + 2, "this `${` is not closed", "close it with `}`");
            };
            self.at += length + 1;
        } else if self.rest().starts_with('`') {
            self.at += 1;
            self.list(Some((b'`', start)))?;
        } else {
            self.at += 1;
        }
        // Cut at a boundary: what follows a `$` is plain text for our purpose.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        word.text.push_str(&self.text[start..self.at]);
        Ok(())
    }
}

/// `NAME=value` before a command.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let commands = parse(text).unwrap_or_else(|broken| panic!("{text}: {broken:?}"));
        let line = |command: &Command| {
            let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
            words.join("|")
        };
        commands.iter().map(line).collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        assert_eq!(words("docker run -d 'a b' \"c d\""), ["docker|run|-d|a b|c d"]);
        assert_eq!(
            words("A=1 ls > out 2>&1 | wc -l && echo x; true &"),
            ["ls", "wc|-l", "echo|x", "true"]
        );
        assert_eq!(
            words("docker rm -f $(docker ps -aq)"),
            ["docker|ps|-aq", "docker|rm|-f|$(docker ps -aq)"]
        );
        assert_eq!(
            words("echo \"`hostname`\" # it's me"),
            ["hostname", "echo|`hostname`"]
        );
        assert_eq!(
            words("cat > f <<'EOF' && ls\nit's \"open\nEOF\npwd"),
            ["cat", "ls", "pwd"]
        );
        assert_eq!(words("docker run \\\n  -d \\\n  nginx"), ["docker|run|-d|nginx"]);
        assert_eq!(
            words("for i in 1 2; do echo $i; done; if true; then ls; fi; case x in a) pwd ;; esac; { id; }"),
            ["echo|$i", "true", "ls", "pwd", "id"]
        );
        assert_eq!(
            words("echo $((1 + (2))) ${A:-b} don\\'t $'x'"),
            ["echo|$((1 + (2)))|${A:-b}|don't|$x"]
        );
        assert_eq!(
            words("docker image ls --format '{{.ID}}'"),
            ["docker|image|ls|--format|{{.ID}}"]
        );
        assert_eq!(words("wc <<< word; diff <(ls) b"), ["wc", "diff", "ls", "b"]);
    }

    #[test]
    fn what_the_shell_would_wait_for_is_said() {
        let cases = [
            ("echo 'it", "this quote is not closed", 5),
            ("echo it's", "this quote is not closed", 7),
            ("echo \"a", "this quote is not closed", 5),
            ("echo $(ls", "this `(` is not closed", 6),
            ("echo `ls", "this backtick is not closed", 5),
            ("echo ${A", "this `${` is not closed", 5),
            ("echo $((1", "this `$((` is not closed", 5),
            ("ls )", "this `)` closes nothing", 3),
            ("ls |", "nothing follows here", 3),
            ("ls && ", "nothing follows here", 3),
            ("ls | | wc", "there is no command between these two", 5),
            (
                "cat <<EOF\ntext",
                "the here-document has no end: no line is `EOF`",
                4,
            ),
            ("for i in 1; do ls", "`for` has no `done`", 0),
            ("ls; done", "this `done` closes nothing", 4),
        ];
        for (text, message, at) in cases {
            let broken = parse(text).expect_err(text);
            assert_eq!(
                (broken.message.as_str(), broken.range.start),
                (message, at),
                "{text}"
            );
        }
        assert!(parse(&"$(".repeat(100)).is_err() && parse(&"(".repeat(100_000)).is_err());
    }
}
