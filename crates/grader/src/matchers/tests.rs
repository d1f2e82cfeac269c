//! Every field of every matcher, met and unmet, with its message.

mod anything;
mod builds;
mod things;

use drydock_lesson::expect::{ContainerState, Expectation, Health, PublishedPort};
use futures::executor::block_on;

use super::check;
use crate::facts::book::{Book, container, id, image};
use crate::facts::{CommandFact, ImageDetail, MountFact, PathFact};

/// The exercise began then.
const STARTED: i64 = 1_000_000;

fn world() -> Book {
    let base = ImageDetail {
        layers: vec!["l1".into(), "l2".into()],
        ..ImageDetail::default()
    };
    let app = ImageDetail {
        layers: vec!["l1".into(), "l2".into(), "l3".into()],
        cmd: vec!["python".into(), "app.py".into()],
        entrypoint: vec!["/bin/sh".into(), "-c".into(), "exec  start.sh".into()],
        user: "app:app".into(),
        workdir: "/app/".into(),
        env: [("PORT".to_owned(), "8080".to_owned())].into(),
        labels: [("owner".to_owned(), "me".to_owned())].into(),
        exposes: ["8080/tcp".to_owned(), "53/udp".to_owned()].into(),
    };
    let web = {
        let (fact, mut detail) = container("web", ContainerState::Running);
        detail.ports = vec!["0.0.0.0:8080:80".parse::<PublishedPort>().unwrap()];
        detail.env = [("MODE".to_owned(), "prod".to_owned())].into();
        detail.mounts = vec![
            MountFact {
                source: "data".into(),
                target: "/var/lib".into(),
                read_only: false,
            },
            MountFact {
                source: "/home/learner/site".into(),
                target: "/srv".into(),
                read_only: true,
            },
        ];
        detail.health = Health::Starting;
        detail.restart = "on-failure:3".into();
        (fact, detail)
    };
    let job = {
        let (mut fact, mut detail) = container("job-1", ContainerState::Exited);
        fact.image = "busybox".into();
        fact.image_id = id("b0");
        detail.exit_code = 3;
        (fact, detail)
    };
    let logs = (job.0.id.clone(), "starting\nfailed: no such file\n".to_owned());
    let file = |text: &str| {
        (
            PathFact::File {
                size: text.len() as u64,
                text: text.to_owned(),
            },
            0o644,
        )
    };
    Book {
        images: vec![
            image("f0", STARTED + 5, 90_000_000, &["my-app:v1", "my-app:latest"]),
            image("d0", STARTED + 1, 1_000, &[]),
            image("a1", STARTED - 50, 70_000_000, &["nginx:1.26", "my-nginx:v1.0"]),
            image("a2", STARTED - 60, 60_000_000, &["nginx:1.22", "other:v1.0"]),
            image("b1", STARTED - 70, 80_000_000, &["python:3.13-slim"]),
        ],
        details: [
            (id("f0"), app),
            (id("b1"), base.clone()),
            (id("a1"), ImageDetail::default()),
            (id("a2"), base),
        ]
        .into(),
        history: [(
            id("f0"),
            vec![
                "FROM debian".into(),
                "RUN pip install flask".into(),
                "COPY . .".into(),
            ],
        )]
        .into(),
        containers: vec![web, job],
        logs: [logs].into(),
        files: [
            (
                "Dockerfile".to_owned(),
                file("FROM python:latest\nCOPY app.py .\n"),
            ),
            ("empty".to_owned(), file("")),
            ("src".to_owned(), (PathFact::Folder, 0o755)),
        ]
        .into(),
        commands: vec![
            CommandFact {
                command: "docker images".into(),
                exit: 0,
            },
            CommandFact {
                command: "docker rmi nginx".into(),
                exit: 1,
            },
        ],
        ..Book::default()
    }
}

fn expectation(yaml: &str) -> Expectation {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
}

/// What is found, in a few lines.
fn found(book: &Book, yaml: &str) -> String {
    let expectation = expectation(yaml);
    match block_on(check(&expectation.matcher, &expectation.messages, book, STARTED)) {
        Ok(None) => format!("{yaml}\n  met"),
        Ok(Some(failure)) => format!(
            "{yaml}\n  {}: expected {}, actual {}\n  {}",
            failure.field,
            failure.expected.as_deref().unwrap_or("–"),
            failure.actual.as_deref().unwrap_or("–"),
            failure.message(&expectation.messages)
        ),
        Err(error) => format!("{yaml}\n  error: {error}"),
    }
}

fn all(yaml: &[&str]) -> String {
    all_in(&world(), yaml)
}

