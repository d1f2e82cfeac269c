//! The pieces that pages are made of, one file a component, each with a stylesheet of the same name under
//! `style/components/`. The server draws them; of the icons, the browser knows the paths.

// Leptos's macro makes each component's function public within its module.
#![allow(unreachable_pub)]

// Each half draws some of the icons.
#[cfg_attr(not(all(feature = "ssr", test)), allow(dead_code))]
pub(crate) mod icon;

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
pub(crate) mod inline;
#[cfg(feature = "ssr")]
pub(crate) mod mark;
#[cfg(feature = "ssr")]
pub(crate) mod meter;
#[cfg(feature = "ssr")]
pub(crate) mod ring;
#[cfg(feature = "ssr")]
pub(crate) mod steps;
#[cfg(feature = "ssr")]
pub(crate) mod strip;
