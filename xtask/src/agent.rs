//! The agent: the program inside every sandbox, one static file, so that it runs in any image.

use std::env::consts::ARCH;
use std::fs;
use std::process::{self, Command};

use anyhow::{Context, Result};

use crate::command::aloud;
use crate::stamp::{Inputs, unless_fresh};
use crate::step::{Outcome, step, talking_step};
use crate::tree::Tree;

const NAME: &str = "drydock-agent";

/// Makes `dist/agent/drydock-agent` for the machine that this runs on: sandboxes run on the same.
pub(crate) fn build(tree: &Tree) -> Result<()> {
    let target = format!("{ARCH}-unknown-linux-musl");
    talking_step("agent, for the sandbox", || {
        aloud(
            Command::new(Tree::cargo())
                .args([
                    "build",
                    "--package",
                    NAME,
                    "--profile",
                    "agent",
                    "--target",
                    &target,
                ])
                .current_dir(&tree.root),
        )
        .with_context(|| format!("if the target is missing: rustup target add {target}"))
    })?;
    let built = tree.target.join(&target).join("agent").join(NAME);
    let folder = tree.dist().join("agent");
    let placed = folder.join(NAME);
    step("dist/agent", || {
        let stamp = tree.target.join("site/agent.stamp");
        let ran = unless_fresh(&stamp, Inputs::new("1").file(&built)?, &[&placed], || {
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            // Moved and not written into place: an image build may be reading the old one.
            // Two builds may do so at once, as the images' does and the binary's.
            let next = placed.with_extension(format!("{}.new", process::id()));
            fs::copy(&built, &next)
                .and_then(|_| fs::rename(&next, &placed))
                .with_context(|| format!("cannot write {}", placed.display()))
        })?;
        let kilobytes = fs::metadata(&placed)?.len().div_ceil(1000);
        Ok(if ran {
            Outcome::Made(format!("{kilobytes} kB"))
        } else {
            Outcome::UpToDate
        })
    })
}
