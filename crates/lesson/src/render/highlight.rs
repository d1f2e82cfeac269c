//! Code to HTML with classes (`hl-keyword` …), never colours: the style sheet colours both themes.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use super::escape;

/// The languages of lessons: how authors write them, how people read them, and the grammar's name.
const LANGUAGES: &[(&[&str], &str, &str)] = &[
    (&["text", "txt"], "Text", "Plain Text"),
    (&["dockerfile", "docker"], "Dockerfile", "Dockerfile"),
    (&["shell", "sh", "bash"], "Shell", "Bourne Again Shell (bash)"),
    (&["python", "py"], "Python", "Python"),
    (&["javascript", "js"], "JavaScript", "JavaScript"),
    (&["json"], "JSON", "JSON"),
    (&["yaml", "yml"], "YAML", "YAML"),
    (&["html"], "HTML", "HTML"),
    (&["css"], "CSS", "CSS"),
    (&["toml"], "TOML", "TOML"),
    (&["ini"], "INI", "INI"),
    (&["nginx"], "nginx", "nginx"),
    (&["go"], "Go", "Go"),
    (&["sql"], "SQL", "SQL"),
    (&["diff"], "Diff", "Diff"),
    (&["makefile"], "Makefile", "Makefile"),
    // Ignore files are so plain that colours would only distract.
    (
        &["ignore", "dockerignore", "gitignore"],
        "Ignore file",
        "Plain Text",
    ),
];

/// Lines longer than this are shown plain: grammars can take very long on them.
const LINE_MAX_BYTES: usize = 2_000;

/// What a scope of the grammar means to a reader. The first that a scope begins with counts, so the
/// narrower ones come first.
const CLASSES: &[(&str, &str)] = &[
    ("comment", "comment"),
    ("constant.character.escape", "escape"),
    ("constant.numeric", "number"),
    ("constant", "constant"),
    ("entity.name.tag.yaml", "property"),
    ("entity.name.tag.toml", "property"),
    ("entity.name.tag", "tag"),
    ("entity.other.attribute-name", "attribute"),
    ("entity.name.function", "function"),
    ("support.function", "function"),
    ("variable.function", "function"),
    ("entity.name", "type"),
    ("support.type.property-name", "property"),
    ("support", "type"),
    ("keyword.operator.dockerfile", "keyword"),
    ("keyword.operator", "operator"),
    ("keyword", "keyword"),
    ("storage", "keyword"),
    ("variable.parameter.option", "attribute"),
    ("variable", "variable"),
    ("markup.inserted", "inserted"),
    ("markup.deleted", "deleted"),
    ("string", "string"),
];

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

static SCOPES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    CLASSES
        .iter()
        .filter_map(|(scope, class)| Some((Scope::new(scope).ok()?, *class)))
        .collect()
});

/// The scope of a key in JSON.
static KEY: LazyLock<Scope> = LazyLock::new(|| {
    Scope::new("meta.mapping.key").expect("three parts are fewer than the eight that fit in a scope")
});

/// A language that code can be shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Language {
    /// The name that stands in classes: `dockerfile`.
    pub(crate) key: &'static str,
    /// The name for people: "Dockerfile".
    pub(crate) name: &'static str,
    grammar: &'static str,
}

impl Language {
    /// What commands are written in.
    pub(crate) const SHELL: Self = Self {
        key: "shell",
        name: "Shell",
        grammar: "Bourne Again Shell (bash)",
    };
    /// Code that is not highlighted.
    pub(crate) const TEXT: Self = Self {
        key: "text",
        name: "Text",
        grammar: "Plain Text",
    };

    /// The language of that name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        LANGUAGES
            .iter()
            .find(|(names, ..)| names.contains(&name))
            .map(|(names, name, grammar)| Self {
                key: names[0],
                name,
                grammar,
            })
    }

    /// Every name that [`Language::find`] knows.
    pub(crate) fn names() -> Vec<&'static str> {
        LANGUAGES
            .iter()
            .flat_map(|(names, ..)| names.iter().copied())
            .collect()
    }

    /// Code as HTML: escaped, with a `span` around each thing that has a class.
    pub(crate) fn highlight(self, code: &str) -> String {
        match GRAMMARS.find_syntax_by_name(self.grammar) {
            Some(grammar) if self.grammar != Self::TEXT.grammar => highlight(grammar, code),
            _ => escape::escape(code),
        }
    }
}

