//! Author mode, `drydock lesson dev`: the pages of a Drydock that is served to one author on one machine, with lessons that are
//! read again whenever a file of theirs changes, and a pane that shows what learners never see.
//!
//! It is a router of its own, put beside the others by that command and by nothing else: a Drydock that is served has no
//! address of it. It listens on the loopback address only.

mod files;
mod pane;
mod routes;
mod run;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::{Router, middleware};
use drydock_lesson::{Library, Problem};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::state::App;

/// What an author is told about the lessons: sent to every open page.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    /// Counts up with every version of the lessons that is shown. Pages of another one load themselves again.
    version: u64,
    /// What is wrong with the files as they are now. While there are errors, the last version without any is shown.
    problems: Arc<[Problem]>,
}

/// The lessons of an author.
#[derive(Clone, Debug)]
pub struct Author {
    folder: PathBuf,
    news: watch::Sender<News>,
    stop: CancellationToken,
}

impl Author {
    /// Reads the lessons, as far as they can be shown.
    pub fn open(folder: &Path, stop: CancellationToken) -> (Self, Library) {
        let lint = Library::lint(folder);
        let news = News {
            version: 1,
            problems: lint.problems.into(),
        };
        let author = Self {
            folder: folder.to_owned(),
            news: watch::Sender::new(news),
            stop,
        };
        (author, lint.library.unwrap_or_default())
    }

    /// What there is to say about the files now.
    pub fn problems(&self) -> Arc<[Problem]> {
        Arc::clone(&self.news.borrow().problems)
    }

    /// Follows the files, for as long as the server runs.
    pub(crate) async fn follow(self, app: App) {
        let mut files = files::Files::new(&self.folder);
        while files.changed(&self.stop).await {
            let lint = Library::lint(&self.folder);
            let problems: Arc<[Problem]> = lint.problems.into();
            let is_sound = lint.library.is_some();
            if let Some(library) = lint.library {
                app.library.replace(library);
                app.pages.forget();
                app.rooms.watch_anew();
            }
            for problem in problems.iter() {
                eprintln!("{problem}");
            }
            eprintln!(
                "{}",
                if is_sound {
                    "lessons are read again"
                } else {
                    "the last sound version is shown"
                }
            );
            self.news.send_modify(|news| {
                news.version += u64::from(is_sound);
                news.problems = problems;
            });
        }
    }

    /// The same pages, with the author's pane in them.
    pub(crate) fn with_pane(pages: Router<App>) -> Router<App> {
        pages.layer(middleware::from_fn(pane::put_in))
    }

    /// The addresses that the pane needs.
    pub(crate) fn routes(&self) -> Router<App> {
        routes::router(self.clone())
    }
}
