//! `build_context`: a folder of the workspace, as a build of it could be sent.

mod walk;

use drydock_lesson::expect::{BuildContextExpect, ContextPath, Size};

use self::walk::{Walked, walk};
use super::{Failure, Finding};
use crate::error::FactError;
use crate::facts::{Facts, PathFact};
use crate::ignore::Ignore;
use crate::text::{code, several, shown};

/// The file that says what is left out, and the text that it has. The first is for `docker build` with the `Dockerfile` alone, and
/// stands before the other.
const IGNORE_FILES: [&str; 2] = ["Dockerfile.dockerignore", ".dockerignore"];

/// A folder to build from, and what it leaves out.
struct Context<'e> {
    /// For people: `.` for the workspace itself.
    name: &'e str,
    path: &'e str,
    ignore: Ignore,
    /// The file that the rules come from.
    rules: Option<String>,
}

pub(super) async fn check(expect: &BuildContextExpect, facts: &impl Facts) -> Finding {
    let path = expect.path.as_str();
    let name = if path.is_empty() { "." } else { path };
    if facts.folder(path).await?.is_none() {
        let message = match &*facts.path(path).await? {
            PathFact::File { .. } => format!("`{name}` is a file; a build is given a folder."),
            _ => format!("There is no folder `{name}` in your home folder yet. `mkdir -p {name}` makes it."),
        };
        return Ok(Some(Failure::new("missing", message).expecting(name)));
    }
    let (text, rules) = ignore_text(path, facts).await?;
    let ignore = match Ignore::read(&text) {
        Ok(ignore) => ignore,
        Err(line) => {
            let rules = rules.unwrap_or_default();
            let field = expect.asked().first().copied().unwrap_or("missing");
            let message = format!(
                "`{rules}` has a line that Docker cannot read: {}. A `[` wants its `]`, and a `\\` something after it.",
                code(&line)
            );
            return Ok(Some(
                Failure::new(field, message).compare("a pattern", shown(&line)),
            ));
        }
    };
    let context = Context {
        name,
        path,
        ignore,
        rules,
    };
    for wanted in expect.excludes.iter().flatten() {
        if let Some(failure) = excludes(&context, wanted, facts).await? {
            return Ok(Some(failure.actual_fact("path", name)));
        }
    }
    let Some(wanted) = expect.size else {
        return Ok(None);
    };
    let walked = walk(context.path, "", &context.ignore, false, facts).await?;
    let bytes = Size(walked.bytes);
    // What was not looked at can only add to it.
    let too_large = wanted.max.is_some_and(|max| bytes > max);
    if wanted.fits(bytes) && walked.whole {
        return Ok(None);
    }
    let message = if walked.whole || too_large {
        let at_least = if walked.whole { "" } else { "at least " };
        let hint = match &context.rules {
            Some(rules) if too_large => format!(" `{rules}` says what is left out."),
            None if too_large => " A file `.dockerignore` in it says what is left out.".to_owned(),
            _ => String::new(),
        };
        format!(
            "The build context `{name}` takes {at_least}{bytes}, most of it in {}; it is to take {wanted}.{hint}",
            several(
                walked
                    .largest()
                    .map(|(name, size)| format!("{name} ({})", Size(size)))
            )
        )
    } else {
        format!(
            "The build context `{name}` has more folders and files than are looked at, so its size is not known. Leave out what the image does not need, with a `.dockerignore`."
        )
    };
    let failure = Failure::new("size", message).compare(wanted.to_string(), bytes.to_string());
    Ok(Some(described(failure, &walked).actual_fact("path", name)))
}

fn described(failure: Failure, walked: &Walked) -> Failure {
    failure
        .actual_fact("size", Size(walked.bytes).to_string())
        .actual_fact("files", walked.files.to_string())
}

/// The rules' text, and the file that they stand in.
async fn ignore_text(path: &str, facts: &impl Facts) -> Result<(String, Option<String>), FactError> {
    for file in IGNORE_FILES {
        let file = walk::join(path, file);
        if let PathFact::File { text, .. } = &*facts.path(&file).await? {
            return Ok((text.clone(), Some(file)));
        }
    }
    Ok((String::new(), None))
}

/// Something of what is to be left out would be sent.
async fn excludes(
    context: &Context<'_>,
    wanted: &ContextPath,
    facts: &impl Facts,
) -> Result<Option<Failure>, FactError> {
    let wanted = wanted.as_str();
    let (out, _) = context.ignore.leaves_out_path(wanted);
    let inside = walk::join(context.path, wanted);
    if out && !context.ignore.has_exceptions() {
        return Ok(None);
    }
    let walked = match facts.folder(&inside).await? {
        Some(_) => Some(walk(context.path, wanted, &context.ignore, true, facts).await?),
        None => None,
    };
    let sent = walked.as_ref().and_then(|walked| walked.first.as_deref());
    match (&walked, sent) {
        // Nothing in the folder is sent, and there is something in it.
        (Some(walked), None) if walked.whole && (out || walked.left_out > 0) => return Ok(None),
        (None, _) if out => return Ok(None),
        _ => {}
    }
    let name = context.name;
    let message = match (&context.rules, sent) {
        (None, _) => format!(
            "`{wanted}` is not left out of the build context `{name}`: it has no `.dockerignore` yet. Each line of that file names something that is not sent."
        ),
        (Some(rules), Some(sent)) if out => format!(
            "A line of `{rules}` leaves `{wanted}` out of the build context `{name}`, but another, with a `!`, takes {} in again.",
            code(sent)
        ),
        (Some(rules), _) => format!(
            "`{wanted}` is not left out of the build context `{name}`. Lines of `{rules}` begin at the top of that folder, and the last that matches decides; `**/` stands for any folders."
        ),
    };
    let actual = sent.map_or_else(|| "sent".to_owned(), |sent| format!("{} is sent", shown(sent)));
    Ok(Some(
        Failure::new("excludes", message).compare(format!("{wanted} is left out"), actual),
    ))
}
