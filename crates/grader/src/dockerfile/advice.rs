//! What is wrong in a Dockerfile, or may be, told while it is written: few rules, each of which has cost many people an hour.

use drydock_lesson::expect::{Reference, nearest};
use drydock_protocol::workbench::{DockerfileProblem, Severity};

use super::{Dockerfile, Instruction, Stage};
use crate::text::{code, shown};

/// As many as anybody would read.
const PROBLEMS_MAX: usize = 50;

/// Commands that fetch what a list of packages names, and those lists.
const INSTALLS: [(&str, &str); 10] = [
    ("npm ci", "package.json package-lock.json"),
    ("npm install", "package.json package-lock.json"),
    ("yarn install", "package.json yarn.lock"),
    ("pnpm install", "package.json pnpm-lock.yaml"),
    ("pip install -r", "requirements.txt"),
    ("pip install --requirement", "requirements.txt"),
    ("bundle install", "Gemfile Gemfile.lock"),
    ("composer install", "composer.json composer.lock"),
    ("go mod download", "go.mod go.sum"),
    ("cargo fetch", "Cargo.toml Cargo.lock"),
];
/// Endings of names whose values nobody else is to know.
const SECRETS: [&str; 5] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY"];
/// Archives that `ADD` unpacks.
const ARCHIVES: [&str; 6] = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst"];

/// What is wrong in a Dockerfile, or may be, by line; at most 50. A file in which nothing stands has no problem yet.
pub fn dockerfile_problems(text: &str) -> Vec<DockerfileProblem> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let (file, broken) = Dockerfile::read_as_far_as_it_goes(text);
    let mut found: Vec<(usize, Severity, String)> = Vec::new();
    for (at, stage) in file.stages.iter().enumerate() {
        let warnings = of_stage(&file, at, stage);
        found.extend(
            warnings
                .into_iter()
                .map(|(line, said)| (line, Severity::Warning, said)),
        );
    }
    if let Some(problem) = broken {
        let said = format!("It cannot be built: {}.", problem.what);
        found.push((problem.line, Severity::Error, said));
    }
    found.sort_by_key(|(line, ..)| *line);
    found.truncate(PROBLEMS_MAX);
    let problems = found
        .into_iter()
        .map(|(line, severity, message)| DockerfileProblem {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            severity,
            message,
        });
    problems.collect()
}

type Warning = (usize, String);

fn of_stage(file: &Dockerfile, at: usize, stage: &Stage) -> Vec<Warning> {
    let mut found: Vec<Warning> = Vec::new();
    found.extend(moving_base(stage));
    found.extend(install_after_everything(stage));
    found.extend(of_several(stage, "CMD"));
    found.extend(of_several(stage, "ENTRYPOINT"));
    for instruction in &stage.instructions {
        let said = match instruction.keyword {
            "ADD" => added(instruction),
            "ARG" | "ENV" => secret(instruction),
            "CMD" | "ENTRYPOINT" => shell_form(instruction),
            "COPY" => copied_from(file, at, instruction).or_else(|| copied_from_above(instruction)),
            "MAINTAINER" => Some(
                "`MAINTAINER` is out of use. `LABEL org.opencontainers.image.authors=\"…\"` says the same."
                    .to_owned(),
            ),
            "RUN" => ran(instruction),
            _ => None,
        };
        found.extend(said.map(|said| (instruction.line, said)));
    }
    found
}

fn moving_base(stage: &Stage) -> Option<Warning> {
    // A variable that is given only when it is built may be anything.
    if stage.base.is_some() || stage.from == "scratch" || stage.from.contains('$') {
        return None;
    }
    let reference = Reference::from_engine(&stage.from)?;
    if reference.tag() != Some("latest") {
        return None;
    }
    let why = if stage.from.ends_with(":latest") {
        ""
    } else {
        " without a tag, which means `latest`"
    };
    let said = format!(
        "{} is named{why}: another image every few weeks. Name the version that you have tried.",
        code(&stage.from)
    );
    Some((stage.line, said))
}

/// Everything is copied before packages are fetched: each changed file has them fetched again.
fn install_after_everything(stage: &Stage) -> Option<Warning> {
    let all = stage.instructions.iter().position(|one| {
        one.keyword == "COPY"
            && one.flag("from").is_none()
            && one
                .rest
                .split_whitespace()
                .next()
                .is_some_and(|from| matches!(from, "." | "./"))
    })?;
    let (command, lists) = stage.instructions[all..]
        .iter()
        .filter(|one| one.keyword == "RUN")
        .find_map(|one| INSTALLS.iter().find(|(command, _)| one.text.contains(command)))?;
    let said = format!(
        "Everything is copied before `{command}`, so each changed file has the packages fetched again. \
         `COPY` what names them first (`{lists}`), then `{command}`, then the rest."
    );
    Some((stage.instructions[all].line, said))
}

