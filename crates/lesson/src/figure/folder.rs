//! A lesson's `figures` folder.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::{Figure, Figures};
use crate::limits;
use crate::load::{bytes, show, unreadable};
use crate::problem::Problem;
use crate::source::Source;

/// Reads the pictures of a lesson; a folder that is not there has none. What is wrong goes to `problems`.
pub(crate) fn read(root: &Path, problems: &mut Vec<Problem>) -> Figures {
    let names = match names(root) {
        Ok(names) => names,
        Err(problem) => {
            problems.push(problem);
            return Figures::new();
        }
    };
    let mut figures = Figures::new();
    let mut bytes_left = limits::FIGURES_MAX_BYTES;
    for name in names {
        match file(root, &name) {
            Ok(figure) if figure.text.len() > bytes_left => {
                let message = format!(
                    "the pictures of a lesson are larger than {} KiB together",
                    limits::FIGURES_MAX_BYTES / 1024
                );
                problems.push(Problem::of_file(show(root), message));
                return figures;
            }
            Ok(figure) => {
                bytes_left -= figure.text.len();
                figures.insert(format!("figures/{name}"), figure);
            }
            Err(found) => problems.extend(found),
        }
    }
    figures
}

/// The files of the folder, in order.
fn names(root: &Path) -> Result<Vec<String>, Problem> {
    match fs::symlink_metadata(root) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => {
            return Err(Problem::of_file(show(root), "this is not a folder")
                .help("put the folder itself here: links are not followed"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(root, &error)),
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(root).map_err(|error| unreadable(root, &error))? {
        let name = entry.map_err(|error| unreadable(root, &error))?.file_name();
        let plain = |name: &str| {
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match name.to_str() {
            Some(name) if name.starts_with('.') => {}
            Some(name) if plain(name) && name.strip_suffix(".svg").is_some() => names.push(name.to_owned()),
            _ => {
                return Err(Problem::of_file(show(&root.join(&name)), "this is not a picture")
                    .help("pictures are SVG files with names such as `layers.svg`: letters, digits, `-` and `_`"));
            }
        }
        if names.len() > limits::FIGURES_MAX {
            let message = format!("a lesson has at most {} pictures", limits::FIGURES_MAX);
            return Err(Problem::of_file(show(root), message));
        }
    }
    names.sort();
    Ok(names)
}

fn file(root: &Path, name: &str) -> Result<Figure, Vec<Problem>> {
    let path = root.join(name);
    let bytes = bytes(&path, limits::FIGURE_MAX_BYTES).map_err(|problem| vec![problem])?;
    let text = String::from_utf8(bytes)
        .map_err(|_| vec![Problem::of_file(show(&path), "the file is not UTF-8").help("save it as UTF-8")])?;
    Figure::read(&Source::new(show(&path), &text))
}
