//! Answers: which are right, what they are worth, and what is said of them.

use drydock_lesson::expect::ContainerState;
use drydock_protocol::page::Check;
use drydock_protocol::verdict::{Given, OutcomeState, Verdict};
use futures::executor::block_on;

use super::{AnswerError, judge, right_answer};
use crate::evaluate::{Exercise, recall};
use crate::facts::book::{Book, container, id, image};
use crate::facts::{ImageDetail, NetworkFact};
use crate::memory::Memory;

fn exercise(points: u32, expect: &str) -> Exercise {
    Exercise {
        id: "ask".into(),
        points,
        check: Check::Click,
        expect: vec![serde_saphyr::from_str(expect).unwrap()],
    }
}

/// A quiz as its block is read: through the lesson crate, which is the only one that can make choices.
fn quiz(points: u32, body: &str) -> Exercise {
    let folder = tempfile::tempdir().unwrap();
    let lesson = folder.path().join("c/01-l");
    std::fs::create_dir_all(&lesson).unwrap();
    std::fs::write(
        folder.path().join("c/course.yaml"),
        "title: C\nsummary: c\nlessons: [01-l]\n",
    )
    .unwrap();
    let text = format!(
        "---\ntitle: L\nsummary: l\nminutes: 1\nobjectives: [o]\n---\n\n```quiz id=ask points={points}\n{body}\n```\n"
    );
    std::fs::write(lesson.join("lesson.md"), text).unwrap();
    let library = drydock_lesson::Library::load(folder.path()).unwrap();
    Exercise::from(&library.lesson("c", "l").unwrap().exercises[0])
}

fn typed(text: &str) -> Given {
    Given {
        choices: Vec::new(),
        text: text.into(),
    }
}

fn chosen(choices: &[u32]) -> Given {
    Given {
        choices: choices.into(),
        text: String::new(),
    }
}

/// Answers, and looks at what is remembered.
fn answer(exercise: &Exercise, given: &Given, book: &Book, memory: &mut Memory) -> Verdict {
    let judged = block_on(judge(exercise, 0, given, book)).unwrap();
    memory.answer(exercise, judged);
    recall(exercise, memory, 1_000).unwrap()
}

/// What is said, a line a note.
fn said(verdict: &Verdict) -> Vec<String> {
    let answered = verdict.outcomes[0].answered.as_ref().unwrap();
    let note = |note: &drydock_protocol::verdict::Note| {
        let choice = note.choice.map_or("all".to_owned(), |number| number.to_string());
        format!(
            "{choice} {} {}",
            if note.right { "right" } else { "wrong" },
            note.text
        )
    };
    answered.notes.iter().map(note).collect()
}

const CHOICES: &str = "\
question: What does `docker tag` copy?
choices:
  - { text: All layers, why: Layers are shared. }
  - { text: Nothing, right: true, why: A tag is a name. }
  - { text: The manifest, why: It stays where it is. }
why: So it takes no time.
cost: 1";

#[test]
fn a_wrong_choice_says_why_and_only_that_one() {
    let (exercise, mut memory) = (quiz(3, CHOICES), Memory::default());
    let book = Book::default();
    let before = recall(&exercise, &mut memory, 0).unwrap();
    assert_eq!((before.passed, before.outcomes[0].message.clone()), (false, None));
    assert!(before.outcomes[0].answered.is_none());

    let wrong = answer(&exercise, &chosen(&[0]), &book, &mut memory);
    assert_eq!((wrong.passed, wrong.points), (false, 0));
    assert_eq!(said(&wrong), ["0 wrong Layers are shared."]);

    let right = answer(&exercise, &chosen(&[1]), &book, &mut memory);
    assert_eq!(
        (right.passed, right.points),
        (true, 2),
        "the wrong one has cost a point"
    );
    assert_eq!(
        said(&right),
        ["1 right A tag is a name.", "all right So it takes no time."]
    );
    let text = serde_json::to_string(&right).unwrap();
    assert!(
        !text.contains("stays where it is"),
        "of what was not chosen nothing is said"
    );

    let after = answer(&exercise, &chosen(&[2]), &book, &mut memory);
    assert_eq!(after, right, "what is right stays so");
    let stored: Memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
    assert_eq!(
        recall(&exercise, &mut stored.clone(), 1_000).unwrap(),
        right,
        "and is kept"
    );
}

