//! Every field of every matcher on a real engine: met by what is there, and unmet with its message by what is not.
//!
//! One sandbox has one of everything; the table is evaluated against it. That no field is left out is checked as well.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drydock_grader::facts::{Facts, Journal, Live};
use drydock_grader::{Memory, Pushed, Pushes, evaluate};
use drydock_lesson::expect::{
    ArchiveExpect, BuildContextExpect, ComposeExpect, ContainerExpect, DanglingExpect, DockerfileExpect,
    Expectation, FileExpect, HttpExpect, ImageExpect, NetworkExpect, RanExpect, RegistryExpect, ScriptExpect,
    VolumeExpect,
};
use drydock_sandbox::Sandbox;
use futures::SinkExt;
use regex::Regex;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::watch::{Shelf, exercise};
use crate::whole::{Room, output};

/// How long what was typed may take to be known.
const PATIENCE: Duration = Duration::from_secs(30);

/// What holds, with every field of every matcher.
const MET: &[&str] = &[
    "{image: 'mine:v1', same_as: 'tool:v1'}",
    "{image: 'app:v1', based_on: 'tool:v1', layers: {min: 2, max: 5}, size: {min: 1MB, max: 90MB}}",
    "{image: 'tool:v1', smaller_than: 'app:v1'}",
    "{image: 'app:v1', cmd: ['-c', sleep 1], entrypoint: [/usr/bin/bash], user: '1000', workdir: /work, env: {PORT: '8080'}, labels: [owner], exposes: [8080, 53/udp]}",
    "{image: 'app:v1', history: {has: '^COPY /built', has_not: curl}, created_after: 'tool:v1'}",
    "{image: '*:v1', count: {min: 4}}",
    "{dangling: true, count: 1}",
    "{container: web, image: 'tool:v1', state: running, health: healthy, ports: '8080:80', env: {MODE: prod}, mounts: 'data:/data', networks: [front, back], restart: 'on-failure:3', command: [bash, '-c', echo ready; sleep 600], logs: {has: ready}}",
    "{container: 'jo?', state: exited, exit_code: 3, logs: {has: failed, has_not: ready}}",
    "{network: front, driver: bridge, internal: false, attached: web, labels: {tier: front}}",
    "{network: back, internal: true}",
    "{volume: data, driver: local, attached: web, labels: [owner]}",
    "{compose: shop, services: {web: running, job: exited}}",
    "{registry: 'registry.example.com/me/tool:v1', same_as: 'tool:v1'}",
    "{file: notes.txt, has: ['^one', two], has_not: three, size: {max: 1kB}}",
    "{file: run.sh, mode: 0755}",
    "{dockerfile: app/Dockerfile, stages: 2, final_from: 'tool:v1', copies_from: build, user: non-root, before: ['^ENV', '^COPY'], no_latest: true, exec_form: true}",
    "{build_context: app, excludes: node_modules, size: {max: 10kB}}",
    "{archive: tool.tar, holds_image: 'tool:v1', same_as: 'mine:v1'}",
    "{archive: root.tar, is_filesystem: true}",
    "{http: 8090, status: 404, has: it works}",
    "{ran: '^docker images', exit: 0}",
    "{script: 'test -f notes.txt', exit: 0}",
    "absent: {container: gone}",
];

