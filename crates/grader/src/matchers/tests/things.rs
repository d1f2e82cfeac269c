//! What an engine and a registry have besides images and containers.

use std::collections::BTreeMap;

use super::{STARTED, all_in, found, world};
use drydock_lesson::expect::ContainerState;

use crate::facts::book::{Book, container, id, image};
use crate::facts::{ContainerFact, HttpFact, NetworkFact, Pushed, ScriptFact, VolumeFact};

/// What the learner has pushed.
fn pushed() -> BTreeMap<String, Pushed> {
    let image = |name: &str| Pushed {
        manifest: id("e0"),
        image_id: id(name),
    };
    [
        ("registry.example.com/me/nginx:1.26".to_owned(), image("a1")),
        ("registry.example.com/me/other:v2".to_owned(), image("a2")),
    ]
    .into()
}

/// A world with a registry.
fn shelf() -> Book {
    let mut book = world();
    let names = [
        "registry.example.com/me/nginx:1.26",
        "registry.example.com/me/tools:v1",
    ];
    book.images.push(image("e1", STARTED, 5_000, &names));
    book.pushed = Some(pushed());
    book
}

#[test]
fn registry_fields() {
    let said = all_in(
        &shelf(),
        &[
            "registry: registry.example.com/me/nginx:1.26",
            "registry: registry.example.com/me/tools:v1",
            "registry: registry.example.com/me/tools:v2",
            "registry: registry.example.com/me/web",
            "registry: 'registry.example.com/*/nginx:*'",
            "registry: 'registry.example.com/*/tools:*'",
            "registry: 'registry.example.com/*/redis:*'",
            "{registry: registry.example.com/me/nginx:1.26, same_as: nginx:1.26}",
            "{registry: 'registry.example.com/*:1.26', same_as: nginx:1.26}",
            "{registry: registry.example.com/me/other:v2, same_as: nginx:1.26}",
            "{registry: registry.example.com/me/nginx:1.26, same_as: redis:7}",
            "{registry: registry.example.com/me/other:v2, same_as: nginx:1.26, else: {same_as: '${actual.reference}: ${actual.id} (${actual.manifest}), not ${expected.reference}: ${expected.id}'}}",
        ],
    );
    insta::assert_snapshot!(said);
    let mut book = shelf();
    book.pushed = None;
    for name in [
        "registry.example.com/me/nginx:1.26",
        "registry.example.com/*/none:v1",
    ] {
        let none = found(&book, &format!("registry: '{name}'"));
        assert!(
            none.contains("error: this Drydock runs without a registry"),
            "{none}"
        );
    }
}

/// A world with networks, volumes and a Compose project.
fn shop() -> Book {
    let labels = |labels: &[(&str, &str)]| {
        let pairs = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect::<BTreeMap<String, String>>()
    };
    let network = |name: &str, driver: &str, internal: bool| NetworkFact {
        id: format!("{name:0<64}"),
        name: name.to_owned(),
        driver: driver.to_owned(),
        internal,
        labels: labels(&[("tier", name)]),
    };
    let volume = |name: &str| VolumeFact {
        name: name.to_owned(),
        driver: "local".to_owned(),
        labels: labels(&[("owner", "me")]),
    };
    let part = |name: &str, service: &str, state, one_off: &str| {
        let (mut fact, detail) = container(name, state);
        fact.labels = labels(&[
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", service),
            ("com.docker.compose.oneoff", one_off),
        ]);
        fact.networks = ["shop_back".to_owned()].into();
        (fact, detail)
    };
    let mut book = world();
    book.networks = vec![
        network("bridge", "bridge", false),
        network("none", "null", false),
        network("back", "bridge", true),
        network("front", "bridge", false),
    ];
    book.volumes = vec![volume("data"), volume("logs")];
    let (web, job): (&mut ContainerFact, _) = {
        let mut facts = book.containers.iter_mut().map(|(fact, _)| fact);
        (facts.next().unwrap(), facts.next().unwrap())
    };
    web.networks.insert("back".into());
    job.volumes.insert("data".into());
    book.containers
        .push(part("shop-web-1", "web", ContainerState::Running, "False"));
    book.containers
        .push(part("shop-web-2", "web", ContainerState::Running, "False"));
    book.containers
        .push(part("shop-db-1", "db", ContainerState::Exited, "False"));
    book.containers
        .push(part("shop-task-run-1", "task", ContainerState::Exited, "True"));
    book
}