#[test]
fn several_choices_give_a_part_for_a_part() {
    let exercise = quiz(
        4,
        "\
question: Which make a layer?
choose: several
choices:
  - { text: RUN, right: true }
  - { text: COPY, right: true }
  - { text: ENV, why: Only the configuration changes. }",
    );
    let (book, mut memory) = (Book::default(), Memory::default());
    let mut points = |choices: &[u32]| {
        let verdict = answer(&exercise, &chosen(choices), &book, &mut memory);
        (verdict.passed, verdict.points, said(&verdict))
    };
    let some = points(&[0]);
    assert_eq!((some.0, some.1), (false, 2));
    assert_eq!(
        some.2,
        ["0 right ", "all wrong That is right so far, and it is not all."]
    );
    let mixed = points(&[2, 0, 0]);
    assert_eq!((mixed.0, mixed.1), (false, 0));
    assert_eq!(mixed.2, ["0 right ", "2 wrong Only the configuration changes."]);
    let too_many = points(&[0, 1, 2]);
    assert_eq!((too_many.0, too_many.1), (false, 2));
    assert!(points(&[1, 0]).0);
}

#[test]
fn texts_and_numbers_are_compared_as_people_mean_them() {
    let fits = |is: &str, text: &str| {
        let exercise = exercise(1, &format!("{{answer: Which?, is: {is}}}"));
        block_on(judge(&exercise, 0, &typed(text), &Book::default())).map(|judged| judged.is_right())
    };
    for (is, text, right) in [
        ("docker history", "  Docker   history ", true),
        ("docker history", "`docker history`", true),
        ("docker history", "docker histories", false),
        (
            "[docker history, docker image history]",
            "docker image history",
            true,
        ),
        (
            "{pattern: '^docker (image )?history( |$)', example: docker history x}",
            "docker history nginx",
            true,
        ),
        ("7", "7 layers", true),
        ("7", "8", false),
        ("{min: 2, max: 3.5}", "3,5", true),
        ("{min: 2, max: 3.5}", "3.6", false),
        ("[80, 443]", "443", true),
        ("'7'", "7", true),
    ] {
        assert_eq!(fits(is, text), Ok(right), "{is} and {text:?}");
    }
    assert_eq!(fits("7", "seven"), Err(AnswerError::NoNumber));
    assert_eq!(fits("a", "  "), Err(AnswerError::NothingTyped));
    assert_eq!(fits("a", &"x".repeat(501)), Err(AnswerError::TooLong));
    let exact = exercise(1, "{answer: Which?, is: CMD, exact: true}");
    assert!(
        !block_on(judge(&exact, 0, &typed("cmd"), &Book::default()))
            .unwrap()
            .is_right()
    );
}

#[test]
fn a_known_mistake_has_its_own_message() {
    let text = "\
answer: How many?
is: 7
wrong:
  - { is: 8, why: The heading is no layer. }
  - { is: { min: 100 }, why: These are megabytes. }
else: '`${actual}` is not it.'";
    let (exercise, book) = (exercise(1, text), Book::default());
    let mut memory = Memory::default();
    let mut message = |text: &str| {
        answer(&exercise, &typed(text), &book, &mut memory).outcomes[0]
            .message
            .clone()
    };
    assert_eq!(message("8").as_deref(), Some("The heading is no layer."));
    assert_eq!(message("118").as_deref(), Some("These are megabytes."));
    assert_eq!(message("6").as_deref(), Some("`6` is not it."));
    assert_eq!(message("7"), None);
}

