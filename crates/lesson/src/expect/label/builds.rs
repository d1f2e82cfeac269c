//! Labels of what images are built from, and written to.

use super::{list, plural};
use crate::expect::User;
use crate::expect::fields::{ArchiveExpect, BuildContextExpect, CopySource, DockerfileExpect};
use crate::expect::pattern::Pattern;

pub(super) fn dockerfile(dockerfile: &DockerfileExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    let mut say = |clause: Option<String>| clauses.extend(clause);
    say(dockerfile
        .stages
        .map(|stages| format!("has {stages} {}", plural(stages, "stage"))));
    say(dockerfile
        .final_from
        .as_ref()
        .map(|from| format!("ends on `{from}`")));
    say(dockerfile.copies_from.as_ref().map(|sources| {
        let names: Vec<&str> = sources.iter().map(CopySource::as_str).collect();
        match names.as_slice() {
            ["*"] => "copies from another stage".to_owned(),
            names => format!("copies from {}", list(names)),
        }
    }));
    say(dockerfile.user.as_ref().map(|user| match user {
        User::NonRoot => "does not run as root".to_owned(),
        User::Is(name) => format!("runs as `{name}`"),
    }));
    say(dockerfile.before.as_ref().map(|order| {
        let parts: Vec<String> = order
            .0
            .iter()
            .map(|part| format!("`{}`", Pattern::plain(part)))
            .collect();
        format!("has {}", parts.join(" before "))
    }));
    say(dockerfile.no_latest.map(|_| "names no `latest` image".to_owned()));
    say(dockerfile
        .exec_form
        .map(|_| "starts its program in the exec form".to_owned()));
    if clauses.is_empty() {
        clauses.push("is a Dockerfile".to_owned());
    }
    (format!("`{}`", dockerfile.path), clauses)
}

pub(super) fn context(context: &BuildContextExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    clauses.extend(
        context
            .excludes
            .as_ref()
            .map(|paths| format!("leaves out {}", list(paths))),
    );
    clauses.extend(context.size.map(|size| match (size.min, size.max) {
        (None, Some(max)) => format!("takes at most {max}"),
        _ => format!("takes {size}"),
    }));
    let path = if context.path.is_empty() {
        "."
    } else {
        &context.path
    };
    (format!("build context `{path}`"), clauses)
}

pub(super) fn archive(archive: &ArchiveExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    clauses.extend(match (&archive.holds_image, &archive.same_as) {
        (Some(name), Some(other)) => Some(format!("holds the image `{name}`, the same as `{other}`")),
        (Some(name), None) => Some(format!("holds the image `{name}`")),
        (None, Some(other)) => Some(format!("holds the same image as `{other}`")),
        (None, None) => None,
    });
    clauses.extend(
        archive
            .is_filesystem
            .map(|_| "is a container's file system".to_owned()),
    );
    (format!("archive `{}`", archive.path), clauses)
}
