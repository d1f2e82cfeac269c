//! `drydock lesson test`: a lesson that is broken is found to be, wherever the protocol can find it.

use std::path::Path;

use anyhow::{Result, ensure};
use drydock_system_tests::{Drydock, Options};

/// An exercise by its expectations, its solution and its pitfall (what it runs, and where it says that this fails).
fn exercise(id: &str, expect: &str, solution: &str, pitfall: (&str, &str)) -> String {
    let (run, fails) = pitfall;
    format!(
        "```exercise id={id} points=1\ngoal: It is done.\nexpect:\n{expect}hints:\n  - {{ ask: true, text: \"Do it.\" }}\nsolution: |\n  {solution}\npitfalls:\n  - run: {run}\n    fails: {fails}\n```\n\n"
    )
}

fn write_course(folder: &Path, exercises: &[String]) -> Result<()> {
    let lesson = folder.join("broken/01-first");
    std::fs::create_dir_all(&lesson)?;
    std::fs::write(
        folder.join("broken/course.yaml"),
        "title: Broken\nsummary: Wrong in each way that there is.\nlessons: [01-first]\n",
    )?;
    let head = "---\ntitle: First\nsummary: Wrong.\nminutes: 5\nobjectives:\n  - Find out\nsandbox:\n  images: [busybox]\n---\n\nText.\n\n## All\n\n";
    std::fs::write(lesson.join("lesson.md"), format!("{head}{}", exercises.concat()))?;
    Ok(())
}

const TAGGED: &str = "  - image: mine:v1\n    same_as: busybox\n";

#[allow(clippy::too_many_lines)] // A table.
#[tokio::test]
async fn what_is_broken_is_found_with_its_place() -> Result<()> {
    let drydock = Drydock::start(Options {
        settings: vec![("REGISTRY__ENABLED".to_owned(), "false".to_owned())],
        ..Options::default()
    })
    .await?;
    let folder = tempfile::tempdir()?;
    let missing = ("docker tag busybox other:v1", "missing");
    let looking = "  - script: docker tag busybox \"looked-$RANDOM:at\" && docker image inspect mine:v1 >/dev/null\n    exit: 0\n";
    let unsteady = "  - script: docker image inspect mine:v1 >/dev/null && [ ! -e .seen ] && touch .seen\n    mode: hold\n";
    write_course(
        folder.path(),
        &[
            exercise("sound", TAGGED, "docker tag busybox mine:v1", missing),
            exercise(
                "untouched",
                "  - image: busybox\n",
                "docker images",
                ("docker rmi busybox", "missing"),
            ),
            exercise("unsolved", TAGGED, "docker tag busybox mine:v2", missing),
            exercise(
                "harmless",
                TAGGED,
                "docker tag busybox mine:v1",
                ("docker tag busybox mine:v1", "missing"),
            ),
            exercise(
                "elsewhere",
                TAGGED,
                "docker tag busybox mine:v1",
                ("docker tag busybox other:v1", "same_as"),
            ),
            // What an engine does by itself meanwhile is not the look's doing.
            exercise(
                "restless",
                "  - container: restless\n    restart: always\n",
                "docker run -d --name restless --restart always busybox sh -c 'sleep 0.2; exit 1'",
                ("docker run -d --name restless busybox true", "restart"),
            ),
            exercise(
                "nosy",
                looking,
                "docker tag busybox mine:v1",
                ("docker tag busybox other:v1", "exit"),
            ),
            exercise(
                "unsteady",
                unsteady,
                "docker tag busybox mine:v1",
                ("docker tag busybox other:v1", "exit"),
            )
            .replace("expect:", "check: click\nexpect:"),
        ],
    )?;
    let junit = folder.path().join("results.xml");
    let (passed, said) = drydock
        .try_run(&[
            "lesson",
            "test",
            &folder.path().display().to_string(),
            "--rounds",
            "1",
            "--junit",
            &junit.display().to_string(),
        ])
        .await?;

    ensure!(!passed, "nothing was found: {said}");
    let text = std::fs::read_to_string(folder.path().join("broken/01-first/lesson.md"))?;
    for (what, id, why) in [
        (
            "solution",
            "untouched",
            "passes in a sandbox where nothing was done",
        ),
        ("solution", "unsolved", "the solution does not pass"),
        ("pitfall 1", "harmless", "passes with the mistake in it"),
        (
            "pitfall 1",
            "elsewhere",
            "fails at `missing` and not where it says",
        ),
        ("solution", "nosy", "looking at it changed the engine"),
        ("solution", "unsteady", "passes, and looked at again it does not"),
    ] {
        let exercise = text.find(&format!("id={id} ")).unwrap_or(0);
        let at = if what == "solution" {
            exercise
        } else {
            exercise + text[exercise..].find("- run:").unwrap_or(0)
        };
        let line = text[..at].matches('\n').count() + 1;
        let place = format!("lesson.md:{line}: {what} of `{id}`, round 1: ");
        let told = said
            .split_once(&place)
            .map(|(_, told)| told.lines().next().unwrap_or_default().to_owned());
        ensure!(
            told.as_ref().is_some_and(|told| told.contains(why)),
            "{id}: {told:?} in {said}"
        );
    }
    for (what, id) in [
        ("solution", "sound"),
        ("pitfall 1", "sound"),
        ("solution", "restless"),
        ("pitfall 1", "restless"),
        ("pitfall 1", "unsolved"),
        ("pitfall 1", "unsteady"),
    ] {
        ensure!(!said.contains(&format!("{what} of `{id}`")), "{said}");
    }
    let xml = std::fs::read_to_string(&junit)?;
    ensure!(
        xml.contains("tests=\"16\"") && xml.contains("broken/first/sound"),
        "{xml}"
    );
    Ok(())
}

