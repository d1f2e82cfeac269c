//! JSON schemas of the YAML in lessons, so that editors complete it and mark what is wrong while it is written.
//!
//! Which keys there are is asked of what reads them; what each is for is said here. The schemas are a help and not the
//! judge: lint knows more than they can say.

pub(crate) mod keys;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::expect::parse as grammar;
use crate::{course, parse};

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// The front matter of a lesson.
    Lesson,
    /// What is inside an `exercise` block.
    Exercise,
    /// What is inside a `quiz` block.
    Quiz,
    /// `course.yaml`.
    Course,
}

impl Schema {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lesson, Self::Exercise, Self::Quiz, Self::Course];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Exercise => "exercise",
            Self::Quiz => "quiz",
            Self::Course => "course",
        }
    }

    /// The schema, as JSON Schema 2020-12.
    pub fn to_json(self) -> Value {
        let (title, mut schema) = match self {
            Self::Lesson => (
                "The front matter of a lesson of Drydock",
                object(
                    parse::front::keys(),
                    &["title", "summary", "minutes", "objectives"],
                    front,
                ),
            ),
            Self::Exercise => (
                "An exercise of a lesson of Drydock",
                object(
                    parse::exercise::keys(),
                    &["goal", "expect", "hints", "solution"],
                    exercise,
                ),
            ),
            Self::Quiz => (
                "A question of a lesson of Drydock",
                object(parse::quiz::keys(), &["question"], quiz),
            ),
            Self::Course => (
                "A course of Drydock",
                object(course::keys(), &["title", "summary", "lessons"], course_file),
            ),
        };
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["title"] = json!(title);
        if self == Self::Exercise {
            schema["$defs"] = json!({ "expectation": expectation() });
        }
        schema
    }
}

/// An object of exactly these keys. A key that nothing is said of is left out, which a test notices.
fn object(keys: &[&str], required: &[&str], value: fn(&str) -> Option<Value>) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), value(key)?)))
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn about(mut value: Value, description: &str) -> Value {
    value["description"] = json!(description);
    value
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}

fn whole(least: u64, most: u64, description: &str) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "description": description })
}

fn list(of: &Value, description: &str) -> Value {
    json!({ "type": "array", "items": of, "description": description })
}

fn one_or_many(of: &Value, description: &str) -> Value {
    json!({ "anyOf": [of, { "type": "array", "items": of }], "description": description })
}

fn any_scalar() -> Value {
    json!({ "type": ["string", "integer", "number", "boolean"] })
}

/// A value, or bounds of it.
fn bounds(of: &Value, description: &str) -> Value {
    json!({
        "anyOf": [of, {
            "type": "object",
            "properties": { "min": of, "max": of },
            "minProperties": 1,
            "additionalProperties": false
        }],
        "description": description
    })
}

fn size() -> Value {
    json!({ "type": ["string", "integer"] })
}

fn front(key: &str) -> Option<Value> {
    let references = |what: &str| list(&json!({ "type": "string" }), what);
    Some(match key {
        "title" => text("The lesson's name: one line, up to 80 characters"),
        "summary" => text("What it is about: one line, up to 300 characters"),
        "minutes" => whole(1, 600, "How long it takes"),
        "objectives" => list(
            &text("A sentence of Markdown"),
            "What the learner will be able to do: 1 to 12",
        ),
        "sandbox" => about(
            object(parse::front::sandbox_keys(), &[], front),
            "What its sandbox needs",
        ),
        "images" => references("Images that are in the learner's engine before the first prompt"),
        "available" => references("Images that learners pull"),
        "memory" => about(size(), "Where the operator's default will not do: `2GiB`"),
        "disk" => about(
            size(),
            "The disk of the learner's engine, where the default will not do: `8GiB`",
        ),
        "solutions" => json!({
            "type": "string",
            "pattern": "^(always|after passing|after [0-9]+ fails?|never)$",
            "description": "When learners may see solutions, where the operator's setting will not do"
        }),
        "vars" => json!({
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": { "pick": list(&any_scalar(), "What is drawn from: at least two words") },
                "required": ["pick"],
                "additionalProperties": false
            },
            "description": "Values that are drawn for each learner: `VERSION: { pick: [v1.0, v2.0] }`"
        }),
        _ => return None,
    })
}

