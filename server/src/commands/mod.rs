//! One file a subcommand; and `content`, which several of them read lessons with.

pub mod content;
pub mod doctor;
pub mod grade;
pub mod images;
pub mod lesson;
pub mod purge;
pub mod results;
pub mod serve;