fn of_several(stage: &Stage, keyword: &str) -> Option<Warning> {
    let mut all = stage.instructions.iter().filter(|one| one.keyword == keyword);
    let (first, second) = (all.next()?, all.next()?);
    let last = all.next_back().unwrap_or(second);
    let said = format!(
        "Only the last `{keyword}` of a stage counts: line {} takes the place of this one.",
        last.line
    );
    Some((first.line, said))
}

fn added(instruction: &Instruction) -> Option<String> {
    let source = instruction.rest.split_whitespace().next()?;
    let is_for_add = source.contains("://")
        || source.starts_with("git@")
        || source.starts_with("<<")
        || source.starts_with('[')
        || ARCHIVES.iter().any(|ending| source.ends_with(ending));
    (!is_for_add).then(|| {
        "`COPY` does this, and nothing that surprises: `ADD` is for addresses, and unpacks archives."
            .to_owned()
    })
}

fn secret(instruction: &Instruction) -> Option<String> {
    let word = instruction.rest.split_whitespace().next()?;
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let upper = name.to_ascii_uppercase();
    let is_secret = SECRETS.iter().any(|ending| upper.ends_with(ending));
    let is_given = !value.trim_matches(['"', '\'']).is_empty()
        || instruction.keyword == "ARG"
        || instruction.rest.contains(' ');
    (is_secret && is_given).then(|| {
        format!(
            "{} stays readable in the image: `docker history` shows it to everyone who has it. Give it to the container \
             when it starts, or to one step with `RUN --mount=type=secret`.",
            code(name)
        )
    })
}

fn shell_form(instruction: &Instruction) -> Option<String> {
    if instruction.exec().is_some() || instruction.rest.is_empty() {
        return None;
    }
    let keyword = instruction.keyword;
    Some(if instruction.rest.starts_with('[') {
        format!(
            "This looks like a list and is none, so a shell gets it as it stands. In JSON, each part has double quotes, and commas stand between them: `{keyword} [\"PROGRAM\", \"ARGUMENT\"]`."
        )
    } else {
        format!(
            "A shell starts this and may keep signals from it: `docker stop` then waits ten seconds. `{keyword} [\"PROGRAM\", \"ARGUMENT\"]` starts it without one."
        )
    })
}

fn copied_from(file: &Dockerfile, at: usize, instruction: &Instruction) -> Option<String> {
    let from = instruction.flag("from")?;
    let names = || file.stages[..at].iter().filter_map(|stage| stage.name.as_deref());
    if from.is_empty()
        || from.contains(['$', '/', ':', '.'])
        || names().any(|name| name.eq_ignore_ascii_case(from))
    {
        return None;
    }
    if let Ok(number) = from.parse::<usize>() {
        return (number >= at).then(|| format!("There is no stage {number} before this one. They are counted from 0; a name (`FROM … AS build`) does not shift."));
    }
    let near = nearest(from, names())?;
    Some(format!(
        "No stage before this one is called {}, so an image of that name is looked for. Is `{near}` meant?",
        code(from)
    ))
}

fn copied_from_above(instruction: &Instruction) -> Option<String> {
    let source = instruction.rest.split_whitespace().next()?;
    (instruction.flag("from").is_none() && (source == ".." || source.starts_with("../"))).then(|| {
        "Nothing above the build context can be copied: what `..` names is not sent to the builder. Build from the folder above, with `-f`.".to_owned()
    })
}

