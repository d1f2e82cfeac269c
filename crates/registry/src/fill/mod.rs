//! What fills the classroom's part of the registry, lists it and takes from it.

mod archive;
mod export;
mod gzip;
mod import;
mod layers;
mod list;
mod progress;
mod push;
mod remove;
mod save;
mod upload;
mod writer;

pub use export::export;
pub use import::import;
pub use layers::Layers;
pub use list::{Held, held};
pub use progress::{Progress, Silent, Step};
pub use push::{Pushed, has, push};
pub use remove::remove;
pub use save::push_from_engine;
