//! Labels for expectations whose author gave none: a few words, with `code` in backticks.

mod builds;
mod things;

use super::fields::{
    ContainerExpect, CreatedAfter, DanglingExpect, FileExpect, ImageExpect, RanExpect, TextRules,
};
use super::quantity::Bounds;
use super::settings::Settings;
use super::{Expectation, Matcher};

/// The label of an expectation.
pub(super) fn default(expectation: &Expectation) -> String {
    let (subject, clauses) = match &expectation.matcher {
        Matcher::Image(image) => image_label(image),
        Matcher::Dangling(dangling) => dangling_label(dangling),
        Matcher::Container(container) => container_label(container),
        Matcher::Network(network) => things::network(network),
        Matcher::Volume(volume) => things::volume(volume),
        Matcher::Compose(compose) => things::compose(compose),
        Matcher::Registry(registry) => things::registry(registry),
        Matcher::File(file) => file_label(file),
        Matcher::Dockerfile(dockerfile) => builds::dockerfile(dockerfile),
        Matcher::BuildContext(context) => builds::context(context),
        Matcher::Archive(archive) => builds::archive(archive),
        Matcher::Http(http) => things::http(http),
        Matcher::Script(script) => (
            format!("`{}`", script.first_line().replace('`', "'")),
            vec![format!("ends with {}", status(script.wanted()))],
        ),
        Matcher::Ran(ran) => ran_label(ran),
        Matcher::Answer(answer) => (answer.question.clone(), Vec::new()),
    };
    let clauses = join(&clauses);
    if expectation.absent {
        return match (&expectation.matcher, clauses.is_empty()) {
            (Matcher::Dangling(_), _) => "no untagged image is left".to_owned(),
            (_, true) => format!("{subject} is gone"),
            (_, false) => format!("no {subject} {clauses}")
                .replace("no an ", "no ")
                .replace("no a ", "no "),
        };
    }
    match (clauses.is_empty(), &expectation.matcher) {
        (true, Matcher::Dangling(_) | Matcher::Ran(_) | Matcher::Answer(_)) => subject,
        (true, Matcher::Image(image)) if image.count.is_some() => subject,
        (true, Matcher::Http(_)) => format!("{subject} answers"),
        (true, Matcher::Registry(_)) => format!("{subject} is pushed"),
        (true, _) => format!("{subject} is there"),
        (false, _) => format!("{subject} {clauses}"),
    }
}

fn image_label(image: &ImageExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    let mut say = |clause: Option<String>| clauses.extend(clause);
    say(image
        .same_as
        .as_ref()
        .map(|other| format!("is the same as `{other}`")));
    say(image
        .based_on
        .as_ref()
        .map(|other| format!("is built on `{other}`")));
    say(image
        .layers
        .map(|layers| format!("has {layers} {}", plural(layers, "layer"))));
    say(image.size.map(|size| match (size.min, size.max) {
        (None, Some(max)) => format!("takes at most {max}"),
        _ => format!("takes {size}"),
    }));
    say(image
        .smaller_than
        .as_ref()
        .map(|other| format!("is smaller than `{other}`")));
    say(image.cmd.as_ref().map(|cmd| format!("runs `{cmd}`")));
    say(image
        .entrypoint
        .as_ref()
        .map(|entrypoint| format!("has the entrypoint `{entrypoint}`")));
    say(image.user.as_ref().map(|user| match user {
        super::User::NonRoot => "does not run as root".to_owned(),
        super::User::Is(name) => format!("runs as `{name}`"),
    }));
    say(image
        .workdir
        .as_ref()
        .map(|workdir| format!("starts in `{workdir}`")));
    say(image.env.as_ref().map(|env| format!("sets {}", settings(env))));
    say(image
        .labels
        .as_ref()
        .map(|labels| format!("is labelled {}", settings(labels))));
    say(image
        .exposes
        .as_ref()
        .map(|ports| format!("exposes {}", list(&ports.0))));
    say(image
        .history
        .as_ref()
        .map(|history| text(history, "in its history")));
    say(image.created_after.as_ref().map(|after| match after {
        CreatedAfter::Start => "is new".to_owned(),
        CreatedAfter::Time(_) => "is newer than a given time".to_owned(),
        CreatedAfter::Image(other) => format!("is newer than `{other}`"),
    }));
    if let Some(count) = image.count {
        let those = std::mem::take(&mut clauses);
        let those = if those.is_empty() {
            String::new()
        } else {
            format!(" that {}", join(&those))
        };
        let name = &image.reference;
        return match count {
            Bounds {
                min: Some(0),
                max: Some(0),
            } => (format!("no image `{name}`{those}"), vec!["is left".to_owned()]),
            _ => (
                format!("{count} {} `{name}`{those}", plural(count, "image")),
                Vec::new(),
            ),
        };
    }
    let subject = match (
        image.reference.exact(),
        image.reference.tag(),
        image.reference.repository().as_str(),
    ) {
        (None, Some(tag), "*") if !tag.has_wildcards() => format!("an image tagged `{}`", tag.as_str()),
        (None, Some(tag), repository)
            if tag.as_str() == "*" && !image.reference.repository().has_wildcards() =>
        {
            format!("an image of `{repository}`")
        }
        (None, ..) => format!("an image like `{}`", image.reference),
        (Some(_), ..) => format!("image `{}`", image.reference),
    };
    (subject, clauses)
}

