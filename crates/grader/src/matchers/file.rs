//! `file`: a file of the workspace.

use drydock_lesson::expect::{Else, FileExpect, FileMode, Size};

use super::{Failure, Finding};
use crate::facts::{Facts, PathFact};
use crate::text::{code, shown};

pub(super) async fn check(expect: &FileExpect, messages: &Else, facts: &impl Facts) -> Finding {
    let path = &expect.path;
    let fact = facts.path(path).await?;
    let (size, text) = match &*fact {
        PathFact::File { size, text } => (*size, text),
        PathFact::Folder => {
            let message = format!("`{path}` is a folder; it is to be a file.");
            return Ok(Some(
                Failure::new("missing", message).compare("a file", "a folder"),
            ));
        }
        PathFact::Nothing => {
            let message = format!(
                "There is no file `{path}` in your home folder yet. Names are told apart by upper and lower case; `ls -a` lists what is there."
            );
            return Ok(Some(Failure::new("missing", message).expecting(path.clone())));
        }
    };
    let mode_wanted = expect.mode.is_some();
    let failure = match content(expect, text).or_else(|| size_of(expect, size)) {
        Some(failure) => failure,
        None if !mode_wanted => return Ok(None),
        None => match mode(expect, facts.mode(path).await?) {
            Some(failure) => failure,
            None => return Ok(None),
        },
    };
    let failure = failure
        .actual_fact("path", path.clone())
        .actual_fact("size", Size(size).to_string());
    if failure.speaks_of(messages, &["mode"])
        && let Some(bits) = facts.mode(path).await?
    {
        return Ok(Some(failure.actual_fact("mode", FileMode(bits).to_string())));
    }
    Ok(Some(failure))
}

fn content(expect: &FileExpect, text: &str) -> Option<Failure> {
    let path = &expect.path;
    if let Some(pattern) = expect
        .has
        .iter()
        .flatten()
        .find(|pattern| !pattern.is_match(text))
    {
        let plain = pattern.plain();
        let message = if text.trim().is_empty() {
            format!("`{path}` is empty; it is to have a line that matches `{plain}`.")
        } else {
            format!("No line of `{path}` matches `{plain}`. If you have just written it, is it saved?")
        };
        return Some(Failure::new("has", message).wanting(pattern));
    }
    expect.has_not.iter().flatten().find_map(|pattern| {
        let line = pattern.find(text)?;
        let plain = pattern.plain();
        let message = format!(
            "`{path}` has the line {}, and none is to match `{plain}`.",
            code(line)
        );
        Some(Failure::new("has_not", message).against(pattern, shown(line)))
    })
}

fn size_of(expect: &FileExpect, size: u64) -> Option<Failure> {
    let wanted = expect.size.filter(|wanted| !wanted.fits(Size(size)))?;
    let message = format!("`{}` takes {}; it is to take {wanted}.", expect.path, Size(size));
    Some(Failure::new("size", message).compare(wanted.to_string(), Size(size).to_string()))
}

fn mode(expect: &FileExpect, found: Option<u32>) -> Option<Failure> {
    let wanted = expect.mode?;
    let path = &expect.path;
    match found {
        Some(bits) if bits == wanted.0 => None,
        Some(bits) => {
            let message = format!(
                "`{path}` has the mode `{}`; it is to be `{wanted}`. `ls -l {path}` shows it in letters.",
                FileMode(bits)
            );
            Some(Failure::new("mode", message).compare(wanted.to_string(), FileMode(bits).to_string()))
        }
        None => {
            let message =
                format!("The mode of `{path}` could not be found out: its folder has too many files.");
            Some(Failure::new("mode", message).expecting(wanted.to_string()))
        }
    }
}