fn course_file(key: &str) -> Option<Value> {
    Some(match key {
        "prerequisites" => list(
            &text("A line; `code` in backticks"),
            "What the course takes for granted",
        ),
        "objectives" => list(
            &text("A line; `code` in backticks"),
            "What the learner will be able to do",
        ),
        "makes" => list(
            &text("A line; `code` in backticks"),
            "What the learner will have made",
        ),
        "title" => text("The course's name: one line, up to 80 characters"),
        "summary" => text("What it is about: one line, up to 300 characters"),
        "lessons" => list(
            &json!({ "type": "string", "pattern": "^[0-9]{1,3}-[a-z0-9]+(-[a-z0-9]+)*$" }),
            "The lessons' folders, in the order in which they are taught",
        ),
        _ => return None,
    })
}

fn exercise(key: &str) -> Option<Value> {
    Some(match key {
        "goal" => text("What is to be achieved: one paragraph of Markdown"),
        "body" => text("Further text: Markdown without headings"),
        "check" => json!({ "enum": ["live", "click", "submit"], "description": "When it is evaluated" }),
        "setup" => text("Bash that makes things ready, as the learner"),
        "expect" => list(
            &json!({ "$ref": "#/$defs/expectation" }),
            "What has to hold: 1 to 40",
        ),
        "hints" => list(
            &object(parse::exercise::hint_keys(), &["text"], exercise),
            "A ladder of hints, shown from the top: 1 to 10",
        ),
        "solution" => text("Commands, one a line, as a learner would type them"),
        "pitfalls" => list(
            &object(parse::exercise::pitfall_keys(), &["fails"], exercise),
            "Known mistakes, each with the failure that it must lead to",
        ),
        "after" => json!({ "type": "string", "description": "`90s`, `2m` or `2 fails`" }),
        "ask" => json!({ "type": "boolean", "description": "Due at once" }),
        "cost" => whole(0, 1_000, "Points that it takes off; only with `ask`"),
        "text" => text("Plain text with `code` in backticks"),
        "run" => text("The commands of the mistake"),
        "answer" => text("A wrong answer to the exercise's first question"),
        "fails" => text("The field at which it fails, or `missing`"),
        _ => return None,
    })
}

/// One object for each matcher, and one for `absent`.
fn expectation() -> Value {
    let mut kinds: Vec<Value> = grammar::MATCHERS
        .iter()
        .map(|matcher| kind(matcher, true))
        .collect();
    let inside: Vec<Value> = grammar::MATCHERS
        .iter()
        .map(|matcher| kind(matcher, false))
        .collect();
    let mut properties = common();
    properties.insert(
        "absent".to_owned(),
        json!({ "anyOf": inside, "description": "Holds when this does not, once it has been seen to hold" }),
    );
    kinds.push(json!({
        "type": "object", "properties": properties, "required": ["absent"], "additionalProperties": false
    }));
    json!({ "anyOf": kinds })
}

fn kind(matcher: &str, outer: bool) -> Value {
    let mut properties = if outer { common() } else { Map::new() };
    properties.extend(select(matcher).map(|value| (matcher.to_owned(), value)));
    for name in grammar::fields_of(matcher) {
        if let Some(value) = field(matcher, name) {
            properties.insert((*name).to_owned(), value);
        }
    }
    json!({ "type": "object", "properties": properties, "required": [matcher], "additionalProperties": false })
}

fn common() -> Map<String, Value> {
    let value = |key: &str| {
        Some(match key {
            "points" => whole(0, 1_000, "Its weight"),
            "label" => text("Its line on the card, up to 160 characters"),
            "mode" => {
                json!({ "enum": ["keep", "hold"], "description": "Whether having held once is enough" })
            }
            "within" => text("After something happened, it is looked at again for so long: `10s`"),
            "else" => json!({
                "type": ["string", "object"],
                "additionalProperties": { "type": "string" },
                "description": "What to say when it does not hold: one text, or one by the name of what failed"
            }),
            _ => return None,
        })
    };
    let keys = grammar::COMMON.iter();
    keys.filter_map(|key| Some(((*key).to_owned(), value(key)?)))
        .collect()
}

