//! Scripts and styles, bundled by esbuild under names that carry a hash of what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Mode;
use crate::command::quietly;
use crate::dist::{file_name, hashed_name};
use crate::stamp::{Inputs, files_under, unless_fresh};
use crate::step::{Outcome, step};
use crate::tree::Tree;
use crate::wasm::{PANELS, Wasm};

/// The files of one bundle, and which of them a page names.
pub(crate) struct Bundle {
    /// The file that a page, or another script, refers to.
    pub(crate) entry: PathBuf,
    /// All of them, the entry too.
    pub(crate) files: Vec<PathBuf>,
}

/// The starter script, and what it loads when it is wanted: the terminal, the editor, and the panels.
///
/// They are bundles of their own and not one that is split: splitting puts the few lines that several need into another file, which
/// every page would wait for.
pub(crate) fn scripts(tree: &Tree, mode: Mode, app: &Wasm, panels: &Wasm) -> Result<[Bundle; 4]> {
    let js = tree.js();
    let sources = Inputs::new("2")
        .folder(&js, |path| {
            !path.ends_with("node_modules") && !path.ends_with("test")
        })?
        .file(&js.join("package-lock.json"))?;
    let options = ["--format=esm", "--entry-names=[name]-[hash]"].map(String::from);

    let mut terminal = Job {
        step: "terminal",
        entry: js.join("terminal.ts"),
        out: tree.work(mode.dev).join("terminal"),
        options: options.to_vec(),
    };
    // The terminal puts its style sheet into the page by itself.
    terminal.options.push("--loader:.css=text".into());
    let terminal = run(tree, mode, sources.clone(), &terminal)?;

    let editor = Job {
        step: "editor",
        entry: js.join("editor.ts"),
        out: tree.work(mode.dev).join("editor"),
        options: options.to_vec(),
    };
    let editor = run(tree, mode, sources.clone(), &editor)?;

    let panels_job = Job {
        step: "panels",
        entry: js.join("panels.ts"),
        out: tree.work(mode.dev).join("panels-script"),
        options: [
            options.to_vec(),
            vec![
                format!(
                    "--define:PANELS_WASM=\"./{}\"",
                    hashed_name(&panels.module, PANELS.name)?
                ),
                format!("--alias:drydock-panels={}", panels.glue.display()),
            ],
        ]
        .concat(),
    };
    let glued = |glue: &Path| {
        glue.parent()
            .map(Path::to_owned)
            .context("the glue lies in a folder")
    };
    let with_glue = sources.clone().folder(&glued(&panels.glue)?, |_| true)?;
    let panels = run(tree, mode, with_glue, &panels_job)?;

    let mut boot = Job {
        step: "starter script",
        entry: js.join("boot.ts"),
        out: tree.work(mode.dev).join("boot"),
        options: options.to_vec(),
    };
    boot.options.extend([
        format!("--define:DRYDOCK_DEV={}", mode.dev),
        format!("--define:TERMINAL=\"./{}\"", file_name(&terminal.entry)?),
        format!("--define:PANELS=\"./{}\"", file_name(&panels.entry)?),
        format!("--define:EDITOR=\"./{}\"", file_name(&editor.entry)?),
        "--external:./terminal-*".into(),
        "--external:./editor-*".into(),
        "--external:./panels-*".into(),
        format!("--alias:drydock-glue={}", app.glue.display()),
    ]);
    let with_glue = sources.folder(&glued(&app.glue)?, |_| true)?;
    let boot = run(tree, mode, with_glue, &boot)?;
    Ok([boot, terminal, editor, panels])
}

/// The one style sheet, and the fonts that it names.
pub(crate) fn styles(tree: &Tree, mode: Mode) -> Result<Bundle> {
    let style = tree.style();
    let inputs = Inputs::new("1")
        .folder(&style, |_| true)?
        .file(&tree.js().join("package-lock.json"))?;
    let job = Job {
        step: "styles",
        entry: style.join("index.css"),
        out: tree.work(mode.dev).join("styles"),
        options: vec![
            "--entry-names=drydock-[hash]".into(),
            "--asset-names=[name]-[hash]".into(),
            "--loader:.woff2=file".into(),
            "--loader:.svg=file".into(),
        ],
    };
    run(tree, mode, inputs, &job)
}

struct Job {
    step: &'static str,
    entry: PathBuf,
    out: PathBuf,
    options: Vec<String>,
}

fn run(tree: &Tree, mode: Mode, inputs: Inputs, job: &Job) -> Result<Bundle> {
    let meta = job.out.with_extension("json");
    step(job.step, || {
        let inputs = inputs
            .text(&job.options.join("\n"))
            .text(if mode.dev { "dev" } else { "release" });
        let ran = unless_fresh(&job.out.with_extension("stamp"), inputs, &[&meta], || {
            let _ = fs::remove_dir_all(&job.out);
            let mut esbuild = Command::new(tree.esbuild());
            esbuild
                .current_dir(&tree.root)
                // Style sheets lie outside npm's folder and still name fonts by package.
                .env("NODE_PATH", tree.js().join("node_modules"))
                .arg(&job.entry)
                .args([
                    "--bundle",
                    "--target=es2022",
                    "--log-level=warning",
                    "--legal-comments=none",
                ])
                .arg(format!("--outdir={}", job.out.display()))
                .arg(format!("--metafile={}", meta.display()))
                .args(&job.options);
            esbuild.arg(if mode.dev {
                "--sourcemap=inline"
            } else {
                "--minify"
            });
            quietly(&mut esbuild)
        })?;
        let files = files_under(&job.out, &|_| true)?;
        Ok(if ran {
            Outcome::Made(format!("{} files", files.len()))
        } else {
            Outcome::UpToDate
        })
    })?;
    read(tree, &meta)
}

/// The part of esbuild's report that is of use here.
#[derive(Deserialize)]
struct Meta {
    outputs: BTreeMap<PathBuf, Output>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    entry_point: Option<String>,
}

fn read(tree: &Tree, meta: &Path) -> Result<Bundle> {
    let text = fs::read_to_string(meta).with_context(|| format!("cannot read {}", meta.display()))?;
    let meta: Meta = serde_json::from_str(&text).context("esbuild's report is not what it was")?;
    let entry = entry(&meta).context("esbuild's report names no entry point")?;
    Ok(Bundle {
        entry: tree.root.join(entry),
        files: meta.outputs.keys().map(|path| tree.root.join(path)).collect(),
    })
}

fn entry(meta: &Meta) -> Option<&Path> {
    meta.outputs
        .iter()
        .find(|(_, output)| output.entry_point.is_some())
        .map(|(path, _)| path.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_told_from_the_files_that_it_names() {
        let meta: Meta = serde_json::from_str(
            r#"{"inputs": {}, "outputs": {
                "out/a-font.woff2": {"bytes": 1, "inputs": {}, "imports": [], "exports": []},
                "out/drydock.css": {"bytes": 1, "inputs": {}, "imports": [], "entryPoint": "style/index.css"}}}"#,
        )
        .unwrap();
        assert_eq!(entry(&meta), Some(Path::new("out/drydock.css")));
    }
}