fn highlight(grammar: &SyntaxReference, code: &str) -> String {
    let mut html = Spans::default();
    let mut state = ParseState::new(grammar);
    let mut stack = ScopeStack::new();
    // Grammars want a line end; the last one is taken off again.
    let ends = code.ends_with('\n');
    for line in code.split_inclusive('\n') {
        if line.len() > LINE_MAX_BYTES {
            html.push(line, None);
            continue;
        }
        let whole = if line.ends_with('\n') {
            line.to_owned()
        } else {
            format!("{line}\n")
        };
        let Ok(changes) = state.parse_line(&whole, &GRAMMARS) else {
            html.push(&whole, None);
            continue;
        };
        let mut from = 0;
        for (at, change) in changes {
            html.push(&whole[from..at], class(&stack));
            from = at;
            // A grammar whose scopes do not balance only loses colours.
            let _ = stack.apply(&change);
        }
        html.push(&whole[from..], class(&stack));
    }
    let html = html.finish();
    if ends {
        html
    } else {
        html.strip_suffix('\n').map(str::to_owned).unwrap_or(html)
    }
}

/// The class for a place with these scopes: that of the innermost scope that has one.
fn class(stack: &ScopeStack) -> Option<&'static str> {
    // A key is a key, though it is written as a string.
    if stack.as_slice().iter().any(|scope| KEY.is_prefix_of(*scope)) {
        return Some("property");
    }
    stack.as_slice().iter().rev().find_map(|scope| {
        SCOPES
            .iter()
            .find(|(prefix, _)| prefix.is_prefix_of(*scope))
            .map(|(_, class)| *class)
    })
}

/// HTML under construction; neighbours of the same class share a `span`. Spaces look the same in every
/// class: they are held back until it is known whether they stand within one.
#[derive(Default)]
struct Spans {
    html: String,
    spaces: String,
    open: Option<&'static str>,
}

impl Spans {
    fn push(&mut self, text: &str, class: Option<&'static str>) {
        let ink = text.trim_start();
        self.spaces.push_str(&text[..text.len() - ink.len()]);
        if ink.is_empty() {
            return;
        }
        // A span must not reach over a line end either.
        if class != self.open || self.spaces.contains('\n') {
            self.close();
            self.html.push_str(&std::mem::take(&mut self.spaces));
            if let Some(class) = class {
                self.html.extend(["<span class=\"hl-", class, "\">"]);
            }
            self.open = class;
        }
        self.html.push_str(&std::mem::take(&mut self.spaces));
        let trimmed = ink.trim_end();
        escape::push(&mut self.html, trimmed);
        self.spaces.push_str(&ink[trimmed.len()..]);
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.html.push_str("</span>");
        }
    }

    fn finish(mut self) -> String {
        self.close();
        self.html + &self.spaces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_grammar() {
        for name in Language::names() {
            let language = Language::find(name).unwrap();
            assert!(GRAMMARS.find_syntax_by_name(language.grammar).is_some(), "{name}");
        }
        assert_eq!(Language::find("shell"), Some(Language::SHELL));
        assert_eq!(Language::find("text"), Some(Language::TEXT));
        assert_eq!(SCOPES.len(), CLASSES.len());
    }

    #[test]
    fn text_survives_highlighting() {
        let code = "FROM nginx:1.26\nCMD [\"a\", '<b>'] # &amp;\n\n  RUN echo \"$HOME\" \\\n && true";
        for name in ["dockerfile", "shell", "html", "nginx", "text"] {
            let html = Language::find(name).unwrap().highlight(code);
            assert_eq!(text_of(&html), code, "{name}");
        }
    }

    #[test]
    fn very_long_lines_are_shown_plain() {
        let code = "[".repeat(LINE_MAX_BYTES + 1);
        assert_eq!(Language::find("json").unwrap().highlight(&code), code);
    }

    #[test]
    fn languages_of_lessons_look_right() {
        let html = |language: &str, code: &str| Language::find(language).unwrap().highlight(code);
        insta::assert_snapshot!(html(
            "dockerfile",
            "# ours\nFROM python:3.13-slim AS build\nRUN pip install -r r.txt\nCMD [\"python\", \"app.py\"]\n"
        ));
        insta::assert_snapshot!(html(
            "shell",
            "docker run -d --name web -p 8080:80 nginx:1.26 && echo \"$HOME\" # go"
        ));
        insta::assert_snapshot!(html("python", "def f(x):\n    return \"a\" + str(1)  # sum\n"));
        insta::assert_snapshot!(html("json", "{\"Cmd\": [\"nginx\", null, 1.5]}"));
        insta::assert_snapshot!(html(
            "yaml",
            "services:\n  web:\n    image: nginx:1.26 # pinned\n    ports: [\"8080:80\"]\n"
        ));
        insta::assert_snapshot!(html("html", "<p class=\"a\">b</p>"));
        insta::assert_snapshot!(html(
            "nginx",
            "server {\n    listen 80;\n    root /usr/share/nginx/html;\n}\n"
        ));
    }

    /// HTML without its tags, unescaped.
    fn text_of(html: &str) -> String {
        let mut text = String::new();
        let mut within = false;
        for c in html.chars() {
            match c {
                '<' => within = true,
                '>' if within => within = false,
                c if !within => text.push(c),
                _ => {}
            }
        }
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }
}