/// What a matcher selects.
fn select(matcher: &str) -> Option<Value> {
    Some(match matcher {
        "image" => text("A reference; `*` and `?` match within repository and tag"),
        "dangling" => json!({ "type": "boolean", "description": "Images without a tag: some, or none" }),
        "container" | "network" | "volume" => text("A name; `*` and `?` match"),
        "compose" => text("A project of Compose; `*` and `?` match"),
        "registry" => text("A reference that this learner has pushed to the classroom's registry"),
        "file" => text("A path in the learner's home"),
        "dockerfile" => text("A path in the learner's home; parsed as BuildKit does"),
        "build_context" => text("A folder in the learner's home; `.dockerignore` is applied"),
        "archive" => text("A tar in the learner's home"),
        "http" => json!({
            "type": ["string", "integer", "object"],
            "description": "`PORT/PATH` in the sandbox, or a map of `port` and `path`"
        }),
        "ran" => text("A regular expression, found in a command that the learner ran"),
        "script" => text("Bash in the sandbox, as the learner; four seconds"),
        "answer" => text("A question that the learner answers: plain text with `code` in backticks"),
        _ => return None,
    })
}

/// An answer that is typed.
fn typed(description: &str) -> Value {
    json!({
        "type": ["string", "integer", "number", "boolean", "array", "object"],
        "description": description
    })
}

/// What is said of answers, in a quiz and among an exercise's conditions.
fn asked(key: &str) -> Option<Value> {
    Some(match key {
        "is" => typed(
            "What is right: a text, a number, a list of them, `{min, max}`, `{pattern, example}`, or a fact: `{image: nginx:1.26, field: layers}`",
        ),
        "wrong" => list(
            &json!({
                "type": "object",
                "properties": { "is": typed("The wrong answer"), "why": text("Why it is wrong") },
                "required": ["is", "why"],
                "additionalProperties": false
            }),
            "Wrong answers that are known, each with why it is wrong",
        ),
        "exact" => json!({ "type": "boolean", "description": "Whether capitals and spaces matter" }),
        "unit" => text("What stands behind a number"),
        "why" => text("What is said of the right answer"),
        "cost" => whole(0, 1_000, "Points that each wrong answer takes off"),
        _ => return None,
    })
}

fn quiz(key: &str) -> Option<Value> {
    Some(match key {
        "question" => text("What is asked: one paragraph of Markdown"),
        "choices" => list(
            &object(parse::quiz::choice_keys(), &["text"], choice),
            "What there is to choose from: 2 to 12",
        ),
        "choose" => json!({ "enum": ["one", "several"], "description": "How many may be chosen" }),
        "answer" => typed(
            "What is right: a text, a number, a list of them, `{min, max}`, `{pattern, example}`, or a fact: `{image: nginx:1.26, field: layers}`",
        ),
        "else" => text("What is said of any other wrong answer"),
        "body" | "hints" | "setup" | "solution" => return exercise(key),
        _ => return asked(key),
    })
}

fn choice(key: &str) -> Option<Value> {
    Some(match key {
        "text" => text("One paragraph of Markdown"),
        "right" => json!({ "type": "boolean", "description": "Whether it is right" }),
        "why" => text("What is said of it to whoever chooses it; a wrong choice needs it"),
        _ => return None,
    })
}

