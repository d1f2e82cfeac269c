//! From the interface's Rust to what a browser loads: WASM modules, and the JavaScript that loads each.

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

/// What is compiled for the browser into a file of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module {
    /// As a step of the build.
    step: &'static str,
    package: &'static str,
    /// The name of the file that cargo makes.
    library: &'static str,
    feature: &'static str,
    /// What its files are called.
    pub(crate) name: &'static str,
}

/// What every page loads: the islands.
pub(crate) const APP: Module = Module {
    step: "interface, for the browser",
    package: "drydock-app",
    library: "drydock_app",
    feature: "hydrate",
    name: "app",
};

/// What a page loads when the first panel is opened.
pub(crate) const PANELS: Module = Module {
    step: "panels, for the browser",
    package: "drydock-panels",
    library: "drydock_panels",
    feature: "browser",
    name: "panels",
};

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

/// Compiles a module for the browser.
pub(crate) fn build(tree: &Tree, mode: Mode, module: Module) -> Result<Wasm> {
    let compiled = compile(tree, mode, module)?;
    let work = tree.work(mode.dev).join(module.name);
    fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let bound = bind(&work, &compiled, mode, module.name)?;
    if !mode.optimise {
        return Ok(bound);
    }
    Ok(Wasm {
        module: optimise(tree, &work, &bound.module, module.name)?,
        ..bound
    })
}

fn compile(tree: &Tree, mode: Mode, module: Module) -> Result<PathBuf> {
    let (profile, folder) = if mode.dev {
        ("dev", "debug")
    } else {
        ("wasm", "wasm")
    };
    talking_step(module.step, || {
        let mut cargo = Command::new(Tree::cargo());
        cargo
            .args([
                "rustc",
                "--package",
                module.package,
                "--lib",
                "--crate-type",
                "cdylib",
            ])
            .args(["--no-default-features", "--features", module.feature])
            .args(["--target", TARGET, "--profile", profile])
            .current_dir(&tree.root);
        if !mode.dev {
            cargo.arg("--").args(SMALLER);
        }
        aloud(&mut cargo).context("if the target is missing: rustup target add wasm32-unknown-unknown")
    })?;
    let file = format!("{}.wasm", module.library);
    Ok(tree.target.join(TARGET).join(folder).join(file))
}

/// Makes the glue, and the WASM that goes with it.
fn bind(work: &Path, compiled: &Path, mode: Mode, name: &str) -> Result<Wasm> {
    let folder = work.join("glue");
    let wasm = Wasm {
        glue: folder.join(format!("{name}.js")),
        module: folder.join(format!("{name}_bg.wasm")),
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
                    .out_name(name)
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

fn optimise(tree: &Tree, work: &Path, module: &Path, name: &str) -> Result<PathBuf> {
    let smaller = work.join(format!("{name}_opt.wasm"));
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
