//! Sandboxes on the real host engine. `scripts/setup test` and `images/build sandbox` come first.

mod cancel;
mod examine;
mod gateway;
mod life;
mod limits;
mod network;
mod outage;
mod room;
mod template;