#[test]
fn network_fields() {
    let said = all_in(
        &shop(),
        &[
            "network: back",
            "network: bakc",
            "network: storage",
            "network: 'shop_*'",
            "{network: back, driver: bridge}",
            "{network: back, driver: overlay}",
            "{network: back, internal: true}",
            "{network: back, internal: false}",
            "{network: front, internal: true}",
            "{network: back, attached: web}",
            "{network: back, attached: [web, job-1]}",
            "{network: front, attached: web}",
            "{network: back, labels: {tier: back}}",
            "{network: back, labels: {tier: front}}",
            "{network: '*', internal: true, attached: 'we?'}",
            "{network: back, driver: overlay, else: {driver: '${actual.name} (${actual.id}): ${actual.driver}'}}",
        ],
    );
    insta::assert_snapshot!(said);
    let none = found(&Book::default(), "network: back");
    assert!(none.contains("There is no network of yours yet."), "{none}");
}

#[test]
fn volume_fields() {
    let said = all_in(
        &shop(),
        &[
            "volume: data",
            "volume: dtaa",
            "volume: cache",
            "volume: 'shop_*'",
            "{volume: data, driver: local}",
            "{volume: data, driver: nfs}",
            "{volume: data, attached: 'job-*'}",
            "{volume: data, attached: web}",
            "{volume: logs, attached: web}",
            "{volume: data, labels: [owner]}",
            "{volume: data, labels: {owner: you}}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn compose_fields() {
    let said = all_in(
        &shop(),
        &[
            "compose: shop",
            "compose: shpo",
            "compose: blog",
            "{compose: shop, services: [web, db]}",
            "{compose: shop, services: {web: running, db: [exited, created]}}",
            "{compose: shop, services: {web: running, db: running}}",
            "{compose: shop, services: {task: exited}}",
            "{compose: shop, services: [cache]}",
            "{compose: '*', services: {web: paused}}",
            "{compose: shop, services: [cache], else: {services: '${actual.name} has ${actual.services}'}}",
        ],
    );
    insta::assert_snapshot!(said);
    let none = found(&world(), "compose: shop");
    assert!(none.contains("No Compose project has a container yet."), "{none}");
}

#[test]
fn http_fields() {
    let mut book = world();
    let answer = |status, text: &str| HttpFact::Answer {
        status,
        text: text.to_owned(),
    };
    book.answers = [
        ("8080/".to_owned(), answer(200, "<h1>Hello</h1>\n<p>ann</p>")),
        ("8080/none".to_owned(), answer(404, "not found")),
        ("8080/broken".to_owned(), answer(500, "")),
        ("8080/proxy".to_owned(), answer(502, "")),
        ("9000/".to_owned(), HttpFact::Silent),
        ("9001/".to_owned(), HttpFact::Nonsense),
    ]
    .into();
    let said = all_in(
        &book,
        &[
            "http: 8080",
            "http: 80",
            "http: 9000",
            "http: 9001",
            "{http: 8080, status: 200, has: [Hello, '<p>\\w+</p>']}",
            "{http: 8080/none, status: 200}",
            "{http: 8080/broken, status: {max: 399}}",
            "{http: 8080/proxy, status: 200}",
            "{http: 8080, has: Welcome}",
            "{http: 8080/none, status: 200, else: {missing: none, status: '${actual.path} on ${actual.port}: ${actual.status}, not ${expected}'}}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn script_fields() {
    let mut book = world();
    let ended = |exit, output: &str| ScriptFact {
        exit,
        output: output.to_owned(),
    };
    book.scripts = [
        ("good".to_owned(), ended(0, "say: all is well\n")),
        ("bad `x`".to_owned(), ended(3, "some\noutput\n")),
        (
            "says".to_owned(),
            ended(1, "say: first\nsay: `b` is \u{1b}[31mnot there\nmore\n"),
        ),
        ("slow".to_owned(), ended(124, "")),
    ]
    .into();
    let said = all_in(
        &book,
        &[
            "script: good",
            "{script: good, exit: {min: 1}}",
            "script: 'bad `x`'",
            "{script: 'bad `x`', exit: 3}",
            "script: says",
            "script: slow",
            "{script: says, exit: 0, else: {exit: '${actual.exit} is not ${expected}: ${actual.said}'}}",
        ],
    );
    insta::assert_snapshot!(said);
}
