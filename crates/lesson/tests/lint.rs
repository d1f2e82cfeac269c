//! What lint says of lessons that can be shown and could be better, and of commands that the shell would not take.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::path::Path;

use drydock_lesson::{Library, Lint, Severity};
use tempfile::TempDir;

const EXERCISE: &str = r#"```exercise id=ID points=1
goal: It is there.
expect:
  - image: mine
hints:
  - { ask: true, text: "Build it." }
solution: |
  SOLUTION
pitfalls:
  - { run: "docker imges", fails: missing }
PITFALL```
"#;

fn exercise(id: &str, solution: &str, two: bool) -> String {
    let second = if two {
        "  - { run: \"docker tag a b\", fails: missing }\n"
    } else {
        ""
    };
    EXERCISE
        .replace("ID", id)
        .replace("SOLUTION", solution)
        .replace("PITFALL", second)
}

/// A course of two lessons, the first with this text.
fn content(text: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "docker/course.yaml",
        "title: A course\nsummary: Short.\nlessons: [01-first, 02-second]\n",
    );
    let head = "---\ntitle: A\nsummary: Short.\nminutes: 5\nobjectives: [Know it]\nsandbox:\n  images: [busybox, ngnix]\n---\n\n";
    write("docker/01-first/lesson.md", &format!("{head}{text}\n"));
    write(
        "docker/02-second/lesson.md",
        &format!("{}## Start here\n", head.replace(", ngnix", "")),
    );
    dir
}

/// `severity line:column message`, one a line.
fn said(dir: &Path) -> Vec<String> {
    let Lint {
        library,
        mut problems,
    } = Library::lint(dir);
    if let Some(library) = library {
        let known = ["busybox", "nginx"].map(|name| name.parse().unwrap());
        problems.extend(library.unknown_images(&known));
        problems.sort_by_key(|problem| (problem.line, problem.column));
    }
    let line = |problem: &drydock_lesson::Problem| {
        format!(
            "{} {}:{} {}",
            problem.severity.name(),
            problem.line,
            problem.column,
            problem.message
        )
    };
    problems.iter().map(line).collect()
}

#[test]
fn commands_that_docker_does_not_know_are_warned_of_with_their_place() {
    let text = "```console\n$ docker run --nmae web busybox\n$ docker imges\ndocker: 'imges' is not a docker command.\n$ docker \\\n    pss\n```\n";
    let dir = content(&format!(
        "{text}\n{}",
        exercise("a", "docker build -t mine . && docker psx", true)
    ));
    assert_eq!(
        said(dir.path()),
        [
            "warning 7:21 the classroom has no image `ngnix:latest`",
            "warning 11:14 `docker run` has no flag `--nmae`",
            "warning 15:5 `docker` has no command `pss`",
            "warning 25:36 `docker` has no command `psx`",
        ]
    );
}

#[test]
fn images_that_nobody_has_are_warned_of() {
    let text = "```console\n$ docker pull busybox\n$ docker pull alpine:3\n$ docker pull absent\nError response from daemon: not found\n$ docker build -t page .\n$ docker run --rm page\n$ docker run nginx@sha256:aa\n$ docker run $IMAGE\n```\n\n```dockerfile file=Dockerfile\nFROM --platform=linux/amd64 golang AS build\nFROM build\nFROM scratch\n```\n";
    assert_eq!(
        said(content(text).path()),
        [
            "warning 7:21 the classroom has no image `ngnix:latest`",
            "warning 12:15 the classroom has no image `alpine:3`",
            "warning 22:29 the classroom has no image `golang:latest`",
        ]
    );
}

#[test]
fn exercises_want_two_pitfalls() {
    let none = exercise("none", "docker build -t mine .", false)
        .replace("pitfalls:\n  - { run: \"docker imges\", fails: missing }\n", "");
    let text = [
        none,
        exercise("one", "true", false),
        exercise("two", "true", true),
    ]
    .join("\n");
    let said = said(content(&text).path());
    assert_eq!(
        said[1..],
        [
            "warning 10:1 `none` has no pitfall",
            "warning 20:1 `one` has only one pitfall"
        ]
    );
}

#[test]
fn commands_that_the_shell_would_not_take_are_errors() {
    let text = "```console\n$ echo it's\n$ echo fine\n```\n\n```console no-run\n$ docker ps |\n```\n";
    let dir = content(&format!("{text}\n{}", exercise("a", "echo \"open", true)));
    assert_eq!(
        said(dir.path()),
        [
            "error 11:10 this quote is not closed",
            "error 16:13 nothing follows here",
            "error 26:8 this quote is not closed",
        ]
    );
    assert!(Library::load(dir.path()).is_err());
}

#[test]
fn links_to_other_lessons_have_to_lead_somewhere() {
    let text = "[a](../02-second/lesson.md#start-here) [b](../02-second/lesson.md#strat-here) [c](/courses/docker/second)\n[d](/courses/docker/third) [e](/courses/dokcer) [f](/about)\n";
    let Lint { problems, .. } = Library::lint(content(text).path());
    let told: Vec<String> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| {
            format!(
                "{} ({})",
                problem.message,
                problem.help.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "no heading of `02-second` has the anchor `#strat-here` (did you mean `start-here`?)",
            "the course `docker` has no lesson `third` (known here: `first`, `second`)",
            "there is no course `dokcer` (did you mean `docker`?)",
        ]
    );
}

#[test]
fn warnings_keep_nothing_from_being_served() {
    let dir = content(&exercise("a", "docker nonsense", false));
    let Lint { library, problems } = Library::lint(dir.path());
    assert!(library.is_some() && problems.len() == 2, "{problems:?}");
    assert!(problems[0].to_string().starts_with("warning: "));
    assert!(Library::load(dir.path()).is_ok());
}
