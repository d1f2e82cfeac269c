//! The binary `drydock`, last of all, since a release build carries everything else in it.

use std::process::Command;

use anyhow::Result;

use crate::Mode;
use crate::command::aloud;
use crate::step::talking_step;
use crate::tree::Tree;

/// Builds the binary. A development build reads `dist/` from where it lies instead of carrying it.
pub(crate) fn build(tree: &Tree, mode: Mode) -> Result<()> {
    talking_step("drydock, the server", || {
        let mut cargo = Command::new(Tree::cargo());
        cargo
            .args(["build", "--package", "drydock", "--bin", "drydock"])
            .current_dir(&tree.root);
        if !mode.dev {
            cargo.arg("--release");
        }
        aloud(&mut cargo)
    })
}
