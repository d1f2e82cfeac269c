//! What images are built from, and written to.

use std::fmt::Write;

use super::{all_in, found, world};
use crate::facts::book::{Book, id};
use crate::facts::{ArchiveFact, ArchivedImage, PathFact, TarEnd, TarFact};

fn workspace(files: &[(&str, &str)]) -> Book {
    let file = |text: &str| PathFact::File {
        size: text.len() as u64,
        text: text.to_owned(),
    };
    Book {
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (file(text), 0o644)))
            .collect(),
        ..Book::default()
    }
}

const WEB: &str = "\
# syntax=docker/dockerfile:1
ARG NODE=20
FROM node:${NODE}-slim AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci \\
  # all of it
  && npm cache clean
COPY . .
RUN <<EOF
FROM nowhere
EOF

FROM nginx:1.26
COPY --from=build /app/dist /usr/share/nginx/html
USER nginx
CMD [\"nginx\", \"-g\", \"daemon off;\"]
";

const POOR: &str = "\
FROM python
COPY . .
COPY requirements.txt .
RUN pip install -r requirements.txt
CMD python app.py
";

fn builds() -> Book {
    workspace(&[
        ("web/Dockerfile", WEB),
        ("Dockerfile", POOR),
        ("list/Dockerfile", "FROM busybox:latest\nCMD ['sh']\nUSER root"),
        ("none/Dockerfile", "FROM scratch\nCOPY --from=busybox /bin/sh /sh"),
        (
            "on/Dockerfile",
            "FROM debian:13 AS base\nENV WHO=app\nUSER $WHO\nENTRYPOINT [\"x\"]\nFROM base\nCMD [\"y\"]",
        ),
        ("empty", " \n"),
        ("slip", "FROM busybox\nRNU true\n"),
    ])
}

#[test]
fn dockerfile_fields() {
    let said = all_in(
        &builds(),
        &[
            "dockerfile: Dockerfile",
            "dockerfile: other/Dockerfile",
            "dockerfile: web",
            "dockerfile: empty",
            "dockerfile: slip",
            "{dockerfile: web/Dockerfile, stages: {min: 2}}",
            "{dockerfile: Dockerfile, stages: {min: 2}}",
            "{dockerfile: web/Dockerfile, final_from: 'nginx:*'}",
            "{dockerfile: web/Dockerfile, final_from: 'node:*'}",
            "{dockerfile: on/Dockerfile, final_from: 'debian:13'}",
            "{dockerfile: none/Dockerfile, final_from: scratch}",
            "{dockerfile: web/Dockerfile, copies_from: [build, '0', '*']}",
            "{dockerfile: web/Dockerfile, copies_from: builder}",
            "{dockerfile: none/Dockerfile, copies_from: 'busybox:latest'}",
            "{dockerfile: Dockerfile, copies_from: '*'}",
            "{dockerfile: none/Dockerfile, copies_from: '*'}",
            "{dockerfile: web/Dockerfile, user: nginx}",
            "{dockerfile: web/Dockerfile, user: app}",
            "{dockerfile: on/Dockerfile, user: app}",
            "{dockerfile: list/Dockerfile, user: non-root}",
            "{dockerfile: Dockerfile, user: non-root}",
            "{dockerfile: web/Dockerfile, before: ['^COPY package', 'npm ci', '^COPY \\. ']}",
            "{dockerfile: Dockerfile, before: ['^COPY requirements', '^COPY \\. ']}",
            "{dockerfile: Dockerfile, before: ['^COPY requirements', '^RUN npm']}",
            "{dockerfile: Dockerfile, before: ['^COPY', 'COPY \\. ']}",
            "{dockerfile: web/Dockerfile, before: ['^FROM node', '^CMD']}",
            "{dockerfile: web/Dockerfile, no_latest: true}",
            "{dockerfile: Dockerfile, no_latest: true}",
            "{dockerfile: list/Dockerfile, no_latest: true}",
            "{dockerfile: none/Dockerfile, no_latest: true}",
            "{dockerfile: web/Dockerfile, exec_form: true}",
            "{dockerfile: on/Dockerfile, exec_form: true}",
            "{dockerfile: Dockerfile, exec_form: true}",
            "{dockerfile: list/Dockerfile, exec_form: true}",
            "{dockerfile: none/Dockerfile, exec_form: true}",
            "{dockerfile: web/Dockerfile, stages: 3, else: {stages: '${actual.path}: ${actual.stages} on ${actual.from} as ${actual.user}'}}",
            "{dockerfile: slip, else: {missing: no, syntax: '${actual.path} is wrong: ${actual}'}}",
        ],
    );
    insta::assert_snapshot!(said);
}

#[test]
fn build_context_fields() {
    let big = "x".repeat(20_000);
    let site = [
        ("site/Dockerfile", "FROM busybox"),
        ("site/index.html", "<p>"),
        ("site/node_modules/a/index.js", &big),
        ("site/node_modules/b/index.js", &big),
        ("site/.git/HEAD", "ref"),
        ("site/src/main.js", "1"),
    ];
    let bare = workspace(&site);
    let with = |ignore: &str| {
        let mut files = site.to_vec();
        files.push(("site/.dockerignore", ignore));
        workspace(&files)
    };
    let mut said = all_in(
        &bare,
        &[
            "build_context: site",
            "build_context: other",
            "build_context: site/index.html",
            "{build_context: site, size: {max: 1MB}}",
            "{build_context: site, size: {max: 10kB}}",
            "{build_context: ., size: {max: 10kB}}",
            "{build_context: site, excludes: node_modules}",
            "{build_context: site, size: {max: 1kB}, else: {size: '${actual.path}: ${actual.files} files, ${actual.size}'}}",
        ],
    );
    for (ignore, yaml) in [
        (
            "node_modules\n.git\n",
            "{build_context: site, excludes: [node_modules, .git], size: {max: 1kB}}",
        ),
        (
            "node_modules/*\n",
            "{build_context: site, excludes: node_modules}",
        ),
        (
            "**/*.js\n",
            "{build_context: site, excludes: [node_modules/a, src]}",
        ),
        (
            "node_modules/a\n",
            "{build_context: site, excludes: node_modules}",
        ),
        (
            "node_modules\n!node_modules/b\n",
            "{build_context: site, excludes: node_modules}",
        ),
        (
            "node_modules\n!README.md\n",
            "{build_context: site, excludes: node_modules}",
        ),
        (".env\n", "{build_context: site, excludes: .env}"),
        ("*.env\n", "{build_context: site, excludes: secrets/.env}"),
        ("node_modules\n", "{build_context: site, size: {max: 10B}}"),
        ("[node_modules\n", "{build_context: site, excludes: node_modules}"),
    ] {
        let _ = write!(said, "\n{ignore:?}: {}", found(&with(ignore), yaml));
    }
    insta::assert_snapshot!(said);
}

/// A world with what `docker save` and `docker export` have written, and with what they have not.
fn archives() -> Book {
    let tar = |names: &[&str], of: &str| {
        let image = ArchivedImage {
            names: names.iter().map(|name| name.parse().unwrap()).collect(),
            id: Some(id(of)),
        };
        TarFact {
            images: vec![image],
            is_image: true,
            is_filesystem: false,
            top: vec!["blobs".into(), "manifest.json".into()],
            end: TarEnd::Whole,
        }
    };
    let without_images = |top: &[&str], is_filesystem| TarFact {
        images: Vec::new(),
        is_image: false,
        is_filesystem,
        top: top.iter().map(|&name| name.to_owned()).collect(),
        end: TarEnd::Whole,
    };
    let mut cut = tar(&["nginx:1.26"], "a1");
    cut.end = TarEnd::Cut;
    let mut endless = without_images(&["x"], false);
    endless.end = TarEnd::More;
    let mut book = world();
    book.archives = [
        ("nginx.tar", ArchiveFact::Tar(tar(&["nginx:1.26"], "a1"))),
        (
            "two.tar",
            ArchiveFact::Tar(tar(&["nginx:1.22", "other:v1.0"], "a2")),
        ),
        ("id.tar", ArchiveFact::Tar(tar(&[], "a1"))),
        (
            "root.tar",
            ArchiveFact::Tar(without_images(&[".dockerenv", "bin"], true)),
        ),
        ("site.tar", ArchiveFact::Tar(without_images(&["site"], false))),
        ("nothing.tar", ArchiveFact::Tar(without_images(&[], false))),
        ("endless.tar", ArchiveFact::Tar(endless)),
        ("cut.tar", ArchiveFact::Tar(cut)),
        ("nginx.tar.gz", ArchiveFact::Compressed("gzip")),
        ("empty.tar", ArchiveFact::Empty),
        ("notes.txt", ArchiveFact::Other),
        ("folder", ArchiveFact::Folder),
    ]
    .map(|(path, fact)| (path.to_owned(), fact))
    .into();
    book
}

#[test]
fn archive_fields() {
    let said = all_in(
        &archives(),
        &[
            "archive: nginx.tar",
            "archive: other.tar",
            "archive: folder",
            "archive: empty.tar",
            "archive: notes.txt",
            "archive: cut.tar",
            "{archive: nginx.tar.gz, holds_image: 'nginx:1.26'}",
            "{archive: other.tar, holds_image: 'nginx:1.26'}",
            "{archive: other.tar, is_filesystem: true}",
            "{archive: nginx.tar, holds_image: 'nginx:1.26'}",
            "{archive: two.tar, holds_image: '*:v1.0'}",
            "{archive: two.tar, holds_image: 'nginx:1.26'}",
            "{archive: id.tar, holds_image: 'nginx:1.26'}",
            "{archive: root.tar, holds_image: 'nginx:1.26'}",
            "{archive: site.tar, holds_image: 'nginx:*'}",
            "{archive: endless.tar, holds_image: 'nginx:1.26'}",
            "{archive: nginx.tar, holds_image: 'nginx:1.26', same_as: 'my-nginx:v1.0'}",
            "{archive: id.tar, same_as: 'nginx:1.26'}",
            "{archive: two.tar, holds_image: 'other:v1.0', same_as: 'nginx:1.26'}",
            "{archive: nginx.tar, same_as: 'redis:7'}",
            "{archive: root.tar, same_as: 'nginx:1.26'}",
            "{archive: root.tar, is_filesystem: true}",
            "{archive: nginx.tar, is_filesystem: true}",
            "{archive: id.tar, is_filesystem: true}",
            "{archive: site.tar, is_filesystem: true}",
            "{archive: nothing.tar, is_filesystem: true}",
            "{archive: two.tar, same_as: 'nginx:1.26', else: {same_as: '${actual.path}: ${actual.holds} is ${actual.id}, not ${expected.reference}: ${expected.id}'}}",
            "{archive: cut.tar, else: {format: 'not whole: ${actual}'}}",
        ],
    );
    insta::assert_snapshot!(said);
}
