//! What a learner's Dockerfile and `.dockerignore` may be: anything. Reading them does not panic, and costs no more than
//! their length.
//!
//! These stand in for a fuzzer where none can be assumed: each input is named by a number, so one that fails can be had again.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use drydock_lesson::expect::Expectation;
use futures::executor::block_on;

use super::{STARTED, check, expectation};
use crate::chance::Chance;
use crate::facts::PathFact;
use crate::facts::book::Book;

/// How long one input may take, without optimisation and on a machine that does much else.
const SOON: Duration = Duration::from_secs(5);

/// All that is asked of a Dockerfile.
const ASKED: [&str; 2] = [
    "{dockerfile: D, stages: {max: 3}, final_from: '*', copies_from: '*', user: non-root, no_latest: true, exec_form: true}",
    "{dockerfile: D, before: ['^FROM', '^COPY', '^RUN'], exec_form: true}",
];

const DOCKERFILES: [&str; 3] = [
    "# syntax=docker/dockerfile:1\nARG N=20\nFROM node:${N:-18}-slim AS build\nCOPY package*.json ./\nRUN npm ci \\\n  # all\n  && true\nRUN <<EOF\nFROM x\nEOF\nFROM nginx\nCOPY --from=build /a /b\nUSER \"a:b\"\nCMD [\"nginx\", \"-g\"]\n",
    "# escape=`\nFROM a AS b\nENV A=1 B=\"2 3\" C ${A}\nUSER $A\nFROM b\nADD --chown=1:1 x y\nENTRYPOINT x `\n y\nHEALTHCHECK CMD true\nONBUILD RUN x\n",
    "FROM --platform=$BUILDPLATFORM a@sha256:00\nCOPY <<A <<-\"B\" /c/\na\nA\n\tb\n\tB\nSHELL [\"a\"]\n",
];

const PIECES: [&str; 30] = [
    "FROM ",
    "AS ",
    "COPY --from=",
    "RUN <<EOF\n",
    "EOF\n",
    "<<-'A' <<B",
    "\\\n",
    "`\n",
    "# escape=`\n",
    "# syntax=\n",
    "${",
    "${A:-",
    "${A:+${B}}",
    "}",
    "$A",
    "ARG A=",
    "ENV A=$A$A$A$A\n",
    "USER ",
    "CMD [\"",
    "\"]\n",
    "[\"\\u0000\"]",
    "\"",
    "'",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "ü",
    "\r\n",
    "\t",
    "ONBUILD ",
];

const IGNORES: [&str; 3] = [
    "node_modules\n!node_modules/b\n**/*.js\n# x\n",
    "*\n!src/**\nsrc/[a-c]?\n/abs/\n../x\n",
    "**/a/**/b\n\\!x\n[^a]\n!",
];

const IGNORE_PIECES: [&str; 20] = [
    "**", "*", "?", "[", "]", "[^", "[a-", "-", "\\", "/", "!", "#", "..", "./", "\n", "\r", "\0", "ü", "{",
    "(a+)+$",
];

/// Whether it ends in time, whatever it comes to.
fn ends(files: &[(&str, String)], asked: &[Expectation], which: &str) {
    let file = |text: &String| PathFact::File {
        size: text.len() as u64,
        text: text.clone(),
    };
    let book = Book {
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (file(text), 0o644)))
            .collect(),
        ..Book::default()
    };
    for expectation in asked {
        let begun = Instant::now();
        let found = block_on(check(&expectation.matcher, &expectation.messages, &book, STARTED));
        assert!(begun.elapsed() < SOON, "{which}: {:?}", begun.elapsed());
        if let Ok(Some(failure)) = found {
            let length = failure.message.chars().count();
            assert!(length < 4_000, "{which}: a message of {length} letters");
        }
    }
}

fn mutated(chance: &mut Chance, seeds: &[&str], pieces: &[&str]) -> String {
    let pieces: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_bytes()).collect();
    let mut bytes = chance.one(seeds).as_bytes().to_vec();
    chance.mutate(&mut bytes, &pieces);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn any_dockerfile_is_read_or_refused() {
    let asked = ASKED.map(expectation);
    for seed in 0..3_000 {
        let mut chance = Chance::new(seed);
        let text = mutated(&mut chance, &DOCKERFILES, &PIECES);
        ends(&[("D", text)], &asked, &format!("seed {seed}"));
    }
}

#[test]
fn a_dockerfile_as_long_as_is_read_costs_no_more_than_its_length() {
    let asked = ASKED.map(expectation);
    for (number, piece) in PIECES.iter().enumerate() {
        for before in ["", "FROM a\n", "FROM a\nENV A=x\nRUN "] {
            let text = format!("{before}{}", piece.repeat((1 << 20) / piece.len()));
            ends(
                &[("D", text)],
                &asked,
                &format!("piece {number} after {before:?}"),
            );
        }
    }
    // Variables that grow by each other, and stages that stand on each other.
    let doubling = format!("FROM a\nENV A=xx\n{}USER $A\n", "ENV A=$A$A\n".repeat(10_000));
    ends(&[("D", doubling)], &asked, "doubling");
    let mut stages = String::new();
    for n in 1..20_000 {
        writeln!(stages, "FROM s{} AS s{n}", n - 1).unwrap();
    }
    ends(&[("D", stages)], &asked, "stages");
    let circle = "FROM b AS a\nFROM a AS b\nCOPY --from=b x y\n".to_owned();
    ends(&[("D", circle)], &asked, "circle");
}

#[test]
fn any_dockerignore_is_followed_or_refused() {
    let asked = [
        "{build_context: ., excludes: [node_modules, src/a.js], size: {max: 10B}}",
        "{build_context: ., size: {min: 1MB}}",
    ]
    .map(expectation);
    let tree = |ignore: String| {
        [
            (".dockerignore", ignore),
            ("node_modules/a/b/c.js", "x".repeat(100)),
            ("node_modules/b/x", "x".to_owned()),
            ("src/a.js", "x".to_owned()),
            ("src/ü/[a", "x".to_owned()),
        ]
    };
    for seed in 0..2_000 {
        let mut chance = Chance::new(seed);
        let text = mutated(&mut chance, &IGNORES, &IGNORE_PIECES);
        ends(&tree(text), &asked, &format!("seed {seed}"));
    }
    for (number, piece) in IGNORE_PIECES.iter().enumerate() {
        for length in [900, 1 << 20] {
            let text = piece.repeat(length / piece.len());
            ends(&tree(text.clone()), &asked, &format!("piece {number}, {length}"));
            ends(
                &tree(format!("{text}\n").repeat(2)),
                &asked,
                &format!("lines of {number}"),
            );
        }
    }
    // As many patterns as are read, each as hard as it may be.
    let hard = format!("{}\n", "**/*a*b*c".repeat(100)).repeat(290);
    ends(&tree(hard), &asked, "hard patterns");
}
