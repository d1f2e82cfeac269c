//! `dockerfile`: a Dockerfile of the workspace, parsed and not searched.

use drydock_lesson::expect::{DockerfileExpect, Order, Pattern, Reference};

use super::{Failure, Finding};
use crate::dockerfile::{Dockerfile, Instruction, Stage};
use crate::facts::{Facts, PathFact};
use crate::text::{code, counted, several, shown};

pub(super) async fn check(expect: &DockerfileExpect, facts: &impl Facts) -> Finding {
    let path = &expect.path;
    let fact = facts.path(path).await?;
    let text = match &*fact {
        PathFact::File { text, .. } => text,
        PathFact::Folder => {
            let message = format!("`{path}` is a folder; it is to be a Dockerfile.");
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
    let file = match Dockerfile::read(text) {
        Ok(file) => file,
        Err(_) if text.trim().is_empty() => {
            let message = format!("`{path}` is empty. If you have just written it, is it saved?");
            return Ok(Some(
                Failure::new("syntax", message).compare("a Dockerfile", "an empty file"),
            ));
        }
        Err(problem) => {
            let message = format!(
                "`{path}` cannot be read as a Dockerfile. Line {}: {}.",
                problem.line, problem.what
            );
            let failure = Failure::new("syntax", message).actual_fact("path", path.clone());
            return Ok(Some(
                failure.compare("a Dockerfile", format!("line {}", problem.line)),
            ));
        }
    };
    let failure = stages(expect, &file)
        .or_else(|| final_from(expect, &file))
        .or_else(|| copies_from(expect, &file))
        .or_else(|| user(expect, &file))
        .or_else(|| before(path, expect.before.as_ref()?, &file))
        .or_else(|| no_latest(expect, &file))
        .or_else(|| exec_form(expect, &file));
    Ok(failure.map(|failure| {
        failure
            .actual_fact("path", path.clone())
            .actual_fact("stages", file.stages.len().to_string())
            .actual_fact("from", shown(root(&file)))
            .actual_fact("user", shown(&last_user(&file).unwrap_or_default()))
    }))
}

fn stages(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    let count = file.stages.len() as u64;
    let wanted = expect.stages.filter(|wanted| !wanted.fits(count))?;
    let message = format!(
        "`{}` has {}; there are to be {wanted}. Each `FROM` begins one.",
        expect.path,
        counted(count, "stage")
    );
    Some(Failure::new("stages", message).compare(wanted.to_string(), count.to_string()))
}

/// The image that the last stage stands on.
fn root(file: &Dockerfile) -> &str {
    let last = file.last().and_then(|last| file.chain(last).last());
    last.map_or("", |stage| stage.from.as_str())
}

fn final_from(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    let wanted = expect.final_from.as_ref()?;
    let found = root(file);
    if Reference::from_engine(found).is_some_and(|image| wanted.matches(&image)) {
        return None;
    }
    let message = format!(
        "The last stage of `{}` stands on {}; it is to stand on `{wanted}`. The last `FROM` decides what is left in the image.",
        expect.path,
        code(found)
    );
    Some(Failure::new("final_from", message).compare(wanted.to_string(), shown(found)))
}

/// The instructions of the last stage and of those that it stands on.
fn of_last(file: &Dockerfile) -> impl Iterator<Item = (&Stage, &Instruction)> {
    let stages = file.last().into_iter().flat_map(|last| file.chain(last));
    stages.flat_map(|stage| {
        stage
            .instructions
            .iter()
            .rev()
            .map(move |instruction| (stage, instruction))
    })
}

fn copies_from(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    let wanted = expect.copies_from.as_ref()?;
    let sources: Vec<&str> = of_last(file)
        .filter(|(_, instruction)| matches!(instruction.keyword, "COPY" | "ADD"))
        .filter_map(|(_, instruction)| instruction.flag("from"))
        .collect();
    let names = |source: &str| {
        let stage = file.named(source);
        let number = stage.map(|(at, _)| at.to_string());
        let name = stage.and_then(|(_, stage)| stage.name.clone());
        [Some(source.to_owned()), number, name]
    };
    let missing = wanted.iter().find(|wanted| {
        let fits = |source: &&str| match wanted.as_str() {
            // Any stage; what no stage is called would be looked for as an image.
            "*" => file.named(source).is_some(),
            _ => names(source).iter().flatten().any(|name| wanted.matches(name)),
        };
        !sources.iter().any(fits)
    })?;
    let (path, missing) = (&expect.path, missing.as_str());
    let found = several(sources.iter().rev());
    let message = if missing == "*" {
        format!(
            "The last stage of `{path}` copies from no other stage. `COPY --from=STAGE SOURCE TARGET` does."
        )
    } else {
        format!(
            "The last stage of `{path}` copies from {found}; it is to copy from `{missing}`. `COPY --from={missing} SOURCE TARGET` does."
        )
    };
    let expected = if missing == "*" { "another stage" } else { missing };
    Some(Failure::new("copies_from", message).compare(expected, found.replace('`', "")))
}

/// The user that the last stage ends with, if anything sets one.
fn last_user(file: &Dockerfile) -> Option<String> {
    let (stage, instruction) = of_last(file).find(|(_, instruction)| instruction.keyword == "USER")?;
    Some(stage.fill(&instruction.rest))
}

fn user(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    let wanted = expect.user.as_ref()?;
    let found = last_user(file);
    if wanted.matches(found.as_deref().unwrap_or_default()) {
        return None;
    }
    let path = &expect.path;
    let message = match &found {
        Some(found) => format!(
            "The last stage of `{path}` ends as the user {}; it is to be {wanted}. The last `USER` decides.",
            code(found)
        ),
        None => format!(
            "The last stage of `{path}` sets no user, so what it starts runs as root, unless its base sets one; it is to be {wanted}. `USER` sets it."
        ),
    };
    let found = found.map_or_else(|| "not set".to_owned(), |found| shown(&found));
    Some(Failure::new("user", message).compare(wanted.to_string(), found))
}

/// One stage has all the instructions in their order; else the stage that comes nearest is spoken of.
fn before(path: &str, order: &Order, file: &Dockerfile) -> Option<Failure> {
    let mut nearest: Option<(usize, Failure)> = None;
    for stage in &file.stages {
        let (found, failure) = out_of_order(path, order, stage)?;
        if nearest.as_ref().is_none_or(|(most, _)| found > *most) {
            nearest = Some((found, failure));
        }
    }
    nearest.map(|(_, failure)| failure)
}

/// What is wrong with a stage's order, and how many of the instructions it has. None if nothing is.
fn out_of_order(path: &str, order: &Order, stage: &Stage) -> Option<(usize, Failure)> {
    let lines = || {
        let first = std::iter::once((stage.line, stage.text.as_str()));
        first.chain(stage.instructions.iter().map(|one| (one.line, one.text.as_str())))
    };
    let places: Vec<_> = order
        .0
        .iter()
        .map(|pattern| (pattern, lines().find(|(_, text)| pattern.is_match(text))))
        .collect();
    let found = places.iter().filter(|(_, place)| place.is_some()).count();
    let plain: Vec<String> = order.0.iter().map(Pattern::plain).collect();
    let quoted = format!("`{}`", plain.join("`, then `"));
    if let Some((pattern, _)) = places.iter().find(|(_, place)| place.is_none()) {
        let plain = pattern.plain();
        let message = format!(
            "No instruction of `{path}` matches `{plain}` where it is looked for: {quoted}, in one stage."
        );
        return Some((
            found,
            Failure::new("before", message).ordering(order, format!("no {plain}")),
        ));
    }
    let found_lines: Vec<(usize, &str)> = places.iter().filter_map(|(_, place)| *place).collect();
    let wrong = found_lines.windows(2).find(|pair| pair[0].0 >= pair[1].0)?;
    let [(late, late_text), (early, early_text)] = [wrong[0], wrong[1]];
    let message = if late == early {
        format!(
            "Line {early} of `{path}`, {}, does at once what two instructions are to do: {quoted}.",
            code(early_text)
        )
    } else {
        format!(
            "In `{path}`, {} on line {early} stands before {} on line {late}; it is to be the other way round. What seldom changes comes first: then the cache serves it.",
            code(early_text),
            code(late_text)
        )
    };
    Some((
        found,
        Failure::new("before", message).ordering(order, format!("line {late} after line {early}")),
    ))
}

fn no_latest(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    expect.no_latest?;
    let bases = file
        .stages
        .iter()
        .filter(|stage| stage.base.is_none() && stage.from != "scratch")
        .map(|stage| (stage.line, stage.from.as_str()));
    let copied = file
        .stages
        .iter()
        .flat_map(|stage| &stage.instructions)
        .filter_map(|instruction| {
            let from = instruction
                .flag("from")
                .filter(|from| file.named(from).is_none())?;
            matches!(instruction.keyword, "COPY" | "ADD").then_some((instruction.line, from))
        });
    // A variable that is given only when it is built may be anything.
    let (line, image) = bases.chain(copied).find(|(_, image)| {
        let reference = Reference::from_engine(image);
        !image.contains('$') && reference.is_some_and(|reference| reference.tag() == Some("latest"))
    })?;
    let why = if image.ends_with(":latest") {
        ""
    } else {
        " without a tag, which means `latest`"
    };
    let message = format!(
        "Line {line} of `{}` names {}{why}. That is another image every few weeks: name the version that you have tried.",
        expect.path,
        code(image)
    );
    Some(Failure::new("no_latest", message).compare("a version", shown(image)))
}

fn exec_form(expect: &DockerfileExpect, file: &Dockerfile) -> Option<Failure> {
    expect.exec_form?;
    let path = &expect.path;
    let of = |keyword: &str| {
        of_last(file)
            .map(|(_, one)| one)
            .find(|one| one.keyword == keyword)
    };
    let started: Vec<&Instruction> = [of("ENTRYPOINT"), of("CMD")].into_iter().flatten().collect();
    if started.is_empty() {
        let message = format!(
            "The last stage of `{path}` has neither `CMD` nor `ENTRYPOINT`; one of them is to say, as a list, what is started."
        );
        return Some(
            Failure::new("exec_form", message).compare("exec form", "neither `CMD` nor `ENTRYPOINT`"),
        );
    }
    let wrong = started
        .into_iter()
        .find(|instruction| instruction.exec().is_none())?;
    let why = if wrong.rest.starts_with('[') {
        "It looks like a list, but is none: in JSON, each part has double quotes, and commas stand between them."
    } else {
        "A shell starts it, and keeps signals from it. As a list it is started itself: `[\"PROGRAM\", \"ARGUMENT\"]`."
    };
    let message = format!(
        "Line {} of `{path}`, {}, is in the shell form. {why}",
        wrong.line,
        code(&wrong.text)
    );
    Some(Failure::new("exec_form", message).compare("exec form", shown(&wrong.text)))
}
