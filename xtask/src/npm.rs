//! npm's packages for the interface, exactly as the lock file has them.

use std::process::Command;

use anyhow::Result;

use crate::command::quietly;
use crate::stamp::{Inputs, unless_fresh};
use crate::step::{Outcome, step};
use crate::tree::Tree;

/// Installs the packages if they are missing or the lock file has changed since.
pub(crate) fn install(tree: &Tree) -> Result<()> {
    step("npm packages", || {
        let js = tree.js();
        let inputs = Inputs::new("1")
            .file(&js.join("package.json"))?
            .file(&js.join("package-lock.json"))?;
        // The stamp lies in the folder that it vouches for, and goes when that goes.
        let stamp = js.join("node_modules/.drydock-stamp");
        let ran = unless_fresh(&stamp, inputs, &[&tree.esbuild()], || {
            quietly(
                // None of the packages needs its install script: their programs come as packages.
                Command::new("npm")
                    .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .current_dir(&js),
            )
        })?;
        Ok(if ran {
            Outcome::Made("npm ci".into())
        } else {
            Outcome::UpToDate
        })
    })
}
