//! Scripts and styles, bundled by esbuild under names that carry a hash of what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Mode;
use crate::command::quietly;
use crate::dist::file_name;
use crate::stamp::{Inputs, files_under, unless_fresh};
use crate::step::{Outcome, step};
use crate::tree::Tree;

/// The files of one bundle, and which of them a page names.
pub(crate) struct Bundle {
    /// The file that a page, or another script, refers to.
    pub(crate) entry: PathBuf,
    /// All of them, the entry too.
    pub(crate) files: Vec<PathBuf>,
}

/// The starter script, and the terminal that it loads when one opens.
///
/// They are two bundles and not one that is split: splitting puts the few lines that both need into a third file, which
/// every page would wait for.
pub(crate) fn scripts(tree: &Tree, mode: Mode, glue: &Path) -> Result<[Bundle; 2]> {
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

    let mut boot = Job {
        step: "starter script",
        entry: js.join("boot.ts"),
        out: tree.work(mode.dev).join("boot"),
        options: options.to_vec(),
    };
    boot.options.extend([
        format!("--define:DRYDOCK_DEV={}", mode.dev),
        format!("--define:TERMINAL=\"./{}\"", file_name(&terminal.entry)?),
        "--external:./terminal-*".into(),
        format!("--alias:drydock-glue={}", glue.display()),
    ]);
    let glue = glue.parent().context("the glue lies in a folder")?;
    let boot = run(tree, mode, sources.folder(glue, |_| true)?, &boot)?;
    Ok([boot, terminal])
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