/// What may be asked of what a matcher selects.
fn field(matcher: &str, name: &str) -> Option<Value> {
    let string = json!({ "type": "string" });
    let number = json!({ "type": "integer" });
    let rules = |description: &str| {
        let patterns = one_or_many(&json!({ "type": "string" }), "Regular expressions");
        json!({
            "type": "object", "properties": { "has": patterns, "has_not": patterns },
            "additionalProperties": false, "description": description
        })
    };
    let command = |description: &str| {
        json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
            "description": description
        })
    };
    Some(match (matcher, name) {
        ("image" | "dangling", "count") => bounds(&number, "How many match"),
        (_, "same_as") => text("It is that image under another name"),
        (_, "based_on") => text("Its layers begin with that image's"),
        (_, "smaller_than") => text("It is smaller than that image"),
        (_, "layers") => bounds(&number, "How many layers"),
        (_, "size") => bounds(&size(), "Its size: `90MB`, `64MiB`"),
        (_, "cmd") => command("Its CMD; a list means exactly the exec form"),
        (_, "entrypoint") => command("Its ENTRYPOINT; a list means exactly the exec form"),
        (_, "command") => command("What it runs"),
        (_, "user") => {
            json!({ "type": ["string", "integer"], "description": "A name, a number or `non-root`" })
        }
        (_, "workdir") => text("Where it starts"),
        (_, "env" | "labels") => json!({
            "type": ["object", "array", "string"],
            "description": "Settings: `{ PORT: \"8000\", MODE: ~ }` or `[MODE, PORT=8000]`"
        }),
        (_, "exposes") => one_or_many(&any_scalar(), "Ports that it declares: `[80, 53/udp]`"),
        (_, "history") => rules("Its build steps, each as the Dockerfile had it"),
        (_, "logs") => rules("The last lines that it wrote"),
        (_, "created_after") => text("`start`, a date, or a reference"),
        (_, "state") => one_or_many(
            &json!({ "enum": ["created", "running", "paused", "restarting", "removing", "exited", "dead"] }),
            "It is in one of these states",
        ),
        ("container", "image") => text("What it was made from"),
        (_, "exit_code" | "exit") => bounds(&number, "The status that it ended with"),
        (_, "health") => {
            json!({ "enum": ["healthy", "unhealthy", "starting", "none"], "description": "Its health check" })
        }
        (_, "ports") => one_or_many(
            &any_scalar(),
            "`80`, `8080:80`, `127.0.0.1:8080:80`, each with `/udp` if need be",
        ),
        (_, "mounts") => one_or_many(&string, "`/data`, `volume:/data`, `./site:/srv:ro`"),
        (_, "networks") => one_or_many(&string, "Networks that it is attached to"),
        (_, "restart") => {
            json!({ "type": "string", "description": "`\"no\"`, `always`, `unless-stopped`, `on-failure:3`" })
        }
        (_, "driver") => text("Its driver"),
        (_, "internal") => json!({ "type": "boolean", "description": "Whether it leads nowhere else" }),
        (_, "attached") => one_or_many(&string, "Containers that use it"),
        (_, "services") => json!({
            "type": ["object", "array"],
            "description": "Services with their states: `{ web: running, job: [exited] }`, or a list of services"
        }),
        (_, "has") => one_or_many(&string, "Regular expressions, each found in it"),
        (_, "has_not") => one_or_many(&string, "Regular expressions, none found in it"),
        ("file", "mode") => {
            json!({ "type": ["string", "integer"], "description": "Its permission bits: `0755`" })
        }
        (_, "stages") => bounds(&number, "How many stages"),
        (_, "final_from") => text("What the last stage stands on"),
        (_, "copies_from") => one_or_many(&any_scalar(), "Stages or images that it copies from"),
        (_, "before") => {
            json!({ "type": "array", "items": string, "minItems": 2, "description": "Patterns of instructions, in this order" })
        }
        (_, "no_latest") => json!({ "type": "boolean", "description": "Every base has a version" }),
        (_, "exec_form") => json!({ "type": "boolean", "description": "CMD and ENTRYPOINT are lists" }),
        (_, "holds_image") => text("An image of that name is in it"),
        (_, "is_filesystem") => {
            json!({ "type": "boolean", "description": "A container's root file system, as `docker export` writes it" })
        }
        (_, "excludes") => one_or_many(&string, "Paths of which nothing is sent"),
        (_, "status") => bounds(&number, "The status of the answer"),
        (_, "is" | "wrong" | "exact" | "unit" | "why" | "cost") => return asked(name),
        _ => return None,
    })
}