#[test]
fn facts_are_read_when_the_answer_is_given() {
    let mut web = container("web", ContainerState::Exited);
    web.1.exit_code = 137;
    let mut book = Book {
        images: vec![
            image("a1", 9, 187_654_321, &["nginx:1.26", "nginx:latest"]),
            image("b2", 1, 1_000, &[]),
        ],
        containers: vec![web],
        networks: vec![NetworkFact {
            id: "f".repeat(64),
            name: "back".into(),
            driver: "bridge".into(),
            ..NetworkFact::default()
        }],
        ..Book::default()
    };
    let detail = ImageDetail {
        layers: ["1", "2", "3"].map(str::to_owned).into(),
        cmd: ["nginx", "-g", "daemon off;"].map(str::to_owned).into(),
        exposes: ["80/tcp".to_owned()].into(),
        ..ImageDetail::default()
    };
    book.details.insert(id("a1"), detail);
    let fits = |fact: &str, text: &str| {
        let exercise = exercise(1, &format!("{{answer: What?, is: {{{fact}}}}}"));
        block_on(judge(&exercise, 0, &typed(text), &book)).map(|judged| judged.is_right())
    };
    for (fact, right, wrong) in [
        ("image: nginx:1.26, field: layers", "3", "4"),
        ("image: nginx:1.26, field: size", "188MB", "118MB"),
        ("image: nginx:1.26, field: size", "188", "18"),
        ("image: nginx:1.26, field: size", "179 MiB", "179 MB"),
        ("image: nginx:1.26, field: id", "a1000", "a1"),
        ("image: nginx:1.26, field: id", "sha256:A100", "b200"),
        ("image: nginx:1.26, field: user", "root", "nginx"),
        ("image: nginx:1.26, field: workdir", "/", "/app"),
        ("image: nginx:1.26, field: cmd", "nginx -g daemon off;", "nginx"),
        (
            "image: nginx:1.26, field: cmd",
            "[\"nginx\", \"-g\", \"daemon off;\"]",
            "sh",
        ),
        ("image: nginx:1.26, field: entrypoint", "none", "sh"),
        ("image: nginx:1.26, field: exposes", "80", "80, 443"),
        ("image: 'nginx:*', field: count", "2", "1"),
        ("dangling: true, field: count", "1", "0"),
        ("container: web, field: exit_code", "137", "0"),
        ("container: web, field: state", "Exited", "running"),
        ("container: '*', field: count", "1", "0"),
        ("network: back, field: driver", "bridge", "overlay"),
        ("volume: '*', field: count", "0", "1"),
    ] {
        assert_eq!(fits(fact, right), Ok(true), "{fact}: {right}");
        assert_eq!(fits(fact, wrong), Ok(false), "{fact}: {wrong}");
    }
    assert_eq!(
        fits("image: app:v1, field: layers", "3").unwrap_err().to_string(),
        "There is no image `app:v1` in your engine, so the answer cannot be looked up. Make or pull it first, then answer."
    );
    assert_eq!(
        fits("image: nginx:1.26, field: layers", "many"),
        Err(AnswerError::NoNumber)
    );
    assert_eq!(
        fits("image: nginx:1.26, field: size", "large"),
        Err(AnswerError::NoSize)
    );
}

#[test]
fn what_is_right_now_can_be_told_to_whoever_proves_a_lesson() {
    let book = Book {
        images: vec![image("a1", 9, 118_000_000, &["nginx:1.26"])],
        ..Book::default()
    };
    let right = |is: &str| {
        let exercise = exercise(1, &format!("{{answer: What?, is: {is}}}"));
        let given = block_on(right_answer(&exercise, 0, &book)).unwrap();
        assert!(
            block_on(judge(&exercise, 0, &given, &book)).unwrap().is_right(),
            "{is}"
        );
        given.text
    };
    assert_eq!(right("{image: nginx:1.26, field: size}"), "118 MB");
    assert_eq!(right("{image: nginx:1.26, field: id}"), "a10000000000");
    assert_eq!(right("{min: 3}"), "3");
    assert_eq!(right("[a, b]"), "a");
}

#[test]
fn what_cannot_be_chosen_is_refused_and_counts_for_nothing() {
    let exercise = quiz(3, CHOICES);
    let refused =
        |choices: &[u32]| block_on(judge(&exercise, 0, &chosen(choices), &Book::default())).unwrap_err();
    assert_eq!(refused(&[]), AnswerError::NothingChosen);
    assert_eq!(refused(&[0, 1]), AnswerError::NoSuchChoice);
    assert_eq!(refused(&[9]), AnswerError::NoSuchChoice);
    assert_eq!(
        refused(&(0..100_000).collect::<Vec<_>>()),
        AnswerError::NoSuchChoice
    );
    let other = block_on(judge(&exercise, 1, &chosen(&[1]), &Book::default()));
    assert_eq!(other, Err(AnswerError::NotAsked));
}

#[test]
fn a_question_among_conditions_waits_for_its_answer() {
    let mixed = Exercise {
        expect: vec![
            serde_saphyr::from_str("image: nginx:1.26").unwrap(),
            serde_saphyr::from_str("{answer: How many?, is: 3}").unwrap(),
        ],
        ..exercise(2, "image: a")
    };
    assert!(
        recall(&mixed, &mut Memory::default(), 0).is_none(),
        "it has to be looked at"
    );
    let book = Book {
        images: vec![image("a1", 9, 1, &["nginx:1.26"])],
        ..Book::default()
    };
    let mut memory = Memory::default();
    let look = |memory: &mut Memory| block_on(crate::evaluate(&mixed, &book, memory, 1));
    let before = look(&mut memory);
    assert_eq!(before.points, 1);
    assert_eq!(before.outcomes[1].field.as_deref(), Some("missing"));
    let judged = block_on(judge(&mixed, 1, &typed("3"), &book)).unwrap();
    memory.answer(&mixed, judged);
    let after = look(&mut memory);
    assert_eq!((after.passed, after.points), (true, 2));
    assert_eq!(after.outcomes[1].state, OutcomeState::Met);
}
