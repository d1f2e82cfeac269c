//! `lesson.md` to a lesson: front matter, Markdown, special blocks, exercises. Text in, values and
//! problems out; reading files is [`crate::load`]'s.

mod console;
pub(crate) mod exercise;
pub(crate) mod fence;
pub(crate) mod front;
pub(crate) mod quiz;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use drydock_protocol::page::{
    Ask, Block, Console, ConsoleLine, Exercise, File, Heading, Input, LessonSummary,
};
use serde_saphyr::Spanned;

use self::fence::Fence;
use crate::exercise::ExerciseSpec;
use crate::expect::{AnswerKind, Expectation, Matcher};
use crate::figure::Figures;
use crate::lesson::SandboxNeeds;
use crate::limits;
use crate::lint::{At, Findings, Manner, Wanted};
use crate::nearest;
use crate::place::Place;
use crate::problem::Problem;
use crate::render::links::Link;
use crate::render::markdown::{self, Extent, From, Part, Piece, Shared};
use crate::solutions::Solutions;
use crate::source::Source;
use crate::vars::{self, Draw, Var};
use crate::yaml::Yaml;

/// What a lesson is parsed among.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    /// The course's slug.
    pub(crate) course: &'a str,
    /// The folders of the course's lessons, to which links may lead.
    pub(crate) folders: &'a [String],
    /// The lesson's slug.
    pub(crate) slug: &'a str,
    /// The lesson's pictures.
    pub(crate) figures: &'a Figures,
    /// The names of the lesson's variables.
    pub(crate) declared: &'a [String],
}

/// A lesson's text, understood.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) summary: LessonSummary,
    pub(crate) objectives: Vec<String>,
    pub(crate) contents: Vec<Heading>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) places: BTreeMap<usize, Place>,
    pub(crate) sandbox: SandboxNeeds,
    pub(crate) solutions: Option<Solutions>,
    pub(crate) exercises: Vec<ExerciseSpec>,
    /// What could be better.
    pub(crate) warnings: Vec<Problem>,
    /// The images that have to come from somewhere.
    pub(crate) wanted: Vec<Wanted>,
    /// The anchors of its headings.
    pub(crate) anchors: Vec<String>,
    /// Links to other lessons, which are not known yet.
    pub(crate) later: Vec<Later>,
}

/// A link whose target is read later, and what would be wrong, but for the words.
#[derive(Debug)]
pub(crate) struct Later {
    pub(crate) link: Link,
    pub(crate) problem: Problem,
}

/// A lesson with each combination of its variables' values; one without variables has one.
pub(crate) struct Drawn {
    pub(crate) vars: Vec<Var>,
    /// What could be made sense of. Where nothing is wrong, it is all of them.
    pub(crate) all: Vec<(Draw, Parsed)>,
}

/// Parses a lesson with each combination of its variables' values. It gives what it could make sense of, and all that is wrong with
/// it: of combinations that are, with the first.
pub(crate) fn parse_all(source: &Source, context: Context<'_>) -> (Drawn, Vec<Problem>) {
    // Whatever is wrong with the front matter is said when the lesson is parsed.
    let found = source.check().and_then(|()| front::find(source)).ok();
    let vars = found
        .as_ref()
        .and_then(|(yaml, _)| front::read(yaml, &mut Vec::new()))
        .map(|front| front.vars)
        .unwrap_or_default();
    let body_start = found.map_or(0, |(_, start)| start);
    let declared: Vec<String> = vars.iter().map(|var| var.name.clone()).collect();
    let context = Context {
        declared: &declared,
        ..context
    };
    let mut all: Vec<(Draw, Parsed)> = Vec::new();
    for draw in vars::combinations(&vars) {
        let (parsed, mut problems) = if draw.is_empty() {
            parse(source, context)
        } else {
            parse(&source.with(body_start, &draw), context)
        };
        if let (Some((_, first)), Some(parsed)) = (all.first(), &parsed)
            && shape(first) != shape(parsed)
        {
            let message = "exercises are not the same for everybody";
            problems
                .push(Problem::of_file(source.file(), message).help("keep variables out of ids and points"));
        }
        all.extend(parsed.map(|parsed| (draw, parsed)));
        if !problems.is_empty() {
            return (Drawn { vars, all }, problems);
        }
    }
    (Drawn { vars, all }, Vec::new())
}

/// What has to be the same for everybody, because progress is kept by it.
fn shape(parsed: &Parsed) -> Vec<(&str, u32, usize)> {
    parsed
        .exercises
        .iter()
        .map(|exercise| (exercise.id.as_str(), exercise.points, exercise.hints.len()))
        .collect()
}

