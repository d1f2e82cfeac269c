//! What every page needs to know about the site: the names of its files, and the learner's choice of theme.

use std::collections::BTreeMap;

/// What every page needs to know about the site.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// The files that pages refer to.
    pub assets: Assets,
    /// The theme that this learner chose, from the cookie `theme`.
    pub theme: Theme,
    /// Drydock's version, for the foot of the page.
    pub version: String,
}

/// Names of the built files below `/assets/`, as `dist/manifest.json` has them.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Assets {
    /// The one script of a page.
    pub boot: String,
    /// The stylesheet.
    pub css: String,
    /// The islands.
    pub wasm: String,
    /// Fonts that are wanted before the stylesheet has been read; empty is fine.
    #[serde(default)]
    pub fonts: Vec<String>,
    /// The icon, an SVG.
    #[serde(default)]
    pub icon: String,
    /// The files of `app/public`: their own name, and the one that they are served under.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// A choice of theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// As the learner's system has it.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Reads the value of the cookie `theme`; anything unknown follows the system.
    pub fn from_cookie(value: Option<&str>) -> Self {
        match value {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// The value of `data-theme` on the document's root.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}
