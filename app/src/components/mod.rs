//! The pieces that pages are made of, one file a component, each with a stylesheet of the same name under
//! `style/components/`. Those that islands use compile for the browser too; the rest is the server's.

// Leptos's macro makes each component's function public within its module.
#![allow(unreachable_pub)]

pub(crate) mod icon;
pub(crate) mod inline;
pub(crate) mod meter;
pub(crate) mod ring;
pub(crate) mod steps;

#[cfg(feature = "ssr")]
pub(crate) mod block;
#[cfg(feature = "ssr")]
pub(crate) mod code;
#[cfg(feature = "ssr")]
pub(crate) mod course_row;
#[cfg(feature = "ssr")]
pub(crate) mod exercise;
#[cfg(feature = "ssr")]
pub(crate) mod footer;
#[cfg(feature = "ssr")]
pub(crate) mod header;
#[cfg(feature = "ssr")]
pub(crate) mod mark;
