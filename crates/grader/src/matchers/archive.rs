//! `archive`: a tar of the workspace, as `docker save` and `docker export` write them.

use drydock_lesson::expect::{ArchiveExpect, Reference, ReferencePattern};

use super::{Failure, Finding};
use crate::facts::{ArchiveFact, ArchivedImage, Facts, ImageFact, TarEnd, TarFact};
use crate::text::{several, short_id};

pub(super) async fn check(expect: &ArchiveExpect, facts: &impl Facts) -> Finding {
    let path = expect.path.as_str();
    let fact = facts.archive(path).await?;
    let tar = match &*fact {
        ArchiveFact::Tar(tar) => tar,
        other => return Ok(Some(no_tar(expect, other))),
    };
    if tar.end == TarEnd::Cut {
        let message = format!(
            "`{path}` ends in the middle of something, so nothing can be loaded from it. Is it still being written? If not, write it again, and look whether the disk is full (`df -h ~`)."
        );
        let failure = Failure::new("format", message).compare("a whole tar archive", "a part of one");
        return Ok(Some(failure.actual_fact("path", path)));
    }
    let failure = match held(expect, tar) {
        Ok(images) => match &expect.same_as {
            Some(wanted) => same_as(expect, &images, wanted, &facts.images().await?),
            None => filesystem(expect, tar),
        },
        Err(failure) => Some(failure),
    };
    Ok(failure.map(|failure| {
        failure
            .actual_fact("path", path)
            .actual_fact("holds", names(&tar.images).join(", "))
    }))
}

/// There is no tar at all.
fn no_tar(expect: &ArchiveExpect, found: &ArchiveFact) -> Failure {
    let path = expect.path.as_str();
    let write = match (&expect.is_filesystem, wanted_name(expect)) {
        (Some(_), _) => format!("`docker export -o {path} CONTAINER`"),
        (None, name) => format!("`docker save -o {path} {name}`"),
    };
    let format = |message: String, actual: &str| {
        let failure = Failure::new("format", message).compare("a tar archive", actual);
        failure.actual_fact("path", path)
    };
    match found {
        ArchiveFact::Folder => {
            let message = format!("`{path}` is a folder; it is to be a tar archive.");
            Failure::new("missing", message).compare("a file", "a folder")
        }
        ArchiveFact::Empty => format(
            format!(
                "`{path}` is empty: what was to write it has failed, and its message says why. {write} writes one."
            ),
            "an empty file",
        ),
        ArchiveFact::Compressed(program) => format(
            format!(
                "`{path}` is compressed with {program}; it is to be a plain tar archive, which is what {write} writes."
            ),
            program,
        ),
        ArchiveFact::Other => format(
            format!("`{path}` is no tar archive. {write} writes one."),
            "another file",
        ),
        ArchiveFact::Nothing | ArchiveFact::Tar(_) => {
            let message = format!("There is no file `{path}` in your home folder yet. {write} writes it.");
            Failure::new("missing", message).expecting(path)
        }
    }
}

/// A name for a command that would be right.
fn wanted_name(expect: &ArchiveExpect) -> String {
    let exact = expect.holds_image.as_ref().and_then(ReferencePattern::exact);
    exact
        .or_else(|| expect.same_as.clone())
        .map_or_else(|| "IMAGE".to_owned(), |name| name.to_string())
}

/// The images in it that are meant.
fn held<'t>(expect: &ArchiveExpect, tar: &'t TarFact) -> Result<Vec<&'t ArchivedImage>, Failure> {
    let Some(wanted) = &expect.holds_image else {
        return match &expect.same_as {
            Some(other) if tar.images.is_empty() => Err(no_image(expect, tar, "same_as", &other.to_string())),
            _ => Ok(tar.images.iter().collect()),
        };
    };
    let meant: Vec<&ArchivedImage> = tar
        .images
        .iter()
        .filter(|image| image.names.iter().any(|name| wanted.matches(name)))
        .collect();
    if meant.is_empty() {
        return Err(no_image(expect, tar, "holds_image", &wanted.to_string()));
    }
    Ok(meant)
}