/// What does not hold, and the field at which it is found out.
const UNMET: &[(&str, &str)] = &[
    ("{image: 'none:v1'}", "missing"),
    ("{image: 'app:v1', same_as: 'tool:v1'}", "same_as"),
    ("{image: 'mine:v1', based_on: 'tool:v1'}", "based_on"),
    ("{image: 'app:v1', layers: {max: 1}}", "layers"),
    ("{image: 'app:v1', size: {max: 1kB}}", "size"),
    ("{image: 'app:v1', smaller_than: 'tool:v1'}", "smaller_than"),
    ("{image: 'app:v1', cmd: python app.py}", "cmd"),
    ("{image: 'app:v1', entrypoint: [/start.sh]}", "entrypoint"),
    ("{image: 'tool:v1', user: non-root}", "user"),
    ("{image: 'app:v1', workdir: /app}", "workdir"),
    ("{image: 'app:v1', env: {PORT: '80'}}", "env"),
    ("{image: 'app:v1', labels: {owner: you}}", "labels"),
    ("{image: 'app:v1', exposes: 80}", "exposes"),
    ("{image: 'app:v1', history: {has_not: '^COPY'}}", "history"),
    ("{image: 'tool:v1', created_after: '2999-01-01'}", "created_after"),
    ("{image: '*:v1', count: {max: 1}}", "count"),
    ("{dangling: false}", "count"),
    ("{container: wbe}", "missing"),
    ("{container: web, image: 'app:v1'}", "image"),
    ("{container: web, state: exited}", "state"),
    ("{container: job, exit_code: 0}", "exit_code"),
    ("{container: job, health: healthy}", "health"),
    ("{container: web, ports: '80:80'}", "ports"),
    ("{container: web, env: {MODE: test}}", "env"),
    ("{container: web, mounts: /srv}", "mounts"),
    ("{container: job, networks: front}", "networks"),
    ("{container: web, restart: always}", "restart"),
    ("{container: web, command: sleep 60}", "command"),
    ("{container: job, logs: {has: ready}}", "logs"),
    ("{network: fornt}", "missing"),
    ("{network: front, driver: overlay}", "driver"),
    ("{network: front, internal: true}", "internal"),
    ("{network: front, attached: job}", "attached"),
    ("{network: front, labels: {tier: back}}", "labels"),
    ("{volume: dta}", "missing"),
    ("{volume: data, driver: nfs}", "driver"),
    ("{volume: data, attached: job}", "attached"),
    ("{volume: data, labels: {owner: you}}", "labels"),
    ("{compose: market}", "missing"),
    ("{compose: shop, services: {web: exited}}", "services"),
    ("{registry: 'registry.example.com/me/app:v1'}", "missing"),
    (
        "{registry: 'registry.example.com/me/tool:v1', same_as: 'app:v1'}",
        "same_as",
    ),
    ("{file: note.txt}", "missing"),
    ("{file: notes.txt, has: three}", "has"),
    ("{file: notes.txt, has_not: two}", "has_not"),
    ("{file: notes.txt, size: {min: 1kB}}", "size"),
    ("{file: notes.txt, mode: 0755}", "mode"),
    ("{dockerfile: Dockerfile}", "missing"),
    ("{dockerfile: slip}", "syntax"),
    ("{dockerfile: list/Dockerfile, stages: 2}", "stages"),
    ("{dockerfile: app/Dockerfile, final_from: 'app:*'}", "final_from"),
    ("{dockerfile: list/Dockerfile, copies_from: '*'}", "copies_from"),
    ("{dockerfile: list/Dockerfile, user: non-root}", "user"),
    (
        "{dockerfile: list/Dockerfile, before: ['^COPY list', '^COPY \\. ']}",
        "before",
    ),
    ("{dockerfile: list/Dockerfile, no_latest: true}", "no_latest"),
    ("{dockerfile: list/Dockerfile, exec_form: true}", "exec_form"),
    ("{build_context: site}", "missing"),
    ("{build_context: app, excludes: Dockerfile}", "excludes"),
    ("{build_context: ., size: {max: 1kB}}", "size"),
    ("{archive: none.tar}", "missing"),
    ("{archive: notes.txt}", "format"),
    ("{archive: cut.tar}", "format"),
    ("{archive: tool.tar, holds_image: 'app:v1'}", "holds_image"),
    ("{archive: root.tar, holds_image: 'tool:v1'}", "holds_image"),
    ("{archive: tool.tar, same_as: 'app:v1'}", "same_as"),
    ("{archive: tool.tar, is_filesystem: true}", "is_filesystem"),
    ("{http: 8099}", "missing"),
    ("{http: 8090, status: 200}", "status"),
    ("{http: 8090, has: hello}", "has"),
    ("{ran: '^docker pull'}", "missing"),
    ("{ran: '^docker inspect nothing', exit: 0}", "exit"),
    ("{script: 'echo \"say: it is not there\"; exit 3'}", "exit"),
    ("absent: {container: web}", "present"),
    ("absent: {container: never}", "unseen"),
];

/// The matchers and their fields, `missing` aside.
fn all_fields() -> BTreeSet<(&'static str, &'static str)> {
    let tables: [(&str, &[&str]); 14] = [
        ("image", &ImageExpect::FIELDS),
        ("dangling", &DanglingExpect::FIELDS),
        ("container", &ContainerExpect::FIELDS),
        ("network", &NetworkExpect::FIELDS),
        ("volume", &VolumeExpect::FIELDS),
        ("compose", &ComposeExpect::FIELDS),
        ("registry", &RegistryExpect::FIELDS),
        ("file", &FileExpect::FIELDS),
        ("dockerfile", &DockerfileExpect::FIELDS),
        ("build_context", &BuildContextExpect::FIELDS),
        ("archive", &ArchiveExpect::FIELDS),
        ("http", &HttpExpect::FIELDS),
        ("script", &ScriptExpect::FIELDS),
        ("ran", &RanExpect::FIELDS),
    ];
    tables
        .into_iter()
        .flat_map(|(matcher, fields)| fields.iter().map(move |field| (matcher, *field)))
        .collect()
}

