//! The parts of a page that move.
//!
//! An island renders on the server with nothing known of the learner, and wakes in the browser to exactly that;
//! what it then shows comes from the page's [`Store`](crate::live::Store). Props stand in the page as
//! `data-props`: nothing secret and nothing long goes into them, and what is already in the page is read from
//! there.

// The macro exports a function for each island, which is public whatever the module is.
#![allow(unreachable_pub, missing_docs)]

pub(crate) mod contents;
pub(crate) mod copy_button;
pub(crate) mod divider;
pub(crate) mod exercise_state;
pub(crate) mod lesson_progress;
pub(crate) mod live_region;
pub(crate) mod recovery;
pub(crate) mod run_button;
pub(crate) mod sandbox_status;
pub(crate) mod save_button;
mod start_panel;
pub(crate) mod theme_toggle;
pub(crate) mod view_switch;
pub(crate) mod workbench;