/// None of the images in it is meant, or there is none.
fn no_image(expect: &ArchiveExpect, tar: &TarFact, field: &'static str, wanted: &str) -> Failure {
    let path = expect.path.as_str();
    let save = format!("`docker save -o {path} {}`", wanted_name(expect));
    let names = names(&tar.images);
    let (message, actual) = if tar.is_filesystem {
        let message = format!(
            "`{path}` is a container's file system, as `docker export` writes it: files without layers, history or a name. {save} writes an image."
        );
        (message, "a file system".to_owned())
    } else if !names.is_empty() {
        let message = format!(
            "`{path}` holds {}, and is to hold `{wanted}`. {save} writes it.",
            several(&names)
        );
        (message, names.join(", "))
    } else if tar.is_image && !tar.images.is_empty() {
        let message = format!(
            "`{path}` holds an image without a name, because it was saved by its ID. {save} keeps the name."
        );
        (message, "an image without a name".to_owned())
    } else {
        let more = if tar.end == TarEnd::More {
            " as far as it was looked at"
        } else {
            ""
        };
        let message = format!(
            "`{path}` is a tar archive, but none with an image in it{more}: at its top {}. {save} writes one.",
            stands(&tar.top)
        );
        (message, "no image".to_owned())
    };
    Failure::new(field, message).compare(wanted, actual)
}

/// The image in it is not what it is to be.
fn same_as(
    expect: &ArchiveExpect,
    held: &[&ArchivedImage],
    wanted: &Reference,
    images: &[ImageFact],
) -> Option<Failure> {
    let path = expect.path.as_str();
    let found = held.iter().find_map(|image| image.id.as_deref());
    let id = found.map_or_else(|| "no ID".to_owned(), short_id);
    let other = images.iter().find(|image| image.references.contains(wanted));
    let failure = match other {
        Some(other) if held.iter().any(|image| image.id.as_deref() == Some(&*other.id)) => return None,
        Some(other) => {
            let other = short_id(&other.id);
            let message = format!(
                "The image in `{path}` is `{id}`, but `{wanted}` is `{other}`. `docker save -o {path} {}` writes it anew.",
                wanted_name(expect)
            );
            Failure::new("same_as", message)
                .compare(format!("{other} ({wanted})"), id.clone())
                .expected_fact("id", other)
        }
        None => {
            let message = format!(
                "What is in `{path}` cannot be compared with `{wanted}`, because that is not among your images. `docker load -i {path}` loads the archive."
            );
            Failure::new("same_as", message).compare(wanted.to_string(), id.clone())
        }
    };
    Some(
        failure
            .expected_fact("reference", wanted.to_string())
            .actual_fact("id", id),
    )
}

fn filesystem(expect: &ArchiveExpect, tar: &TarFact) -> Option<Failure> {
    if expect.is_filesystem.is_none() || tar.is_filesystem {
        return None;
    }
    let path = expect.path.as_str();
    let export = format!("`docker export -o {path} CONTAINER`");
    let names = names(&tar.images);
    let (message, actual) = if tar.is_image {
        let what = if names.is_empty() {
            "an image with its layers".to_owned()
        } else {
            format!("{} with all layers", several(&names))
        };
        let message = format!(
            "`{path}` holds {what}, as `docker save` writes it. {export} writes a container's files, and nothing but these."
        );
        (message, "an image".to_owned())
    } else {
        let message = format!(
            "`{path}` is a tar archive, but not of a container's file system: at its top {}, and no `etc`, `dev`, `proc` and `sys`. {export} writes one.",
            stands(&tar.top)
        );
        (message, "other files".to_owned())
    };
    Some(Failure::new("is_filesystem", message).compare("a file system", actual))
}

/// The names of all images, each once.
fn names(images: &[ArchivedImage]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in images.iter().flat_map(|image| &image.names) {
        let name = crate::text::shown(&name.to_string());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn stands(top: &[String]) -> String {
    match top {
        [] => "stands nothing".to_owned(),
        [one] => format!("stands {}", several([one])),
        many => format!("stand {}", several(many)),
    }
}