#[tokio::test]
async fn what_holds_by_luck_is_found_in_one_round_or_another() -> Result<()> {
    let drydock = Drydock::start(Options {
        settings: vec![("REGISTRY__ENABLED".to_owned(), "false".to_owned())],
        ..Options::default()
    })
    .await?;
    let folder = tempfile::tempdir()?;
    // Three times out of four it does nothing: that all of six rounds pass is one chance in four thousand.
    let lucky = "[ $((RANDOM % 4)) != 0 ] || docker tag busybox mine:v1";
    let missing = ("docker tag busybox other:v1", "missing");
    write_course(folder.path(), &[exercise("lucky", TAGGED, lucky, missing)])?;
    let content = folder.path().display().to_string();
    let (passed, said) = drydock
        .try_run(&["lesson", "test", &content, "--rounds", "6"])
        .await?;
    ensure!(!passed && said.contains("the solution does not pass"), "{said}");
    Ok(())
}

/// A page whose commands, files and exercise stand on one another, and which is sound.
const SOUND: &str = r#"## A walk

```console
$ docker images busybox
REPOSITORY   TAG       IMAGE ID       CREATED       SIZE
busybox      latest    85cf22675d45   2 hours ago   2.02MB
```

```dockerfile file=hello/Dockerfile
FROM busybox
CMD ["echo", "hello"]
```

```console
$ docker build -q -t hello ./hello
sha256:6d3f5c512c7297458026f44de8c59c9b0c6596c7925b4d53153217129014add3
$ docker run --rm hello
hello
```

```exercise id=named points=1
goal: It has another name.
expect:
  - image: greeting:v1
    same_as: hello
hints:
  - { ask: true, text: "Tag it." }
solution: |
  docker tag hello greeting:v1
pitfalls:
  - run: docker tag busybox greeting:v1
    fails: same_as
```