fn ran(instruction: &Instruction) -> Option<String> {
    let command = instruction.rest.trim();
    let is_alone = !command.contains("&&") && !command.contains(';') && !command.contains('|');
    if is_alone && (command == "cd" || command.starts_with("cd ")) {
        let folder = command.split_whitespace().nth(1).unwrap_or("/folder");
        return Some(format!(
            "Each `RUN` has a shell of its own, so the next instruction is where this one began. `WORKDIR {}` stays.",
            shown(folder)
        ));
    }
    let updates = command.contains("apt-get update") || command.contains("apt update");
    let installs = command.contains("apt-get install")
        || command.contains("apt install")
        || command.contains("apt-get upgrade");
    if updates && !installs {
        return Some("Alone, this is served from the cache for months, and an install after it asks for versions that are gone. Have both in one `RUN`: `apt-get update && apt-get install …`.".to_owned());
    }
    let keeps_lists = installs
        && updates
        && !command.contains("/var/lib/apt/lists")
        && !instruction.flags.iter().any(|(name, _)| name == "mount");
    keeps_lists.then(|| "The lists of packages stay in this layer. `&& rm -rf /var/lib/apt/lists/*` in the same `RUN` keeps them out; later is too late.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, Severity)> {
        let problems = dockerfile_problems(text);
        problems
            .iter()
            .map(|problem| (problem.line, problem.severity))
            .collect()
    }

    fn one(text: &str) -> String {
        let problems = dockerfile_problems(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        problems[0].message.clone()
    }

    #[test]
    fn a_good_file_has_no_problem() {
        let good = "# syntax=docker/dockerfile:1\nARG NODE=20\nFROM node:${NODE}-slim AS build\nWORKDIR /app\n\
            COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build && cd dist && ls\n\
            FROM nginx:1.26\nENV PORT=80\nADD site.tar.gz /srv/\nADD https://example.com/a /a\n\
            COPY --from=build /app/dist /usr/share/nginx/html\nCOPY --from=0 /app/x /x\nCOPY --from=busybox /bin/sh /sh\n\
            RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n";
        assert_eq!(dockerfile_problems(good), []);
        assert_eq!(dockerfile_problems(" \n\n"), [], "nobody has begun");
    }

    #[test]
    fn what_cannot_be_built_is_an_error_and_what_stands_before_it_is_looked_at() {
        let text = "FROM debian\nRUM echo hi\nCMD sleep 5\n";
        assert_eq!(lines(text), [(1, Severity::Warning), (2, Severity::Error)]);
        assert!(dockerfile_problems(text)[1].message.contains("`RUN`"));
        assert_eq!(lines("WORKDIR /a\nFROM a:1"), [(1, Severity::Error)]);
        assert_eq!(lines("# only this\n"), [(1, Severity::Error)]);
    }

    #[test]
    fn a_base_that_moves_is_told_of_and_a_stage_is_none() {
        assert!(one("FROM python\n").contains("without a tag"));
        assert!(one("FROM python:latest\n").contains("`python:latest`"));
        assert_eq!(
            lines(
                "FROM a:1 AS base\nFROM base\nFROM scratch\nFROM a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            ),
            []
        );
        assert_eq!(lines("ARG B\nFROM $B\n"), [], "it may be anything");
    }

    #[test]
    fn everything_before_an_install_wastes_the_cache() {
        assert!(
            one("FROM a:1\nCOPY . .\nRUN pip install -r requirements.txt\n").contains("`requirements.txt`")
        );
        assert_eq!(lines("FROM a:1\nCOPY . /app\nRUN echo done\n"), []);
        assert_eq!(
            lines("FROM a:1\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"),
            []
        );
    }

    #[test]
    fn each_rule_tells_what_to_do() {
        let begin = "FROM a:1 AS build\n";
        for (text, told) in [
            ("CMD sleep 5", "docker stop"),
            ("CMD ['a']", "double quotes"),
            ("ENTRYPOINT run.sh", "ENTRYPOINT ["),
            ("CMD [\"a\"]\nCMD [\"b\"]", "line 3"),
            ("ADD app.py /app/", "`COPY`"),
            ("ENV DB_PASSWORD=hunter2", "docker history"),
            ("ARG NPM_TOKEN", "--mount=type=secret"),
            ("MAINTAINER me", "LABEL"),
            ("RUN cd /srv", "WORKDIR /srv"),
            ("RUN apt-get update", "in one `RUN`"),
            (
                "RUN apt-get update && apt-get install -y curl",
                "/var/lib/apt/lists",
            ),
            ("COPY ../x .", "build context"),
            ("FROM b:1\nCOPY --from=biuld /a /b", "`build`"),
            ("FROM b:1\nCOPY --from=1 /a /b", "no stage 1"),
        ] {
            let said = one(&format!("{begin}{text}\n"));
            assert!(said.contains(told), "{text}: {said}");
        }
    }

    #[test]
    fn there_are_never_more_than_anybody_would_read() {
        let many = format!("FROM a:1\n{}", "ADD x y\n".repeat(1000));
        assert_eq!(dockerfile_problems(&many).len(), PROBLEMS_MAX);
    }
}
