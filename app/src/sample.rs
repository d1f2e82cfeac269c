//! Sample data for tests and for `examples/preview.rs`: a small course, a lesson with every kind of block, and a
//! learner half way through it. Knows the protocol only.

use std::collections::BTreeMap;

use drydock_protocol::api::{ExerciseProgress, Progress};
use drydock_protocol::page::{
    Ask, Block, Check, Console, ConsoleLine, CourseAbout, CourseSummary, Exercise, File, Heading, Input,
    LessonPage, LessonSummary, Link, Solutions, Task,
};
use drydock_protocol::verdict::{Outcome, OutcomeState, Verdict};

fn lesson(
    slug: &str,
    title: &str,
    summary: &str,
    minutes: u32,
    exercises: u32,
    points: u32,
) -> LessonSummary {
    LessonSummary {
        slug: slug.into(),
        title: title.into(),
        summary: summary.into(),
        minutes,
        exercises,
        points,
    }
}

/// A course of three lessons.
pub(crate) fn course() -> CourseSummary {
    CourseSummary {
        slug: "docker".into(),
        title: "Docker course".into(),
        summary: "From the first container to images of your own, on a real engine.".into(),
        about: CourseAbout {
            prerequisites: vec!["A terminal is not new to you: `cd`, `ls`".into()],
            objectives: vec!["Run what others have made".into()],
            makes: vec!["An image of your own".into()],
        },
        lessons: vec![
            lesson(
                "containers",
                "Working with containers",
                "Start, look into, stop and remove containers.",
                45,
                6,
                12,
            ),
            lesson(
                "images",
                "Docker images",
                "Find, pull, tag, build, inspect, shrink and remove images.",
                60,
                4,
                9,
            ),
            lesson(
                "volumes",
                "Data that stays",
                "Volumes, bind mounts, and what happens to files.",
                80,
                5,
                11,
            ),
        ],
    }
}

/// A learner who has begun the second lesson.
pub(crate) fn progress() -> Progress {
    let exercises = BTreeMap::from([
        ("two-tags".to_owned(), standing()),
        (
            "list".to_owned(),
            ExerciseProgress {
                passed: true,
                points: 1,
                points_max: 1,
                ..ExerciseProgress::default()
            },
        ),
    ]);
    Progress {
        lessons: BTreeMap::from([("docker/images".to_owned(), exercises)]),
    }
}

/// A standing with one condition met, one that speaks, and one that waits.
pub(crate) fn standing() -> ExerciseProgress {
    let outcome = |state, label: &str| Outcome {
        state,
        label: label.into(),
        field: None,
        message: None,
        expected: None,
        actual: None,
        answered: None,
    };
    ExerciseProgress {
        passed: false,
        points: 1,
        points_max: 3,
        hints: vec!["A tag is a second name for the same image ID.".into()],
        given_up: false,
        verdict: Some(Verdict {
            exercise: "two-tags".into(),
            passed: false,
            points: 1,
            points_max: 3,
            outcomes: vec![
                outcome(OutcomeState::Met, "`nginx:1.26` is here"),
                Outcome {
                    field: Some("same_as".into()),
                    message: Some("`my-nginx:v1` is another image than `nginx:1.26`.".into()),
                    expected: Some("sha256:5f1a2c97e0d4".into()),
                    actual: Some("sha256:5f1b8807e0d4".into()),
                    ..outcome(OutcomeState::Unmet, "`my-nginx:v1` is the same image")
                },
                outcome(OutcomeState::Unmet, "no image is left without a name"),
            ],
            at: 1_780_000_000,
        }),
        submission: None,
    }
}

fn html(html: &str) -> Block {
    Block::Html { html: html.into() }
}

fn command(text: &str, html: &str) -> ConsoleLine {
    ConsoleLine::Command {
        text: text.into(),
        html: html.into(),
    }
}

fn exercise(id: &str, goal: &str, points: u32, expectations: &[&str], hints: u32) -> Block {
    Block::Exercise(Exercise {
        id: id.into(),
        task: Task::Exercise,
        goal: goal.into(),
        body: String::new(),
        points,
        check: Check::Live,
        expectations: expectations.iter().map(|label| (*label).to_owned()).collect(),
        asks: Vec::new(),
        hints,
        setup: false,
    })
}

/// A question with choices, and one of a number.
fn quiz(id: &str, question: &str, input: Input) -> Block {
    Block::Exercise(Exercise {
        id: id.into(),
        task: Task::Quiz,
        goal: question.into(),
        body: String::new(),
        points: 2,
        check: Check::Click,
        expectations: vec![question.into()],
        asks: vec![Ask {
            expectation: 0,
            input,
        }],
        hints: 0,
        setup: false,
    })
}

