//! Programs that a build runs: found or named as missing, silent unless they fail.

use std::io;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs a program whose output is of interest only when it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| cannot_start(command))?;
    if !output.status.success() {
        io::Write::write_all(&mut io::stderr(), &output.stdout)?;
        io::Write::write_all(&mut io::stderr(), &output.stderr)?;
        bail!("{} ended with {}", name(command), output.status);
    }
    Ok(())
}

/// Runs a program that shows its own progress.
pub(crate) fn aloud(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    Ok(())
}

fn cannot_start(command: &Command) -> String {
    format!(
        "cannot start {}; 'scripts/setup run' installs what a build needs",
        name(command)
    )
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