fn expectation(yaml: &str) -> Expectation {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
}

#[test]
fn the_table_has_every_field_both_ways() {
    let met: BTreeSet<(&str, &str)> = MET
        .iter()
        .map(|yaml| expectation(yaml))
        .flat_map(|expectation| {
            let matcher = expectation.matcher.key();
            let asked = expectation.matcher.asked();
            asked.into_iter().map(move |field| (matcher, field))
        })
        .collect();
    let unmet: BTreeSet<(&str, &str)> = UNMET
        .iter()
        .map(|(yaml, field)| (expectation(yaml).matcher.key(), *field))
        .collect();
    let all = all_fields();
    let missing = |known: &BTreeSet<(&'static str, &'static str)>| -> Vec<_> {
        all.difference(known).copied().collect()
    };
    assert!(missing(&met).is_empty(), "none that holds: {:?}", missing(&met));
    assert!(
        missing(&unmet).is_empty(),
        "none that does not: {:?}",
        missing(&unmet)
    );
    for (matcher, _) in &all {
        let has_missing = unmet.contains(&(*matcher, "missing"));
        assert!(
            has_missing || matches!(*matcher, "dangling" | "script"),
            "{matcher}"
        );
    }
}

/// Types a line, and waits until it is known how it ended.
async fn type_line(sandbox: &Sandbox, line: &str) {
    let mut terminal = sandbox.agent().terminal("main").await.unwrap();
    terminal
        .send(Message::binary(format!("{line}\n").into_bytes()))
        .await
        .unwrap();
    let known = async {
        loop {
            let journal = Journal::default();
            let facts = Live::new(sandbox, &journal, None);
            let commands = facts.commands().await.unwrap();
            if commands.iter().any(|known| known.command == line) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, known).await.expect("the command is known");
}

/// A text without what is different each time.
fn steady(text: &str) -> String {
    let patterns = [
        (r"\b[0-9a-f]{12}\b", "(id)"),
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d UTC", "(time)"),
        (r"\b\d+(\.\d+)? ?[kM]B\b", "(size)"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, steady)| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *steady)
            .into_owned()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_matcher_is_met_and_unmet_on_a_real_engine() {
    let (_room, sandbox) = Room::open((184, 191)).await;
    output(&sandbox, include_str!("table/setup.sh")).await;
    type_line(&sandbox, "docker images").await;
    type_line(&sandbox, "docker inspect nothing").await;
    let id = output(&sandbox, "docker image inspect -f '{{.Id}}' tool:v1").await;
    let pushed = Pushed {
        manifest: format!("sha256:{}", "0a".repeat(32)),
        image_id: id.trim().to_owned(),
    };
    let shelf = BTreeMap::from([("registry.example.com/me/tool:v1".to_owned(), pushed)]);
    let shelf: Arc<dyn Pushes> = Arc::new(Shelf(Mutex::new(shelf)));
    let journal = Journal::default();
    let facts = Live::new(&*sandbox, &journal, Some(&*shelf));

    let mut wrong = String::new();
    for yaml in MET {
        let exercise = exercise(vec![expectation(yaml)]);
        let mut memory = Memory::default();
        if exercise.expect[0].absent {
            // It has to be seen first.
            output(&sandbox, "docker create --name gone tool:v1 >/dev/null").await;
            let before = Live::new(&*sandbox, &journal, None);
            evaluate(&exercise, &before, &mut memory, 0).await;
            output(&sandbox, "docker rm gone >/dev/null").await;
        }
        let verdict = evaluate(&exercise, &facts, &mut memory, 0).await;
        if !verdict.passed {
            let _ = writeln!(wrong, "{yaml}: {:#?}", verdict.outcomes);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");

    let mut said = String::new();
    for (yaml, field) in UNMET {
        let exercise = exercise(vec![expectation(yaml)]);
        let verdict = evaluate(&exercise, &facts, &mut Memory::default(), 0).await;
        let outcome = &verdict.outcomes[0];
        let part = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), steady);
        assert_eq!(outcome.field.as_deref(), Some(*field), "{yaml}: {outcome:#?}");
        let message = outcome.message.as_deref().unwrap_or_default();
        assert!(!message.is_empty(), "{yaml}");
        let _ = writeln!(
            said,
            "{yaml}\n  {field}: expected {}, found {}\n  {}",
            part(&outcome.expected),
            part(&outcome.actual),
            steady(message)
        );
    }
    insta::assert_snapshot!(said);
}
