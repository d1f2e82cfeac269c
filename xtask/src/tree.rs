//! Where things are in a checkout, and where what is made from them goes.

use std::env;
use std::env::consts::{ARCH, OS};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout that this xtask belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// The folder of the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Tree {
    /// Finds the checkout from where xtask itself was compiled.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest
            .parent()
            .context("xtask's folder has no parent")?
            .to_path_buf();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set));
        Ok(Self { root, target })
    }

    /// The cargo that runs this xtask.
    pub(crate) fn cargo() -> OsString {
        env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
    }

    /// TypeScript sources, and npm's packages.
    pub(crate) fn js(&self) -> PathBuf {
        self.root.join("app/js")
    }

    /// An npm package's program.
    pub(crate) fn npm_bin(&self, name: &str) -> PathBuf {
        self.js().join("node_modules/.bin").join(name)
    }

    /// The bundler: its own program, without the script around it, whose failures hide what it said.
    pub(crate) fn esbuild(&self) -> PathBuf {
        let arch = match ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            other => other,
        };
        self.js()
            .join(format!("node_modules/@esbuild/{OS}-{arch}/bin/esbuild"))
    }

    /// Files that the site serves as they are.
    pub(crate) fn public(&self) -> PathBuf {
        self.root.join("app/public")
    }

    /// Style sheets; `index.css` imports the others.
    pub(crate) fn style(&self) -> PathBuf {
        self.root.join("style")
    }

    /// What is half made: glue, bundles, stamps. One folder a mode, so that neither undoes the other's work.
    pub(crate) fn work(&self, dev: bool) -> PathBuf {
        self.target.join("site").join(if dev { "dev" } else { "release" })
    }

    /// What the server embeds, whole.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// What the server answers with under `/assets/`.
    pub(crate) fn assets(&self) -> PathBuf {
        self.dist().join("assets")
    }
}
