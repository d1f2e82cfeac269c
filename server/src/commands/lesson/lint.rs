//! `drydock lesson lint`.

use std::path::PathBuf;
use std::process::ExitCode;

use drydock_lesson::Library;

use crate::commands::content::{counted, folder};
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, named: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let folder = named.map_or_else(|| folder(settings), Ok)?;
    match Library::load(&folder) {
        Ok(library) => {
            let lessons: usize = library.courses().iter().map(|course| course.lessons.len()).sum();
            println!(
                "{} in {}, nothing wrong",
                counted(lessons, "lesson"),
                counted(library.courses().len(), "course")
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            eprintln!("{problems}");
            Ok(ExitCode::FAILURE)
        }
    }
}
