//! The steps that bring a database up to date, in the binary.
//!
//! Listed here and not by sqlx's own macro: for that one, its macros, SQLite and tokio would be compiled a second time, for the
//! compiler.

use std::borrow::Cow;

use futures::future::BoxFuture;
use sqlx::error::BoxDynError;
use sqlx::migrate::{Migration, MigrationSource, MigrationType};

/// All steps, in their order. A step that has been released is never changed.
#[derive(Debug)]
pub(super) struct Migrations;

macro_rules! steps {
    ($($version:literal $file:literal)*) => {
        [$(($version, $file, include_str!(concat!("../../migrations/", $file, ".sql")))),*]
    };
}

const STEPS: [(i64, &str, &str); 6] = steps! {
    1 "0001_learners_and_progress"
    2 "0002_when_learners_were_seen"
    3 "0003_solutions"
    4 "0004_draws"
    5 "0005_gradings_and_results"
    6 "0006_sessions"
};

impl MigrationSource<'static> for Migrations {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let step = |(version, file, sql)| {
            let (_, description): (_, &str) = str::split_once(file, '_').unwrap_or_default();
            let description = Cow::Owned(description.replace('_', " "));
            Migration::new(
                version,
                description,
                MigrationType::Simple,
                Cow::Borrowed(sql),
                false,
            )
        };
        let steps = STEPS.into_iter().map(step).collect();
        Box::pin(async { Ok(steps) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_step_in_its_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<String> = STEPS.iter().map(|(_, file, _)| format!("{file}.sql")).collect();
        assert_eq!(listed, files);
        for (version, file, _) in STEPS {
            assert!(file.starts_with(&format!("{version:04}_")), "{file}");
        }
    }
}
