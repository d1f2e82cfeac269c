//! Scripts and styles, bundled by esbuild under names that carry a hash of what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Mode;
use crate::command::quietly;
use crate::stamp::{Inputs, files_under, unless_fresh};
use crate::step::{Outcome, step};
use crate::tree::Tree;

/// The files of one bundle, and which of them a page names.
pub(crate) struct Bundle {
    /// The file that a page refers to.
    pub(crate) entry: PathBuf,
    /// Files that the entry loads at once, not lazily.
    pub(crate) at_once: Vec<PathBuf>,
    /// All of them, the entry too.
    pub(crate) files: Vec<PathBuf>,
}

/// The starter script, with the terminal as a chunk of its own that is loaded when one opens.
pub(crate) fn scripts(tree: &Tree, mode: Mode, glue: &Path) -> Result<Bundle> {
    let js = tree.js();
    let inputs = Inputs::new("1")
        .folder(&js, |path| {
            path.is_file() && path.extension().is_some_and(|extension| extension == "ts")
        })?
        .folder(glue.parent().context("the glue lies in a folder")?, |_| true)?
        .file(&js.join("package-lock.json"))?;
    let job = Job {
        step: "scripts",
        entry: js.join("boot.ts"),
        out: tree.work(mode.dev).join("scripts"),
        options: vec![
            "--format=esm".into(),
            "--splitting".into(),
            "--entry-names=[name]-[hash]".into(),
            "--chunk-names=[name]-[hash]".into(),
            // The terminal puts its style sheet into the page by itself.
            "--loader:.css=text".into(),
            format!("--define:DRYDOCK_DEV={}", mode.dev),
            format!("--alias:drydock-glue={}", glue.display()),
        ],
    };
    run(tree, mode, inputs, &job)
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
    #[serde(default)]
    imports: Vec<Import>,
}

#[derive(Deserialize)]
struct Import {
    path: PathBuf,
    kind: String,
}

fn read(tree: &Tree, meta: &Path) -> Result<Bundle> {
    let text = fs::read_to_string(meta).with_context(|| format!("cannot read {}", meta.display()))?;
    let meta: Meta = serde_json::from_str(&text).context("esbuild's report is not what it was")?;
    let (entry, at_once) = entry(&meta).context("esbuild's report names no entry point")?;
    Ok(Bundle {
        entry: tree.root.join(entry),
        at_once: at_once.iter().map(|path| tree.root.join(path)).collect(),
        files: meta.outputs.keys().map(|path| tree.root.join(path)).collect(),
    })
}

/// The output that nothing imports is the page's own; lazily loaded chunks are entry points to esbuild too.
fn entry(meta: &Meta) -> Option<(&Path, Vec<&Path>)> {
    let lazy = |path: &Path| {
        let mut imports = meta.outputs.values().flat_map(|output| &output.imports);
        imports.any(|import| import.kind == "dynamic-import" && import.path == path)
    };
    let (path, output) = meta
        .outputs
        .iter()
        .find(|(path, output)| output.entry_point.is_some() && !lazy(path))?;
    let at_once = output
        .imports
        .iter()
        .filter(|import| import.kind == "import-statement");
    Some((path, at_once.map(|import| import.path.as_path()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_the_one_that_no_other_loads() {
        let meta: Meta = serde_json::from_str(
            r#"{"inputs": {}, "outputs": {
                "out/a-terminal.js": {"entryPoint": "app/js/terminal.ts", "imports": []},
                "out/boot.js": {"entryPoint": "app/js/boot.ts", "imports": [
                    {"path": "out/a-terminal.js", "kind": "dynamic-import"},
                    {"path": "out/chunk.js", "kind": "import-statement"}]},
                "out/chunk.js": {"imports": []}}}"#,
        )
        .unwrap();
        let (path, at_once) = entry(&meta).unwrap();
        assert_eq!(path, Path::new("out/boot.js"));
        assert_eq!(at_once, [Path::new("out/chunk.js")]);
    }
}