/// Parses a lesson. It gives what it could make sense of, and all that is wrong with it.
pub(crate) fn parse(source: &Source, context: Context<'_>) -> (Option<Parsed>, Vec<Problem>) {
    let (yaml, body_start) = match source.check().and_then(|()| front::find(source)) {
        Ok(found) => found,
        Err(problem) => return (None, vec![problem]),
    };
    let mut shared = Shared {
        course: context.course,
        problems: Vec::new(),
        headings: markdown::Headings::default(),
        links: Vec::new(),
        footnotes: markdown::Footnotes::default(),
        figures: context.figures,
        shown: Vec::new(),
        declared: context.declared,
    };
    let front = front::read(&yaml, &mut shared.problems);
    let objectives = front
        .as_ref()
        .map(|front| objectives(&yaml, &front.objectives, &mut shared));
    let piece = Piece {
        source,
        text: &source.text()[body_start..],
        from: From::Offset(body_start),
        extent: Extent::Lesson,
    };
    let parts = markdown::render(&piece, &mut shared);
    let mut body = Body {
        source,
        shared,
        blocks: Vec::new(),
        places: BTreeMap::new(),
        exercises: Vec::new(),
        ids: BTreeSet::new(),
        findings: Findings::default(),
        later: Vec::new(),
    };
    for (image, place) in front.iter().flat_map(|front| &front.images) {
        body.findings.want(source, image, place.clone());
    }
    for part in parts {
        body.part(part);
    }
    body.footnotes();
    body.links(context.folders);
    body.figures();
    let Body {
        mut shared,
        blocks,
        places,
        exercises,
        mut findings,
        later,
        ..
    } = body;
    shared.problems.append(&mut findings.errors);
    bound(source, &mut shared.problems);
    let parsed = front.zip(objectives).map(|(front, objectives)| Parsed {
        summary: LessonSummary {
            slug: context.slug.to_owned(),
            title: front.title.trim().to_owned(),
            summary: front.summary.trim().to_owned(),
            minutes: front.minutes,
            exercises: u32::try_from(exercises.len()).unwrap_or(u32::MAX),
            points: exercises.iter().map(|exercise| exercise.points).sum(),
        },
        objectives,
        anchors: shared.headings.anchors().into_iter().map(str::to_owned).collect(),
        contents: shared.headings.into_contents(),
        blocks,
        places,
        sandbox: front.sandbox,
        solutions: front.solutions,
        exercises,
        wanted: findings.wanted(),
        warnings: findings.warnings,
        later,
    });
    (parsed, shared.problems)
}

fn objectives(yaml: &Yaml<'_>, objectives: &[Spanned<String>], shared: &mut Shared<'_>) -> Vec<String> {
    let render = |objective: &Spanned<String>| {
        markdown::inline(
            yaml.source,
            &objective.value,
            yaml.place(objective.referenced),
            shared,
        )
    };
    objectives.iter().map(render).collect()
}

/// The body of a lesson while its parts become blocks.
struct Body<'a> {
    source: &'a Source,
    shared: Shared<'a>,
    blocks: Vec<Block>,
    places: BTreeMap<usize, Place>,
    exercises: Vec<ExerciseSpec>,
    ids: BTreeSet<String>,
    findings: Findings,
    later: Vec<Later>,
}

