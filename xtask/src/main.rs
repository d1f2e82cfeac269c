//! Builds what a plain `cargo build` cannot: the WASM of the interface with its glue, the scripts and styles around
//! it, the agent for the sandbox, and last the one binary that carries them all. Knows nothing of how they are served.
//!
//! `cargo xtask` alone says how to use it.

use std::process::ExitCode;

use anyhow::{Result, bail};

mod agent;
mod bundle;
mod command;
mod compress;
mod dist;
mod npm;
mod server;
mod site;
mod stamp;
mod step;
mod tree;
mod wasm;
mod watch;

use tree::Tree;

const USAGE: &str = "\
usage: cargo xtask build [--release | --dev] [--no-opt] [site] [agent] [server]
       cargo xtask watch [-- ARGUMENTS OF drydock serve]

build makes, in this order, the parts that are named (all of them, when none is):
  site     dist/assets/: the interface's WASM, scripts, styles and fonts, with brotli and gzip beside each
  agent    dist/agent/: the program inside every sandbox, one static file
  server   the binary drydock; a release build carries dist/, images/ and content/ in it

  --release  small and fast (this is the default)
  --dev      quick to build: nothing is optimised or compressed, pages reload by themselves under watch
  --no-opt   release, but without wasm-opt

watch builds everything with --dev, serves it, and builds and serves again when a file changes.";

/// How a build balances its own time against the size and speed of what it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mode {
    /// For people who work on Drydock: quick to build.
    dev: bool,
    /// Run wasm-opt over the WASM.
    optimise: bool,
}

/// What can be built by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Site,
    Agent,
    Server,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Build { mode: Mode, parts: Vec<Part> },
    Watch { serve_arguments: Vec<String> },
    Help,
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Task> {
    match arguments.next().as_deref() {
        Some("build") => parse_build(arguments),
        Some("watch") => match arguments.next().as_deref() {
            None => Ok(Task::Watch {
                serve_arguments: Vec::new(),
            }),
            Some("--") => Ok(Task::Watch {
                serve_arguments: arguments.collect(),
            }),
            Some(other) => bail!("watch does not know '{other}'; what follows -- goes to drydock serve"),
        },
        None | Some("help" | "--help" | "-h") => Ok(Task::Help),
        Some(other) => bail!("there is no task '{other}'\n{USAGE}"),
    }
}

fn parse_build(arguments: impl Iterator<Item = String>) -> Result<Task> {
    let mut mode = Mode {
        dev: false,
        optimise: true,
    };
    let mut parts = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--release" => mode.dev = false,
            "--dev" => mode.dev = true,
            "--no-opt" => mode.optimise = false,
            "site" => parts.push(Part::Site),
            "agent" => parts.push(Part::Agent),
            "server" => parts.push(Part::Server),
            other => bail!("build does not know '{other}'\n{USAGE}"),
        }
    }
    if parts.is_empty() {
        parts = vec![Part::Site, Part::Agent, Part::Server];
    }
    mode.optimise &= !mode.dev;
    Ok(Task::Build { mode, parts })
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Build { mode, parts } => build(&Tree::locate()?, mode, &parts),
        Task::Watch { serve_arguments } => watch::watch(&Tree::locate()?, &serve_arguments),
        Task::Help => {
            println!("{USAGE}");
            Ok(())
        }
    }
}

/// Builds the parts in the order in which they need each other, whatever the order of their names.
fn build(tree: &Tree, mode: Mode, parts: &[Part]) -> Result<()> {
    if parts.contains(&Part::Site) {
        site::build(tree, mode)?;
    }
    if parts.contains(&Part::Agent) {
        agent::build(tree)?;
    }
    if parts.contains(&Part::Server) {
        server::build(tree, mode)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn a_bare_build_makes_everything_optimised() {
        let parts = vec![Part::Site, Part::Agent, Part::Server];
        let mode = Mode {
            dev: false,
            optimise: true,
        };
        assert_eq!(parsed("build").unwrap(), Task::Build { mode, parts });
    }

    #[test]
    fn dev_never_runs_wasm_opt() {
        let mode = Mode {
            dev: true,
            optimise: false,
        };
        assert_eq!(
            parsed("build --dev site").unwrap(),
            Task::Build {
                mode,
                parts: vec![Part::Site]
            }
        );
    }

    #[test]
    fn watch_hands_on_what_follows_the_dashes() {
        let serve_arguments = vec!["--listen".into(), "127.0.0.1:0".into()];
        assert_eq!(
            parsed("watch -- --listen 127.0.0.1:0").unwrap(),
            Task::Watch { serve_arguments }
        );
    }

    #[test]
    fn an_unknown_word_is_named() {
        assert!(parsed("build cite").unwrap_err().to_string().contains("'cite'"));
        assert!(parsed("bild").unwrap_err().to_string().contains("'bild'"));
    }
}
