//! Sees to it that a release build carries the site: what it embeds is made by `cargo xtask build`, and a binary
//! without it would only fail later, in front of a learner. Debug builds read the same folders when they run, so
//! that checking and testing the server needs no site.

use std::env;
use std::fs;

/// Folders that the binary embeds, relative to this package.
const EMBEDDED: [&str; 4] = ["../content", "../dist/agent", "../dist/assets", "../images"];

/// Made last of all when the site is built.
const MANIFEST: &str = "../dist/assets/manifest.json";

const HOW: &str = "run 'cargo xtask build', which builds this binary too";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for folder in EMBEDDED {
        // Embedding a folder that is not there does not compile; an empty one does. If it cannot be made, the
        // compiler's own message names it.
        let _ = fs::create_dir_all(folder);
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for folder in EMBEDDED {
            println!("cargo::rerun-if-changed={folder}");
        }
        match fs::read_to_string(MANIFEST) {
            Err(_) => println!("cargo::error=the site is not built: {HOW}"),
            Ok(manifest) if manifest.contains("\"dev\": true") => {
                println!("cargo::error=dist/ holds a development build of the site: {HOW}");
            }
            Ok(_) => {}
        }
    }
}