```console
$ docker run --rm -it greeting:v1 sh
/ # echo "in $HOSTNAME"
in 0123456789ab
/ # exit
$ docker run -d --name talker busybox sh -c 'echo ready; sleep 600'
0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123
$ docker logs -f talker
ready
^C
$ docker rm -f talker
talker
$ docker run --rm busybox sh -c 'exit 3'
$ echo $?
3
$ docker container prune
WARNING! This will remove all stopped containers.
Are you sure you want to continue? [y/N] y
Total reclaimed space: 0B
```

```console no-run
$ docker login nowhere.example
Username:
```
"#;

/// And one that has rotted in each way that a walk finds.
const ROTTEN: &str = r#"
## Rotten

```console
$ docker images busybox
REPOSITORY   NAME      IMAGE ID       CREATED       SIZE
busybox      latest    85cf22675d45   2 hours ago   2.02MB
$ docker tag nothing:1 something:1
$ docker run --rm busybox echo one
one
two
$ docker run --rm busybox seq 20
1
$ docker run --rm busybox false
$ echo $?
0
$ docker run --rm busybox echo sound
sound
```

```exercise id=late points=1
goal: The file has never been there.
expect:
  - file: never.txt
hints:
  - { ask: true, text: "Write it." }
solution: |
  docker rmi busybox:other && touch never.txt
pitfalls:
  - run: touch ever.txt
    fails: missing
```
"#;

/// Walks through pages, and gives what was said and the lesson's text.
async fn walk(drydock: &Drydock, page: &str) -> Result<(bool, String, String)> {
    let folder = tempfile::tempdir()?;
    write_course(folder.path(), &[page.to_owned()])?;
    let transcript = folder.path().join("walk.txt");
    let (passed, said) = drydock
        .try_run(&[
            "lesson",
            "test",
            &folder.path().display().to_string(),
            "--what",
            "walk",
            "--rounds",
            "1",
            "--transcript",
            &transcript.display().to_string(),
        ])
        .await?;
    let walked = std::fs::read_to_string(&transcript)?;
    ensure!(walked.contains("$ docker images busybox\nREPOSITORY"), "{walked}");
    let text = std::fs::read_to_string(folder.path().join("broken/01-first/lesson.md"))?;
    Ok((passed, said, text))
}

#[tokio::test]
async fn a_page_is_walked_through_and_what_has_rotted_is_found_with_its_line() -> Result<()> {
    let drydock = Drydock::start(Options {
        settings: vec![("REGISTRY__ENABLED".to_owned(), "false".to_owned())],
        ..Options::default()
    })
    .await?;
    let (passed, said, _) = walk(&drydock, SOUND).await?;
    ensure!(passed && said.contains("1 trial, nothing wrong"), "{said}");

    let (passed, said, text) = walk(&drydock, &format!("{SOUND}{ROTTEN}")).await?;
    ensure!(!passed, "nothing was found: {said}");
    let rotten = text.find("## Rotten").unwrap_or(0);
    for (line, told) in [
        ("REPOSITORY   NAME", "does not print what the page shows"),
        (
            "$ docker tag nothing:1",
            "fails with status 1, and the page does not say so",
        ),
        ("two", "does not print what the page shows"),
        ("1", "it prints 20 lines, far more than the page shows"),
        ("0", "`echo $?` does not print what the page shows"),
        ("  docker rmi busybox:other", "the solution does not pass"),
    ] {
        let from = text[rotten..]
            .lines()
            .position(|found| found == line || (line.len() > 3 && found.starts_with(line)));
        let number = text[..rotten].lines().count() + from.unwrap_or(0) + 1;
        let place = format!("lesson.md:{number}: walk, round 1: ");
        ensure!(
            said.split(&place).skip(1).any(|found| found
                .split("\n\n")
                .next()
                .unwrap_or_default()
                .contains(told)),
            "{place}{told}\nin {said}"
        );
    }
    ensure!(
        said.contains("expected: two\n    found:    nothing like it\n  it printed:\n    one\n"),
        "{said}"
    );
    ensure!(!said.contains("echo sound"), "{said}");
    Ok(())
}
