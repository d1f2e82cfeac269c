//! What an engine and a registry have besides images and containers.

use std::collections::BTreeMap;

use super::{STARTED, all_in, found, world};
use crate::facts::Pushed;
use crate::facts::book::{Book, id, image};

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