fn all_in(book: &Book, yaml: &[&str]) -> String {
    yaml.iter()
        .map(|yaml| found(book, yaml))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn image_fields() {
    let found = all(&[
        "image: nginx:1.26",
        "image: nginx",
        "image: nginx:1.27",
        "image: my-ngnix:v1.0",
        "image: redis:7",
        "image: '*:v9'",
        "image: 'redis:*'",
        "{image: my-nginx:v1.0, same_as: nginx:1.26}",
        "{image: other:v1.0, same_as: nginx:1.26}",
        "{image: my-app:v1, same_as: nginx:1.26}",
        "{image: '*:v1.0', same_as: nginx:1.26}",
        "{image: '*:v1.0', same_as: python:3.13-slim}",
        "{image: '*:v1.0', same_as: redis:7}",
        "{image: 'nginx:*', same_as: nginx:1.26}",
        "{image: my-app:v1, based_on: python:3.13-slim}",
        "{image: my-app:v1, based_on: nginx:1.26}",
        "{image: python:3.13-slim, based_on: python:3.13-slim}",
        "{image: nginx:1.26, based_on: python:3.13-slim}",
        "{image: my-app:v1, layers: {max: 3}}",
        "{image: my-app:v1, layers: {max: 2}}",
        "{image: my-app:v1, size: {max: 90MB}}",
        "{image: my-app:v1, size: {max: 50MB}}",
        "{image: nginx:1.26, smaller_than: python:3.13-slim}",
        "{image: my-app:v1, smaller_than: python:3.13-slim}",
        "{image: my-app:v1, smaller_than: redis:7}",
        "{image: my-app:v1, cmd: python app.py}",
        "{image: my-app:v1, cmd: [python, other.py]}",
        "{image: my-app:v1, entrypoint: exec start.sh}",
        "{image: my-app:v1, entrypoint: [start.sh]}",
        "{image: my-app:v1, user: app}",
        "{image: my-app:v1, user: non-root}",
        "{image: my-app:v1, user: root}",
        "{image: nginx:1.26, user: non-root}",
        "{image: my-app:v1, workdir: /app}",
        "{image: my-app:v1, workdir: /srv}",
        "{image: my-app:v1, env: {PORT: '8080'}}",
        "{image: my-app:v1, env: {PORT: '80'}}",
        "{image: my-app:v1, env: [DEBUG]}",
        "{image: nginx:1.26, env: {PORT: ~}}",
        "{image: my-app:v1, labels: [owner]}",
        "{image: my-app:v1, labels: {owner: you}}",
        "{image: my-app:v1, exposes: [8080, 53/udp]}",
        "{image: my-app:v1, exposes: 80}",
        "{image: my-app:v1, history: {has: pip install}}",
        "{image: my-app:v1, history: {has: npm install}}",
        "{image: my-app:v1, history: {has_not: 'COPY \\. \\.'}}",
        "{image: my-app:v1, created_after: start}",
        "{image: nginx:1.26, created_after: start}",
        "{image: nginx:1.26, created_after: nginx:1.22}",
        "{image: nginx:1.22, created_after: nginx:1.26}",
        "{image: nginx:1.22, created_after: 2026-01-01}",
        "{image: 'nginx:*', count: 2}",
        "{image: 'nginx:*', count: 1}",
        "{image: 'nginx:*', count: {min: 3}}",
        "{image: 'nginx:*', count: 0}",
        "{image: 'redis:*', count: 0}",
        "{image: 'redis:*', count: 1}",
        "{image: '*:v1.0', same_as: nginx:1.26, count: {min: 2}}",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn dangling_fields() {
    let found = all(&[
        "dangling: true",
        "{dangling: true, count: 1}",
        "{dangling: true, count: {min: 2}}",
        "dangling: false",
    ]);
    insta::assert_snapshot!(found);
    let none = self::found(&Book::default(), "dangling: true");
    assert!(none.contains("No image is without a tag."), "{none}");
}

#[test]
fn container_fields() {
    let found = all(&[
        "container: web",
        "container: wbe",
        "container: database",
        "container: 'db-*'",
        "{container: web, image: nginx:1.26}",
        "{container: web, image: my-nginx:v1.0}",
        "{container: web, image: nginx:1.22}",
        "{container: web, state: running}",
        "{container: web, state: [exited, paused]}",
        "{container: job-1, state: running}",
        "{container: job-1, exit_code: 3}",
        "{container: job-1, exit_code: 0}",
        "{container: web, exit_code: 0}",
        "{container: web, health: starting}",
        "{container: web, health: healthy}",
        "{container: job-1, health: healthy}",
        "{container: web, ports: [80, '8080:80', '0.0.0.0:8080:80']}",
        "{container: web, ports: '80:8080'}",
        "{container: web, ports: '8081:80'}",
        "{container: job-1, ports: 80}",
        "{container: web, env: {MODE: prod}}",
        "{container: web, env: {MODE: test}}",
        "{container: web, mounts: [/var/lib, 'data:/var/lib:rw', './site:/srv:ro']}",
        "{container: web, mounts: /data}",
        "{container: web, mounts: 'other:/var/lib'}",
        "{container: web, mounts: 'data:/var/lib:ro'}",
        "{container: web, mounts: './site:/srv:rw'}",
        "{container: web, networks: bridge}",
        "{container: web, networks: [bridge, back]}",
        "{container: web, restart: on-failure}",
        "{container: web, restart: always}",
        "{container: web, command: nginx -g daemon off;}",
        "{container: web, command: [nginx]}",
        "{container: job-1, logs: {has: '^failed'}}",
        "{container: job-1, logs: {has: done}}",
        "{container: job-1, logs: {has_not: failed}}",
        "{container: '*', state: exited, exit_code: 3}",
        "{container: '*', state: exited, exit_code: 0}",
    ]);
    insta::assert_snapshot!(found);
    let none = self::found(&Book::default(), "container: web");
    assert!(none.contains("There is no container yet."), "{none}");
    let any = self::found(&Book::default(), "{container: '*', state: exited}");
    assert!(any.contains("expected a container,"), "{any}");
}

#[test]
fn file_fields() {
    let found = all(&[
        "file: Dockerfile",
        "file: dockerfile",
        "file: src",
        "{file: Dockerfile, has: ['^FROM', 'app\\.py']}",
        "{file: Dockerfile, has: '^CMD'}",
        "{file: empty, has: '^CMD'}",
        "{file: Dockerfile, has_not: ':latest'}",
        "{file: Dockerfile, has_not: ':3'}",
        "{file: Dockerfile, size: {min: 1}}",
        "{file: Dockerfile, size: {max: 10}}",
        "{file: Dockerfile, mode: 0644}",
        "{file: Dockerfile, mode: 0755}",
        "{file: Dockerfile, has: CMD, else: {has: '${actual.path} of ${actual.size} has the mode ${actual.mode}'}}",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn ran_fields() {
    let found = all(&[
        "ran: '^docker\\s+images'",
        "ran: '^docker\\s+ps'",
        "{ran: docker rmi, exit: 1}",
        "{ran: docker rmi, exit: {min: 1}}",
        "{ran: docker rmi, exit: 0}",
        "{ran: docker, exit: 0}",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn an_authors_messages_are_filled_in() {
    let found = all(&[
        "{image: redis, else: 'pull it'}",
        "{image: redis, else: {missing: '${expected} please'}}",
        "{image: '*:v1.0', same_as: python:3.13-slim, else: {missing: no, same_as: '`${actual.reference}` is ${actual.id}, not ${expected.id}.'}}",
        "{image: my-app:v1, size: {max: 1MB}, else: '${actual.layers} layers by ${actual.user} in ${actual.workdir}, made ${actual.created}: ${actual} against ${expected}'}",
        "{image: my-app:v1, based_on: nginx:1.22, same_as: my-app:latest, smaller_than: nginx:1.22, else: '${expected.reference} has ${expected.layers} layers and ${expected.size}'}",
        "{container: job-1, state: running, else: {state: '${actual.name} (${actual.image}) ended with ${actual.exit_code}'}}",
        "{ran: docker rmi, exit: 0, else: {exit: '${actual.command} → ${actual.exit}'}}",
        "{dangling: false, else: {count: '${actual.count}: ${actual.id}'}}",
        "{image: redis, else: 'nothing is ${actual.id}'}",
    ]);
    insta::assert_snapshot!(found);
}

#[test]
fn the_candidate_that_got_furthest_is_the_one_that_is_spoken_of() {
    let mut book = world();
    // The newest of three is the worst.
    book.images
        .insert(0, image("c9", STARTED + 9, 10, &["my-app:v9"]));
    let found = found(
        &book,
        "{image: 'my-app:*', based_on: python:3.13-slim, user: root}",
    );
    assert!(found.contains("`my-app:v1` runs as `app:app`"), "{found}");
}

#[test]
fn thousands_of_images_and_huge_texts_cost_little() {
    let mut book = world();
    let huge = "x`\u{1b}]0;".repeat(200_000);
    book.images = (0..5_000)
        .map(|n| image(&format!("{n}"), n, 1, &[&format!("spam/{n}:v1.0")]))
        .collect();
    book.details = book
        .images
        .iter()
        .map(|image| {
            (
                image.id.clone(),
                ImageDetail {
                    user: huge.clone(),
                    ..ImageDetail::default()
                },
            )
        })
        .take(100)
        .collect();
    let begun = std::time::Instant::now();
    let found = found(&book, "{image: '*:v1.0', user: node}");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    assert!(found.len() < 1_000, "{} bytes", found.len());
    assert!(!found.contains('\u{1b}'), "{found}");
    let message = found.lines().last().unwrap();
    assert_eq!(message.matches('`').count() % 2, 0, "backticks pair: {message}");
}

#[test]
fn an_expression_over_a_megabyte_is_quick() {
    let mut book = world();
    let text = "a".repeat(1_000_000);
    book.files.insert(
        "big".into(),
        (
            PathFact::File {
                size: 1_000_000,
                text,
            },
            0o644,
        ),
    );
    let begun = std::time::Instant::now();
    let found = found(&book, "{file: big, has: '(a+)+b'}");
    assert!(found.contains("has: expected"), "{found}");
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