impl Body<'_> {
    fn part(&mut self, part: Part) {
        match part {
            Part::Html(html) => self.blocks.push(Block::Html { html }),
            Part::Fence {
                fence,
                text,
                content,
                opening,
            } => match fence {
                Fence::Console { runnable } => self.console(&text, runnable, content),
                Fence::File { language, path } => {
                    if language.key == "dockerfile" {
                        self.findings.dockerfile(self.source, &text, content.start);
                    }
                    let html = language.highlight(&text);
                    let line = self.source.line(opening.start);
                    self.place(Place::File { line });
                    self.blocks.push(Block::File(File {
                        path,
                        language: language.key.to_owned(),
                        text,
                        html,
                    }));
                }
                Fence::Exercise { id, points } => {
                    if self.admit(&id, &opening) {
                        self.exercise(&id, points, content, &opening);
                    }
                }
                Fence::Quiz { id, points } => {
                    if self.admit(&id, &opening) {
                        self.quiz(&id, points, content, &opening);
                    }
                }
                // These two are part of the HTML already.
                Fence::Code(_) | Fence::Output => {}
            },
        }
    }

    fn console(&mut self, text: &str, runnable: bool, content: Range<usize>) {
        match console::read(text, runnable) {
            Ok((console, parts)) => {
                self.look_at(&console, &parts, &content);
                // The fence is on the line before.
                let first = self.source.line(content.start);
                let parts = parts.into_iter().map(|part| first.saturating_add(part)).collect();
                self.place(Place::Console {
                    line: first.saturating_sub(1),
                    parts,
                });
                self.blocks.push(Block::Console(console));
            }
            Err((line, message, help)) => {
                let raw = &self.source.text()[content.clone()];
                let start = content.start + raw.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
                let end = start + self.source.text()[start..].find('\n').unwrap_or(0);
                self.problem(start..end, message, help);
            }
        }
    }

    /// Looks at the commands of a `console` block.
    fn look_at(&mut self, console: &Console, parts: &[u32], content: &Range<usize>) {
        let raw = &self.source.text()[content.clone()];
        for (number, (part, line)) in console.lines.iter().zip(parts).enumerate() {
            let ConsoleLine::Command { text, .. } = part else {
                continue;
            };
            let sample = match console.lines.get(number + 1) {
                Some(ConsoleLine::Output { text }) => text.as_str(),
                _ => "",
            };
            let line = usize::try_from(*line).unwrap_or(0);
            let start = raw.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
            let first = text.lines().next().unwrap_or_default();
            let start = start + raw[start..].find(first).unwrap_or(0);
            let at = At::Offset(content.start + start);
            self.findings
                .commands(self.source, text, &at, Manner::Shown(sample));
        }
    }

    /// Looks at the commands of an exercise.
    fn look_at_exercise(&mut self, yaml: &Yaml<'_>, read: &exercise::Read, opening: Range<usize>) {
        let spec = &read.spec;
        self.findings
            .pitfalls(self.source, &spec.id, spec.pitfalls.len(), opening);
        let solution = Some((spec.solution.as_str(), read.solution, Manner::Right));
        let setup = spec
            .setup
            .as_deref()
            .zip(read.setup)
            .map(|(text, at)| (text, at, Manner::Right));
        let pitfalls = spec.pitfalls.iter().zip(&read.pitfalls);
        let pitfalls = pitfalls.map(|(pitfall, at)| (pitfall.run.as_str(), *at, Manner::Wrong));
        for (text, at, manner) in solution.into_iter().chain(setup).chain(pitfalls) {
            let at = At::Within(yaml.place(at));
            self.findings.commands(self.source, text, &at, manner);
        }
    }

    /// Whether an exercise or a quiz may stand here under that id.
    fn admit(&mut self, id: &str, opening: &Range<usize>) -> bool {
        if !self.ids.insert(id.to_owned()) {
            self.problem(
                opening.clone(),
                format!("there is another exercise or quiz `{id}`"),
                "give each an id of its own",
            );
        }
        if self.exercises.len() == limits::EXERCISES_MAX {
            let message = format!("a lesson has at most {} exercises", limits::EXERCISES_MAX);
            self.problem(opening.clone(), message, "split the lesson in two");
            return false;
        }
        let line_start = self.source.text()[..opening.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        if self.source.text()[line_start..].starts_with(' ') {
            self.problem(
                opening.clone(),
                "it begins at the left margin",
                "take the spaces before the fence off",
            );
            return false;
        }
        true
    }

    fn exercise(&mut self, id: &str, points: u32, content: Range<usize>, opening: &Range<usize>) {
        let yaml = Yaml {
            source: self.source,
            range: content,
        };
        let declared = self.shared.declared;
        let Some(read) = exercise::read(&yaml, id, points, declared, &mut self.shared.problems) else {
            return;
        };
        self.look_at_exercise(&yaml, &read, opening.clone());
        let line = |place| self.source.line(yaml.place(place).start);
        self.place(Place::Exercise {
            line: self.source.line(opening.start),
            solution: line(read.solution),
            pitfalls: read.pitfalls.iter().copied().map(line).collect(),
        });
        let asks = asks(&read.spec.expect, &[]);
        self.show(&yaml, read.spec, &read.goal, read.body.as_ref(), asks);
    }

    fn quiz(&mut self, id: &str, points: u32, content: Range<usize>, opening: &Range<usize>) {
        let yaml = Yaml {
            source: self.source,
            range: content,
        };
        let declared = self.shared.declared;
        let Some(read) = quiz::read(&yaml, id, points, declared, &mut self.shared.problems) else {
            return;
        };
        let choices: Vec<String> = read
            .choices
            .iter()
            .map(|choice| self.inline(&yaml, choice))
            .collect();
        let line = self.source.line(opening.start);
        self.place(Place::Exercise {
            line,
            solution: read
                .solution
                .map_or(line, |place| self.source.line(yaml.place(place).start)),
            pitfalls: Vec::new(),
        });
        let asks = asks(&read.spec.expect, &choices);
        self.show(&yaml, read.spec, &read.question, read.body.as_ref(), asks);
    }

    fn inline(&mut self, yaml: &Yaml<'_>, text: &Spanned<String>) -> String {
        markdown::inline(
            self.source,
            &text.value,
            yaml.place(text.referenced),
            &mut self.shared,
        )
    }

    /// Puts an exercise or a quiz onto the page.
    fn show(
        &mut self,
        yaml: &Yaml<'_>,
        spec: ExerciseSpec,
        goal: &Spanned<String>,
        body: Option<&Spanned<String>>,
        asks: Vec<Ask>,
    ) {
        let goal = self.inline(yaml, goal);
        let body = body.map(|body| {
            markdown::flow(
                self.source,
                &body.value,
                yaml.place(body.referenced),
                &mut self.shared,
            )
        });
        self.blocks.push(Block::Exercise(Exercise {
            id: spec.id.clone(),
            task: spec.task,
            goal,
            body: body.unwrap_or_default(),
            points: spec.points,
            check: spec.check,
            expectations: spec.expect.iter().map(Expectation::label).collect(),
            asks,
            hints: u32::try_from(spec.hints.len()).unwrap_or(u32::MAX),
            setup: spec.setup.is_some(),
        }));
        self.exercises.push(spec);
    }

    /// Notes where the block stands that comes next.
    fn place(&mut self, place: Place) {
        self.places.insert(self.blocks.len(), place);
    }

    /// Puts the footnotes at the end.
    fn footnotes(&mut self) {
        for (label, place) in self.shared.footnotes.unused() {
            self.problem(
                place,
                format!("nothing refers to the footnote `{label}`"),
                "refer to it, or take it out",
            );
        }
        if let Some(html) = self.shared.footnotes.finish() {
            self.blocks.push(Block::Html { html });
        }
    }

    /// Links within the course must lead somewhere.
    fn links(&mut self, folders: &[String]) {
        for (link, place) in std::mem::take(&mut self.shared.links) {
            match link {
                Link::Anchor(anchor) if !self.shared.headings.has(&anchor) => {
                    let help = nearest::help(&anchor, &self.shared.headings.anchors());
                    self.problem(place, format!("no heading here has the anchor `#{anchor}`"), help);
                }
                Link::Lesson { folder, .. } if !folders.contains(&folder) => {
                    let known: Vec<&str> = folders.iter().map(String::as_str).collect();
                    self.problem(
                        place,
                        format!("the course has no lesson `{folder}`"),
                        nearest::help(&folder, &known),
                    );
                }
                link @ (Link::Lesson { anchor: Some(_), .. } | Link::Site(_)) => {
                    let problem = self.source.problem(place, "");
                    self.later.push(Later { link, problem });
                }
                _ => {}
            }
        }
    }

    /// Pictures that are there are shown.
    fn figures(&mut self) {
        let shared = &mut self.shared;
        for path in shared.figures.keys().filter(|path| !shared.shown.contains(path)) {
            let message = format!("nothing shows the picture `{path}`");
            let help =
                format!("write `![what it shows]({path})` between two paragraphs, or take the file away");
            shared
                .problems
                .push(Problem::of_file(self.source.file(), message).help(help));
        }
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.shared
            .problems
            .push(self.source.problem(range, message).help(help));
    }
}

