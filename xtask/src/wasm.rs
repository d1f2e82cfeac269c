//! From the interface's Rust to the WASM that a browser loads, and the JavaScript that loads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::Mode;
use crate::command::{aloud, quietly};
use crate::stamp::{Inputs, unless_fresh};
use crate::step::{Outcome, step, talking_step};
use crate::tree::Tree;

const TARGET: &str = "wasm32-unknown-unknown";
const NAME: &str = "app";

/// For the last compilation, which optimises the whole: nothing is inlined that makes the code larger. What `opt-level`
/// "z" allows costs a fifth of the file.
const SMALLER: [&str; 2] = ["-C", "llvm-args=-inline-threshold=0"];

/// What rustc emits for this target by default, and wasm-opt would otherwise refuse or pull down.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Inlining makes the file a little smaller and what is sent a tenth larger: the same code many times over is what
/// brotli packs best.
const KEEP_CALLS: [&str; 3] = [
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
];

/// The interface, ready to be bundled.
pub(crate) struct Wasm {
    /// The glue: a module whose default export starts the WASM.
    pub(crate) glue: PathBuf,
    /// The WASM itself.
    pub(crate) module: PathBuf,
}

/// Compiles the interface for the browser.
pub(crate) fn build(tree: &Tree, mode: Mode) -> Result<Wasm> {
    let compiled = compile(tree, mode)?;
    let work = tree.work(mode.dev);
    let bound = bind(&work, &compiled, mode)?;
    if !mode.optimise {
        return Ok(bound);
    }
    Ok(Wasm {
        module: optimise(tree, &work, &bound.module)?,
        ..bound
    })
}

fn compile(tree: &Tree, mode: Mode) -> Result<PathBuf> {
    let (profile, folder) = if mode.dev {
        ("dev", "debug")
    } else {
        ("wasm", "wasm")
    };
    talking_step("interface, for the browser", || {
        let mut cargo = Command::new(Tree::cargo());
        cargo
            .args([
                "rustc",
                "--package",
                "drydock-app",
                "--lib",
                "--crate-type",
                "cdylib",
            ])
            .args(["--no-default-features", "--features", "hydrate"])
            .args(["--target", TARGET, "--profile", profile])
            .current_dir(&tree.root);
        if !mode.dev {
            cargo.arg("--").args(SMALLER);
        }
        aloud(&mut cargo).context("if the target is missing: rustup target add wasm32-unknown-unknown")
    })?;
    Ok(tree.target.join(TARGET).join(folder).join("drydock_app.wasm"))
}

/// Makes the glue, and the WASM that goes with it.
fn bind(work: &Path, compiled: &Path, mode: Mode) -> Result<Wasm> {
    let folder = work.join("glue");
    let wasm = Wasm {
        glue: folder.join(format!("{NAME}.js")),
        module: folder.join(format!("{NAME}_bg.wasm")),
    };
    step("glue", || {
        let inputs = Inputs::new("1").file(compiled)?;
        let ran = unless_fresh(
            &work.join("glue.stamp"),
            inputs,
            &[&wasm.glue, &wasm.module],
            || {
                let _ = fs::remove_dir_all(&folder);
                let mut bindgen = Bindgen::new();
                bindgen
                    .input_path(compiled)
                    .out_name(NAME)
                    .web(true)?
                    // boot.ts says where the WASM is: its name carries its hash, which the glue cannot know.
                    .omit_default_module_path(true)
                    .typescript(false)
                    .debug(mode.dev)
                    .keep_debug(mode.dev)
                    .remove_name_section(!mode.dev)
                    .remove_producers_section(!mode.dev);
                bindgen.generate(&folder)
            },
        )?;
        Ok(if ran {
            Outcome::Made(size(&wasm.module)?)
        } else {
            Outcome::UpToDate
        })
    })?;
    Ok(wasm)
}

fn optimise(tree: &Tree, work: &Path, module: &Path) -> Result<PathBuf> {
    let smaller = work.join(format!("{NAME}_opt.wasm"));
    step("wasm-opt", || {
        let lock = tree.js().join("package-lock.json");
        let inputs = Inputs::new("1")
            .file(module)?
            .file(&lock)?
            .text(&FEATURES.join(" "));
        let ran = unless_fresh(&work.join("opt.stamp"), inputs, &[&smaller], || {
            quietly(
                Command::new(tree.npm_bin("wasm-opt"))
                    .arg("-Oz")
                    .args(FEATURES)
                    .args(KEEP_CALLS)
                    .arg(module)
                    .arg("-o")
                    .arg(&smaller),
            )
        })?;
        Ok(if ran {
            Outcome::Made(size(&smaller)?)
        } else {
            Outcome::UpToDate
        })
    })?;
    Ok(smaller)
}

fn size(file: &Path) -> Result<String> {
    let bytes = fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    Ok(format!("{} kB", bytes.div_ceil(1000)))
}
