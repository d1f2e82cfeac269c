//! Verdicts: points, what is kept, what is absent, what cannot be read.

use drydock_protocol::page::Check;
use drydock_protocol::verdict::{OutcomeState, Verdict};
use futures::executor::block_on;

use super::{Exercise, evaluate, evaluate_all};
use crate::error::FactError;
use crate::facts::book::{Book, image};
use crate::memory::Memory;

fn exercise(points: u32, expect: &[&str]) -> Exercise {
    let expect = expect
        .iter()
        .map(|yaml| serde_saphyr::from_str(yaml).unwrap())
        .collect();
    Exercise {
        id: "tag".into(),
        points,
        check: Check::Live,
        expect,
    }
}

fn book(references: &[&str]) -> Book {
    Book {
        images: references.iter().map(|name| image("a1", 0, 0, &[name])).collect(),
        ..Book::default()
    }
}

fn verdict(exercise: &Exercise, book: &Book, memory: &mut Memory) -> Verdict {
    block_on(evaluate(exercise, book, memory, 1_000))
}

fn states(verdict: &Verdict) -> Vec<OutcomeState> {
    verdict.outcomes.iter().map(|outcome| outcome.state).collect()
}

#[test]
fn points_are_for_what_holds() {
    let exercise = exercise(10, &["image: a", "{image: b, points: 2}"]);
    let mut memory = Memory::default();
    let some = verdict(&exercise, &book(&["a"]), &mut memory);
    assert_eq!((some.passed, some.points, some.points_max), (false, 3, 10));
    assert_eq!(some.first_unmet().unwrap().label, "image `b:latest` is there");
    let all = verdict(&exercise, &book(&["a", "b"]), &mut memory);
    assert_eq!((all.passed, all.points), (true, 10));
    assert!(all.first_unmet().is_none());
}

#[test]
fn a_pass_is_kept_and_a_hold_lapses() {
    let exercise = exercise(2, &["image: a", "{image: b, mode: hold}"]);
    let mut memory = Memory::default();
    assert!(verdict(&exercise, &book(&["a", "b"]), &mut memory).passed);
    let after = verdict(&exercise, &book(&[]), &mut memory);
    assert_eq!(states(&after), [OutcomeState::WasMet, OutcomeState::Unmet]);
    assert_eq!((after.passed, after.points), (false, 1));
    assert!(
        after.outcomes[0].message.is_some(),
        "what is no longer so is still said"
    );
}

#[test]
fn memory_survives_storage_and_a_changed_lesson() {
    let before = exercise(2, &["image: a", "image: b"]);
    let mut memory = Memory::default();
    verdict(&before, &book(&["a"]), &mut memory);
    let stored = serde_json::to_string(&memory).unwrap();
    insta::assert_snapshot!(stored, @r#"{"started_at":1000,"expectations":{"image a:latest":{"met":true,"seen":false}}}"#);
    let mut memory: Memory = serde_json::from_str(&stored).unwrap();
    let after = exercise(3, &["image: new", "{image: a, else: 'another message'}"]);
    let verdict = verdict(&after, &book(&[]), &mut memory);
    assert_eq!(states(&verdict), [OutcomeState::Unmet, OutcomeState::WasMet]);
}

#[test]
fn twins_are_remembered_apart() {
    let exercise = exercise(
        2,
        &[
            "{image: 'a:*', same_as: b}",
            "{image: 'a:*', same_as: b, mode: hold}",
        ],
    );
    let keys = crate::memory::keys(&exercise.expect);
    assert_eq!(keys, ["image a:* same_as", "image a:* same_as #2"]);
}

#[test]
fn what_is_absent_counts_once_it_was_there() {
    let exercise = exercise(1, &["absent: {image: a}"]);
    let mut memory = Memory::default();
    let never = verdict(&exercise, &book(&[]), &mut memory);
    assert_eq!(never.outcomes[0].field.as_deref(), Some("unseen"));
    let there = verdict(&exercise, &book(&["a"]), &mut memory);
    assert_eq!(there.outcomes[0].field.as_deref(), Some("present"));
    let gone = verdict(&exercise, &book(&[]), &mut memory);
    assert!(gone.passed);
    insta::assert_debug_snapshot!([never, there, gone].map(|verdict| verdict.outcomes));
}

#[test]
fn what_cannot_be_read_is_not_the_learners_fault() {
    let exercise = exercise(2, &["image: a", "{image: b, mode: hold}", "absent: {image: c}"]);
    let mut memory = Memory::default();
    verdict(&exercise, &book(&["a", "b", "c"]), &mut memory);
    let broken = Book {
        broken: Some(FactError::TimedOut {
            what: "the images".into(),
            seconds: 5,
        }),
        ..Book::default()
    };
    let evaluation = block_on(evaluate_all(&exercise, &broken, &mut memory, 1_000));
    assert!(evaluation.again);
    let verdict = evaluation.verdict;
    assert_eq!(
        states(&verdict),
        [OutcomeState::WasMet, OutcomeState::Unmet, OutcomeState::Unmet]
    );
    assert_eq!(
        verdict.outcomes[1].message.as_deref(),
        Some(
            "The images did not come within 5 s: the sandbox is very busy; this is looked at again by itself."
        )
    );
    assert_eq!(verdict.outcomes[1].field, None);
}

#[test]
fn the_first_evaluation_is_the_start() {
    let exercise = exercise(1, &["{image: a, created_after: start}"]);
    let mut memory = Memory::default();
    verdict(&exercise, &book(&[]), &mut memory);
    assert_eq!(memory.started_at, Some(1_000));
    let mut new = book(&["a"]);
    new.images[0].created = 999;
    assert!(!verdict(&exercise, &new, &mut memory).passed);
    new.images[0].created = 1_000;
    assert!(verdict(&exercise, &new, &mut memory).passed);
}

#[test]
fn looking_changes_nothing() {
    let exercise = exercise(3, &["image: a", "absent: {image: b}", "dangling: true"]);
    let mut memory = Memory::default();
    let book = book(&["a", "b"]);
    let first = verdict(&exercise, &book, &mut memory);
    let remembered = memory.clone();
    assert_eq!(verdict(&exercise, &book, &mut memory), first);
    assert_eq!(memory, remembered);
}
