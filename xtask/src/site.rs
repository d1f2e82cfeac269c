//! The site, step by step: everything that a browser asks for under `/assets/`.

use anyhow::Result;

use crate::Mode;
use crate::bundle;
use crate::dist::{Assets, Manifest, file_name};
use crate::npm;
use crate::stamp::files_under;
use crate::step::{Outcome, step};
use crate::tree::Tree;
use crate::wasm;

/// Makes `dist/assets/`.
pub(crate) fn build(tree: &Tree, mode: Mode) -> Result<()> {
    npm::install(tree)?;
    let app = wasm::build(tree, mode, wasm::APP)?;
    let panels = wasm::build(tree, mode, wasm::PANELS)?;
    let [boot, terminal, editor, panels_script] = bundle::scripts(tree, mode, &app, &panels)?;
    let styles = bundle::styles(tree, mode)?;

    step("dist/", || {
        let mut assets = Assets::default();
        let mut manifest = Manifest {
            dev: mode.dev,
            wasm: assets.add_hashed(&app.module, wasm::APP.name)?,
            ..Manifest::default()
        };
        // The panels' script knows it by that name.
        assets.add_hashed(&panels.module, wasm::PANELS.name)?;
        let scripts = [&boot, &terminal, &editor, &panels_script];
        for file in scripts.into_iter().flat_map(|bundle| &bundle.files) {
            assets.add(file)?;
        }
        manifest.boot = assets.add(&boot.entry)?;
        manifest.css = assets.add(&styles.entry)?;
        for file in &styles.files {
            let name = assets.add(file)?;
            if file.extension().is_some_and(|extension| extension == "woff2") && !name.contains("italic") {
                manifest.fonts.push(name);
            }
        }
        for file in files_under(&tree.public(), &|_| true)? {
            let name = file_name(&file)?;
            let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
            let served = assets.add_hashed(&file, stem)?;
            if name == "icon.svg" {
                manifest.icon.clone_from(&served);
            }
            manifest.files.insert(name, served);
        }
        let changed = assets.write(tree, mode, &manifest)?;
        Ok(if changed {
            Outcome::Made(format!("{} assets", assets.len()))
        } else {
            Outcome::UpToDate
        })
    })
}