fn dangling_label(dangling: &DanglingExpect) -> (String, Vec<String>) {
    let label = match dangling.count {
        None => "an untagged image is there".to_owned(),
        Some(Bounds { max: Some(0), .. }) => "no untagged image is left".to_owned(),
        Some(count) => format!("{count} untagged {}", plural(count, "image")),
    };
    (label, Vec::new())
}

fn container_label(container: &ContainerExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    let mut say = |clause: Option<String>| clauses.extend(clause);
    say(container
        .image
        .as_ref()
        .map(|image| format!("is made from `{image}`")));
    say(container.state.as_ref().map(|states| {
        let words: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        format!("is {}", words.join(" or "))
    }));
    say(container
        .exit_code
        .map(|code| format!("ended with {}", status(code))));
    say(container.health.map(|health| match health {
        super::Health::None => "has no health check".to_owned(),
        health => format!("is {health}"),
    }));
    say(container
        .ports
        .as_ref()
        .map(|ports| format!("publishes {}", list(ports))));
    say(container
        .env
        .as_ref()
        .map(|env| format!("has {} set", settings(env))));
    say(container
        .mounts
        .as_ref()
        .map(|mounts| format!("mounts {}", list(mounts))));
    say(container.networks.as_ref().map(|networks| {
        let names: Vec<&str> = networks.iter().map(super::Glob::as_str).collect();
        format!("is on {}", list(&names))
    }));
    say(container.restart.map(|restart| format!("restarts `{restart}`")));
    say(container
        .command
        .as_ref()
        .map(|command| format!("runs `{command}`")));
    say(container.logs.as_ref().map(|logs| text(logs, "in its logs")));
    (named("container", &container.name), clauses)
}

fn file_label(file: &FileExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    let patterns =
        |patterns: &[super::Pattern]| list(&patterns.iter().map(super::Pattern::plain).collect::<Vec<_>>());
    clauses.extend(file.has.as_ref().map(|has| format!("has {}", patterns(has))));
    clauses.extend(
        file.has_not
            .as_ref()
            .map(|has_not| format!("has no {}", patterns(has_not))),
    );
    clauses.extend(file.size.map(|size| format!("takes {size}")));
    clauses.extend(file.mode.map(|mode| format!("has the mode `{mode}`")));
    (format!("file `{}`", file.path), clauses)
}

fn ran_label(ran: &RanExpect) -> (String, Vec<String>) {
    let clauses = ran.exit.map(|exit| format!("and it ended with {}", status(exit)));
    (
        format!("you ran `{}`", ran.command.plain()),
        clauses.into_iter().collect(),
    )
}

/// A thing by its name or a pattern of names.
fn named(noun: &str, name: &super::Glob) -> String {
    match name.as_str() {
        "*" => format!("a {noun}"),
        pattern if name.has_wildcards() => format!("a {noun} like `{pattern}`"),
        name => format!("{noun} `{name}`"),
    }
}

fn status(code: Bounds<i64>) -> String {
    if code == Bounds::exactly(0) {
        "success".to_owned()
    } else {
        format!("status {code}")
    }
}

fn text(rules: &TextRules, place: &str) -> String {
    let quoted =
        |patterns: &[super::Pattern]| list(&patterns.iter().map(super::Pattern::plain).collect::<Vec<_>>());
    match (rules.has.is_empty(), rules.has_not.is_empty()) {
        (false, true) => format!("has {} {place}", quoted(&rules.has)),
        (true, _) => format!("has no {} {place}", quoted(&rules.has_not)),
        (false, false) => format!(
            "has {} and no {} {place}",
            quoted(&rules.has),
            quoted(&rules.has_not)
        ),
    }
}

fn settings(settings: &Settings) -> String {
    let named = settings.0.iter().map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    });
    list(&named.collect::<Vec<_>>())
}

/// `a`, `b` and `c`.
fn list<T: ToString>(items: &[T]) -> String {
    join(
        &items
            .iter()
            .map(|item| format!("`{}`", item.to_string()))
            .collect::<Vec<_>>(),
    )
}

fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn plural(count: Bounds<u64>, noun: &str) -> String {
    if count.max.or(count.min) == Some(1) {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}