/// The questions among expectations, as the page shows them. A quiz brings its choices, rendered.
fn asks(expect: &[Expectation], choices: &[String]) -> Vec<Ask> {
    let ask = |(number, expectation): (u32, &Expectation)| {
        let Matcher::Answer(answer) = &expectation.matcher else {
            return None;
        };
        Some(Ask {
            expectation: number,
            input: match answer.kind() {
                kind @ (AnswerKind::One | AnswerKind::Several) => Input::Choices {
                    several: kind == AnswerKind::Several,
                    choices: choices.to_vec(),
                },
                AnswerKind::Text => Input::Text,
                AnswerKind::Number => Input::Number {
                    unit: answer.unit.clone(),
                },
            },
        })
    };
    (0..).zip(expect).filter_map(ask).collect()
}

/// After so many problems, the rest is noise.
fn bound(source: &Source, problems: &mut Vec<Problem>) {
    // Everything in a value of YAML is blamed on the same place: once is enough.
    problems.dedup();
    if problems.len() > limits::PROBLEMS_MAX {
        let left_out = problems.len() - limits::PROBLEMS_MAX;
        problems.truncate(limits::PROBLEMS_MAX);
        problems.push(Problem::of_file(
            source.file(),
            format!("and {left_out} more problems"),
        ));
    }
}
