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
            exercise(
                "nosy",
                looking,
                "docker tag busybox mine:v1",
                ("docker tag busybox other:v1", "exit"),
            ),
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
    ] {
        let line = text
            .lines()
            .position(|line| line.contains(&format!("id={id} ")))
            .unwrap_or(0)
            + 1;
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
        ("pitfall 1", "unsolved"),
    ] {
        ensure!(!said.contains(&format!("{what} of `{id}`")), "{said}");
    }
    let xml = std::fs::read_to_string(&junit)?;
    ensure!(
        xml.contains("tests=\"12\"") && xml.contains("broken/first/sound"),
        "{xml}"
    );
    Ok(())
}