/// A lesson with every kind of block.
pub(crate) fn page() -> LessonPage {
    let heading = |level, id: &str, text: &str, exercises: &[&str]| Heading {
        level,
        id: id.into(),
        text: text.into(),
        exercises: exercises.iter().map(|id| (*id).to_owned()).collect(),
    };
    LessonPage {
        course: Link { slug: "docker".into(), title: "Docker course".into() },
        lesson: lesson("images", "Docker images", "Find, pull, tag, build, inspect, shrink and remove images.", 60, 2, 4),
        objectives: vec![
            "tell an image from a container, and a layer from an instruction".into(),
            "give images names with <code>docker tag</code> and read them back".into(),
            "build an image of your own from a Dockerfile".into(),
        ],
        contents: vec![
            heading(2, "what-an-image-is", "What an image is", &[]),
            heading(2, "list-images", "List images", &["list"]),
            heading(3, "columns", "The columns", &[]),
            heading(2, "tags", "Tags", &["two-tags"]),
            heading(2, "a-dockerfile", "A Dockerfile, line by line", &[]),
        ],
        blocks: vec![
            html(
                "<h2 id=\"what-an-image-is\">What an image is</h2>\
                 <p>An image is a <strong>read-only template</strong> from which containers are made. It consists of a stack of \
                 file system layers and a little configuration: which command to run, which user, which variables. \
                 Nothing in it ever changes; a container adds a thin layer of its own on top, and <em>that</em> one can be written to.</p>\
                 <p>Because layers are <a href=\"#tags\">addressed by their content</a>, two images that begin alike share what they have in common. \
                 You will see that in the numbers below.</p>\
                 <aside class=\"callout callout-note\" role=\"note\"><p class=\"callout-title\">Note</p>\
                 <p>Everything in this lesson happens in your own engine. Break it as you like: a reset takes seconds.</p></aside>",
            ),
            html("<h2 id=\"list-images\">List images</h2><p>Your engine already holds a few. Ask it which:</p>"),
            Block::Console(Console {
                runnable: true,
                lines: vec![
                    command("docker images", "docker images"),
                    ConsoleLine::Output {
                        text: "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE\n\
                               nginx        1.26      5f1a2c97e0d4   2 weeks ago   118MB\n\
                               nginx        1.22      88e9c1d20b5f   2 weeks ago   112MB"
                            .into(),
                    },
                    command(
                        "docker image ls \\\n  --format '{{.Repository}}:{{.Tag}}'",
                        "docker image ls <span class=\"hl-keyword\">\\</span>\n  --format <span class=\"hl-string\">'{{.Repository}}:{{.Tag}}'</span>",
                    ),
                ],
            }),
            html(
                "<h3 id=\"columns\">The columns</h3>\
                 <div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table: Column, Says\"><table><thead><tr><th>Column</th><th>Says</th></tr></thead><tbody>\
                 <tr><td><code>REPOSITORY</code></td><td>the name before the colon</td></tr>\
                 <tr><td><code>TAG</code></td><td>what comes after it; <code>latest</code> if you said nothing</td></tr>\
                 <tr><td><code>SIZE</code></td><td>all of its layers together, also those it shares</td></tr></tbody></table></div>\
                 <ul><li>The same <code>IMAGE ID</code> twice is one image with two names.</li>\
                 <li>A repository of <code>&lt;none&gt;</code> is a <em>dangling</em> image.</li></ul>",
            ),
            quiz(
                "tag-copies",
                "What does <code>docker tag</code> copy?",
                Input::Choices {
                    several: false,
                    choices: ["All layers", "The manifest", "Nothing: a tag is a second <em>name</em>"].map(str::to_owned).into(),
                },
            ),
            quiz("layers", "How many layers does your <code>nginx:1.26</code> have?", Input::Number { unit: Some("layers".into()) }),
            exercise("list", "Ask your engine for its images.", 1, &["`docker images` was run"], 1),
            html(
                "<h2 id=\"tags\">Tags</h2><p>A tag is a pointer. <code>docker tag SOURCE TARGET</code> makes a second one; no byte is copied.</p>\
                 <pre class=\"output\"><samp>Untagged: my-nginx:v1</samp></pre>",
            ),
            exercise(
                "two-tags",
                "Your own tag <code>my-nginx:v1</code> points at the same image as <code>nginx:1.26</code>.",
                3,
                &["`nginx:1.26` is here", "`my-nginx:v1` is the same image", "no image is left without a name"],
                3,
            ),
            html("<h2 id=\"a-dockerfile\">A Dockerfile, line by line</h2><p>Save this into your home folder:</p>"),
            Block::File(File {
                path: "Dockerfile".into(),
                language: "dockerfile".into(),
                text: "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"app.py\"]\n".into(),
                html: "<span class=\"hl-keyword\">FROM</span> python:3.13-slim\n<span class=\"hl-keyword\">WORKDIR</span> /app\n\
                       <span class=\"hl-comment\"># dependencies first: they change least</span>\n\
                       <span class=\"hl-keyword\">COPY</span> . .\n<span class=\"hl-keyword\">CMD</span> [<span class=\"hl-string\">\"python\"</span>, <span class=\"hl-string\">\"app.py\"</span>]\n"
                    .into(),
            }),
        ],
        solutions: Solutions::AfterPassing,
        previous: Some(Link { slug: "containers".into(), title: "Working with containers".into() }),
        next: Some(Link { slug: "volumes".into(), title: "Data that stays".into() }),
    }
}
