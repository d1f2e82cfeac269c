//! One build, put together from what the builder tells of its steps.

use std::collections::HashMap;

use drydock_protocol::workbench::{BuildState, BuildStepView, BuildView, StepState};

use super::wire::{Moment, Record, Vertex};

/// Steps of one build that are told of.
const STEPS_MAX: usize = 200;
/// Texts are cut at so many characters, when they come in: the builder is the learner's, and may send megabytes.
const TEXT_MAX: usize = 512;
/// A digest has no more bytes than this. What has is passed over.
const DIGEST_MAX: usize = 256;

/// What is known of a build.
#[derive(Debug)]
pub(super) struct Picture {
    reference: String,
    began: Option<Moment>,
    ended: Option<Moment>,
    has_ended: bool,
    error: Option<String>,
    steps: Vec<Vertex>,
    places: HashMap<String, usize>,
}

impl Picture {
    pub(super) fn new(record: &Record) -> Self {
        Self {
            reference: record.reference.clone(),
            began: record.created,
            ended: None,
            has_ended: false,
            error: None,
            steps: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Whether it is the one that this is about.
    pub(super) fn is_of(&self, record: &Record) -> bool {
        self.reference == record.reference
    }

    /// Steps are new or have changed.
    pub(super) fn take_in(&mut self, vertexes: Vec<Vertex>) {
        for vertex in vertexes {
            if vertex.digest.len() > DIGEST_MAX {
                continue;
            }
            let vertex = Vertex {
                name: cut(&vertex.name),
                error: cut(&vertex.error),
                ..vertex
            };
            if let Some(place) = self.places.get(&vertex.digest) {
                let known = &mut self.steps[*place];
                // A step that several wait for is told of again, and was cached for the later ones.
                *known = Vertex {
                    cached: vertex.cached || known.cached,
                    started: known.started.or(vertex.started),
                    completed: vertex.completed.or(known.completed),
                    error: if vertex.error.is_empty() {
                        std::mem::take(&mut known.error)
                    } else {
                        vertex.error
                    },
                    digest: vertex.digest,
                    name: vertex.name,
                };
            } else if is_told(&vertex.name) && self.steps.len() < STEPS_MAX {
                self.places.insert(vertex.digest.clone(), self.steps.len());
                self.steps.push(vertex);
            }
        }
    }

    /// It has ended, as this says.
    pub(super) fn end(&mut self, record: &Record) {
        self.has_ended = true;
        self.ended = record.completed;
        self.error = record.error.as_ref().map(|why| cut(&why.message));
        if self.error.is_none() {
            // Some builders say it of the step alone.
            let failed = self.steps.iter().find(|step| !step.error.is_empty());
            self.error = failed.map(|step| step.error.clone());
        }
    }

    /// How it is at that moment, in milliseconds since 1970.
    pub(super) fn view(&self, now_ms: i64) -> BuildView {
        // What has ended takes no longer.
        let ended = self.ended.or_else(|| self.last()).filter(|_| self.has_ended);
        let until_ms = ended.map_or(now_ms, Moment::ms);
        let steps = self.steps.iter().map(|step| self.step(step, until_ms)).collect();
        BuildView {
            id: self.reference.clone(),
            state: match (self.has_ended, &self.error) {
                (false, _) => BuildState::Running,
                (true, None) => BuildState::Done,
                (true, Some(_)) => BuildState::Failed,
            },
            took_ms: self.began.map_or(0, |began| between(began, until_ms)),
            error: self.error.clone(),
            steps,
        }
    }

    /// When the last step ended.
    fn last(&self) -> Option<Moment> {
        self.steps
            .iter()
            .filter_map(|step| step.completed)
            .max_by_key(|moment| moment.ms())
    }

    fn step(&self, step: &Vertex, until_ms: i64) -> BuildStepView {
        let state = match (step.started, step.completed) {
            _ if !step.error.is_empty() => StepState::Failed,
            _ if step.cached => StepState::Cached,
            (_, Some(_)) => StepState::Done,
            (Some(_), None) if !self.has_ended => StepState::Running,
            // It had begun when the build broke off.
            (Some(_), None) => StepState::Failed,
            (None, None) => StepState::Waiting,
        };
        let until = step.completed.map_or(until_ms, Moment::ms);
        let took = step.started.map(|started| between(started, until));
        let (place, text) = parted(&step.name);
        BuildStepView {
            place: place.to_owned(),
            text: text.replace("docker.io/library/", ""),
            state,
            took_ms: took.filter(|_| !matches!(state, StepState::Cached | StepState::Waiting)),
        }
    }
}

fn between(from: Moment, until_ms: i64) -> u64 {
    u64::try_from(until_ms.saturating_sub(from.ms())).unwrap_or(0)
}

/// Whether a step is one that a reader of the Dockerfile knows: its instructions, and what becomes of them.
fn is_told(name: &str) -> bool {
    !parted(name).0.is_empty() || name.starts_with("exporting")
}

/// `[build 2/5] RUN make` as `build 2/5` and `RUN make`. What the builder does for itself (`[internal] …`) has no place.
fn parted(name: &str) -> (&str, &str) {
    let place = name.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match place {
        Some((place, text)) if is_place(place) => (place.trim(), text.trim()),
        _ => ("", name),
    }
}

/// `2/5`, with a stage in front of it where there are several.
fn is_place(place: &str) -> bool {
    let number = place.rsplit(' ').next().unwrap_or_default();
    let numbers = number.split_once('/');
    numbers.is_some_and(|(at, of)| [at, of].iter().all(|part| part.parse::<u32>().is_ok()))
}

fn cut(text: &str) -> String {
    text.chars()
        .take(TEXT_MAX)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::wire::Why;
    use super::*;

    #[allow(clippy::unnecessary_wraps)] // as fields have it
    fn at(ms: i64) -> Option<Moment> {
        let nanos = i32::try_from(ms % 1000).unwrap() * 1_000_000;
        Some(Moment {
            seconds: ms / 1000,
            nanos,
        })
    }

    fn record(error: Option<&str>, completed: Option<Moment>) -> Record {
        Record {
            reference: "abc".to_owned(),
            error: error.map(|why| Why {
                message: why.to_owned(),
            }),
            created: at(1_000),
            completed,
        }
    }

    fn vertex(digest: &str, name: &str) -> Vertex {
        Vertex {
            digest: digest.to_owned(),
            name: name.to_owned(),
            ..Vertex::default()
        }
    }

    fn states(view: &BuildView) -> Vec<(&str, StepState, Option<u64>)> {
        view.steps
            .iter()
            .map(|step| (step.place.as_str(), step.state, step.took_ms))
            .collect()
    }

    #[test]
    fn steps_go_from_waiting_to_done_or_to_the_cache() {
        let mut picture = Picture::new(&record(None, None));
        picture.take_in(vec![
            vertex("i", "[internal] load build definition from Dockerfile"),
            vertex("a", "[1/3] FROM docker.io/library/busybox:1.36"),
            vertex("b", "[2/3] RUN echo [x]"),
            vertex("c", "[3/3] COPY . ."),
        ]);
        picture.take_in(vec![
            Vertex {
                cached: true,
                started: at(1_100),
                completed: at(1_100),
                ..vertex("a", "[1/3] FROM docker.io/library/busybox:1.36")
            },
            Vertex {
                started: at(1_200),
                ..vertex("b", "[2/3] RUN echo [x]")
            },
        ]);
        let view = picture.view(1_500);
        assert_eq!(view.state, BuildState::Running);
        assert_eq!(view.took_ms, 500);
        assert_eq!(
            states(&view),
            [
                ("1/3", StepState::Cached, None),
                ("2/3", StepState::Running, Some(300)),
                ("3/3", StepState::Waiting, None)
            ]
        );
        assert_eq!(view.steps[0].text, "FROM busybox:1.36");
        assert_eq!(view.steps[1].text, "RUN echo [x]");

        picture.take_in(vec![Vertex {
            started: at(1_200),
            completed: at(2_200),
            ..vertex("b", "[2/3] RUN echo [x]")
        }]);
        picture.end(&record(None, at(3_000)));
        let view = picture.view(99_000);
        assert_eq!((view.state, view.took_ms), (BuildState::Done, 2_000));
        assert_eq!(states(&view)[1], ("2/3", StepState::Done, Some(1_000)));
    }

    #[test]
    fn a_build_that_fails_says_why_and_where() {
        let mut picture = Picture::new(&record(None, None));
        picture.take_in(vec![Vertex {
            started: at(1_000),
            completed: at(1_200),
            error: "exit code: 1".to_owned(),
            ..vertex("b", "[build 2/3] RUN false")
        }]);
        picture.end(&record(None, at(1_300)));
        let view = picture.view(0);
        assert_eq!(
            (view.state, view.error.as_deref()),
            (BuildState::Failed, Some("exit code: 1"))
        );
        assert_eq!(states(&view), [("build 2/3", StepState::Failed, Some(200))]);
    }

    #[test]
    fn what_was_running_when_the_builder_broke_off_has_failed() {
        let mut picture = Picture::new(&record(None, None));
        picture.take_in(vec![Vertex {
            started: at(1_000),
            ..vertex("b", "[2/3] RUN sleep 9")
        }]);
        picture.end(&record(Some("context canceled"), at(1_500)));
        let view = picture.view(0);
        assert_eq!(view.error.as_deref(), Some("context canceled"));
        assert_eq!(states(&view), [("2/3", StepState::Failed, Some(500))]);
        assert_eq!(view, picture.view(99_000), "what has ended takes no longer");
    }

    #[test]
    fn a_builder_that_never_stops_talking_is_cut_short() {
        let mut picture = Picture::new(&record(None, None));
        let mut picture_of_long = Picture::new(&record(None, None));
        let long = "x".repeat(4 << 20);
        picture_of_long.take_in(vec![
            vertex(&long, "[1/2] RUN a digest that is none"),
            Vertex {
                error: long.clone(),
                ..vertex("b", &format!("[2/2] RUN {long}"))
            },
        ]);
        assert_eq!(picture_of_long.steps.len(), 1);
        let kept = &picture_of_long.steps[0];
        assert!(
            kept.name.len() + kept.error.len() <= 2 * TEXT_MAX,
            "it is cut as it comes"
        );

        let many = (0..10_000)
            .map(|number| vertex(&number.to_string(), &format!("[1/2] RUN {}", "x".repeat(9_000))));
        picture.take_in(many.collect());
        let view = picture.view(0);
        assert_eq!(view.steps.len(), STEPS_MAX);
        assert!(view.steps.iter().all(|step| step.text.len() <= TEXT_MAX));
    }

    #[test]
    fn only_what_a_reader_of_the_dockerfile_knows_is_a_step() {
        assert_eq!(parted("[build 2/5] RUN x"), ("build 2/5", "RUN x"));
        assert_eq!(parted("[stage-1 1/2] FROM a"), ("stage-1 1/2", "FROM a"));
        for name in [
            "[internal] load .dockerignore",
            "[auth] library/busybox:pull",
            "resolve image config for a",
            "[linux/amd64]",
        ] {
            assert!(!is_told(name), "{name}");
        }
        assert!(is_told("exporting to image"));
    }
}
