//! Writes sample pages into a folder, to look at them without a server:
//! `cargo run -p drydock-app --example preview -- FOLDER STYLESHEET`.

#[path = "../src/sample.rs"]
mod sample;

use std::path::PathBuf;

use drydock_app::{Assets, Page, Site, Theme, render};
use drydock_protocol::api::{Problem, Progress};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "preview".into()));
    let css = arguments
        .next()
        .map_or_else(|| "index.css".into(), |css| css.to_string_lossy().into_owned());
    std::fs::create_dir_all(&folder)?;
    for (suffix, theme) in [("light", Theme::Light), ("dark", Theme::Dark)] {
        let site = Site {
            assets: Assets {
                css: css.clone(),
                ..Assets::default()
            },
            theme,
            version: "0.1.0".into(),
        };
        for (name, page) in pages() {
            std::fs::write(folder.join(format!("{name}-{suffix}.html")), render(page, &site))?;
        }
    }
    Ok(())
}

fn pages() -> [(&'static str, Page); 6] {
    let problem = Problem {
        kind: "/problems/engine".into(),
        title: "The host's engine does not answer".into(),
        status: 503,
        detail: "Sandboxes cannot be made until it is back. An operator can look with `drydock doctor`."
            .into(),
    };
    [
        (
            "home",
            Page::Home {
                courses: vec![sample::course()],
                progress: sample::progress(),
            },
        ),
        (
            "home-new",
            Page::Home {
                courses: vec![sample::course()],
                progress: Progress::default(),
            },
        ),
        (
            "course",
            Page::Course {
                course: sample::course(),
                progress: sample::progress(),
            },
        ),
        (
            "lesson",
            Page::Lesson {
                page: Box::new(sample::page()),
            },
        ),
        (
            "not-found",
            Page::NotFound {
                path: "/courses/docker/imges".into(),
            },
        ),
        ("error", Page::Error { problem }),
    ]
}
