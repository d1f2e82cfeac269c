//! From the keys that were read to an expectation: what belongs together, and the bounds that all have.

use super::{Draft, MATCHERS, fields_of, foreign, messages};
use crate::expect::answer::{AnswerExpect, Is, Right};
use crate::expect::error::ExpectError;
use crate::expect::fields::{
    ArchiveExpect, BuildContextExpect, ComposeExpect, ContainerExpect, DanglingExpect, DockerfileExpect,
    FileExpect, HttpExpect, ImageExpect, NetworkExpect, RanExpect, RegistryExpect, ScriptExpect,
    VolumeExpect,
};
use crate::expect::quantity::Bounds;
use crate::expect::{Expectation, Matcher, Mode};

/// The longest that an expectation may be waited for, in seconds.
const WITHIN_MAX_S: u64 = 120;
/// The greatest weight.
const POINTS_MAX: u32 = 1_000;
/// The longest script, in bytes.
const SCRIPT_MAX: usize = 8 * 1_024;
/// The longest label, in letters.
const LABEL_MAX: usize = 160;

impl Draft {
    /// The matcher with its fields.
    pub(super) fn matcher(&mut self) -> Result<Matcher, ExpectError> {
        let Some(key) = self.matcher else {
            let list = MATCHERS.map(|name| format!("`{name}`")).join(", ");
            return Err(ExpectError::Matcher(format!(
                "an expectation says what it looks at\nhelp: one of {list}, or `absent` with one of them inside"
            )));
        };
        // What could still have been a container's is now known not to be.
        if let Some(key_met) = self.met.iter().find(|met| !fields_of(key).contains(met)) {
            return Err(foreign(key, key_met));
        }
        let gone = || ExpectError::Matcher(format!("`{key}` has no value"));
        Ok(match key {
            "image" => Matcher::Image(Box::new(ImageExpect {
                reference: self.image.take().ok_or_else(gone)?,
                same_as: self.same_as.take(),
                based_on: self.based_on.take(),
                layers: self.layers,
                size: self.size,
                smaller_than: self.smaller_than.take(),
                cmd: self.cmd.take(),
                entrypoint: self.entrypoint.take(),
                user: self.user.take(),
                workdir: self.workdir.take(),
                env: self.env.take(),
                labels: self.labels.take(),
                exposes: self.exposes.take(),
                history: self.history.take(),
                created_after: self.created_after.take(),
                count: self.count,
            })),
            "dangling" => Matcher::Dangling(DanglingExpect {
                count: match self.dangling {
                    Some(false) if self.count.is_some() => {
                        return Err(ExpectError::Matcher(
                            "`dangling: false` is `count: 0` already".to_owned(),
                        ));
                    }
                    Some(false) => Some(Bounds::exactly(0)),
                    _ => self.count,
                },
            }),
            "container" => Matcher::Container(Box::new(ContainerExpect {
                name: self.container.take().ok_or_else(gone)?,
                image: self.image.take(),
                state: self.state.take(),
                exit_code: self.exit_code,
                health: self.health,
                ports: self.ports.take(),
                env: self.env.take(),
                mounts: self.mounts.take(),
                networks: self.networks.take(),
                restart: self.restart,
                command: self.command.take(),
                logs: self.logs.take(),
            })),
            "network" => Matcher::Network(NetworkExpect {
                name: self.network.take().ok_or_else(gone)?,
                driver: self.driver.take(),
                internal: self.internal,
                attached: self.attached.take(),
                labels: self.labels.take(),
            }),
            "volume" => Matcher::Volume(VolumeExpect {
                name: self.volume.take().ok_or_else(gone)?,
                driver: self.driver.take(),
                attached: self.attached.take(),
                labels: self.labels.take(),
            }),
            "compose" => Matcher::Compose(ComposeExpect {
                project: self.compose.take().ok_or_else(gone)?,
                services: self.services.take(),
            }),
            "registry" => Matcher::Registry(RegistryExpect {
                reference: self.registry.take().ok_or_else(gone)?,
                same_as: self.same_as.take(),
            }),
            _ => return self.in_the_workspace(key),
        })
    }

    /// A matcher of what the learner has and does outside the engine.
    fn in_the_workspace(&mut self, key: &'static str) -> Result<Matcher, ExpectError> {
        let gone = || ExpectError::Matcher(format!("`{key}` has no value"));
        Ok(match key {
            "file" => Matcher::File(FileExpect {
                path: workspace_path(&self.file.take().ok_or_else(gone)?)?,
                has: self.has.take(),
                has_not: self.has_not.take(),
                size: self.size,
                mode: self.file_mode,
            }),
            "dockerfile" => Matcher::Dockerfile(Box::new(DockerfileExpect {
                path: workspace_path(&self.dockerfile.take().ok_or_else(gone)?)?,
                stages: self.stages,
                final_from: self.final_from.take(),
                copies_from: self.copies_from.take(),
                user: self.user.take(),
                before: self.before.take(),
                no_latest: self.no_latest,
                exec_form: self.exec_form,
            })),
            "build_context" => Matcher::BuildContext(BuildContextExpect {
                path: match self.build_context.take().ok_or_else(gone)?.as_str() {
                    "." | "./" | "~" | "~/" => String::new(),
                    path => workspace_path(path.strip_suffix('/').unwrap_or(path))?,
                },
                excludes: self.excludes.take(),
                size: self.size,
            }),
            "archive" => Matcher::Archive(self.archive()?),
            "http" => Matcher::Http(HttpExpect {
                target: self.http.take().ok_or_else(gone)?,
                status: self.status,
                has: self.has.take(),
            }),
            "script" => Matcher::Script(ScriptExpect {
                script: script(self.script.take().ok_or_else(gone)?)?,
                exit: self.exit,
            }),
            "answer" => Matcher::Answer(Box::new(self.answer()?)),
            _ => Matcher::Ran(RanExpect {
                command: self.ran.take().ok_or_else(gone)?,
                exit: self.exit,
            }),
        })
    }

    fn archive(&mut self) -> Result<ArchiveExpect, ExpectError> {
        let path = self.archive.take();
        let path = path.ok_or_else(|| ExpectError::Matcher("`archive` has no value".to_owned()))?;
        if self.is_filesystem.is_some() && (self.holds_image.is_some() || self.same_as.is_some()) {
            return Err(ExpectError::Matcher(
                "an archive that is a file system holds no image, so this could never hold\nhelp: leave out `is_filesystem`, or the other field"
                    .to_owned(),
            ));
        }
        Ok(ArchiveExpect {
            path: workspace_path(&path)?,
            holds_image: self.holds_image.take(),
            same_as: self.same_as.take(),
            is_filesystem: self.is_filesystem,
        })
    }

    /// A question within an exercise.
    fn answer(&mut self) -> Result<AnswerExpect, ExpectError> {
        let question = self.answer.take().unwrap_or_default().trim().to_owned();
        if question.is_empty() {
            return Err(ExpectError::Matcher(
                "`answer` says what is asked\nhelp: write the question beside it, and what is right under `is`".to_owned(),
            ));
        }
        let right = match self.is.take() {
            Some(Is::Typed(accepted)) => Right::Typed(accepted),
            Some(Is::Read(fact)) => Right::Read(fact),
            None => {
                return Err(ExpectError::Matcher(
                    "it is not said which answer is right\nhelp: give `is`: a value, a list, a range, or a fact".to_owned(),
                ));
            }
        };
        let answer = AnswerExpect {
            question,
            right,
            exact: self.exact.unwrap_or_default(),
            unit: self.unit.take(),
            wrong: self.wrong.take().unwrap_or_default(),
            why: self.why.take(),
            cost: self.cost.unwrap_or_default(),
        };
        answer.check()?;
        Ok(answer)
    }

    pub(super) fn finish(mut self) -> Result<Expectation, ExpectError> {
        let absent = self.absent.take();
        let (matcher, absent) = match (absent, self.matcher) {
            (Some(_), Some(other)) => {
                return Err(ExpectError::Matcher(format!(
                    "`absent` and `{other}` stand side by side\nhelp: put `{other}` inside `absent`, or write two expectations"
                )));
            }
            (Some(_), None) if !self.met.is_empty() => {
                return Err(ExpectError::Matcher(format!(
                    "`{}` belongs inside `absent:`\nhelp: put it beside the matcher",
                    self.met[0]
                )));
            }
            (Some(inner), None) => (inner, true),
            (None, _) => (self.matcher()?, false),
        };
        if matches!(matcher, Matcher::Answer(_))
            && (absent || self.keep == Some(Mode::Hold) || self.within.is_some())
        {
            return Err(ExpectError::Matcher(
                "an answer is given once and kept\nhelp: leave out `absent`, `mode: hold` and `within`"
                    .to_owned(),
            ));
        }
        let within = self.within.map(|span| span.0);
        if within.is_some_and(|within| within.as_secs() > WITHIN_MAX_S || within.is_zero()) {
            return Err(ExpectError::Range(format!(
                "`within` is above 0 and at most {WITHIN_MAX_S}s"
            )));
        }
        let points = self.points.unwrap_or(1);
        if points > POINTS_MAX {
            return Err(ExpectError::Range(format!("`points` is at most {POINTS_MAX}")));
        }
        if self
            .label
            .as_ref()
            .is_some_and(|label| label.trim().is_empty() || label.chars().count() > LABEL_MAX)
        {
            return Err(ExpectError::Range(format!(
                "`label` has 1 to {LABEL_MAX} letters"
            )));
        }
        let expectation = Expectation {
            matcher,
            absent,
            points,
            mode: self.keep.unwrap_or_default(),
            within,
            own_label: self.label,
            messages: self.messages,
        };
        messages::check(&expectation)?;
        Ok(expectation)
    }
}

/// A path that stays inside the workspace, without a leading `./`.
fn workspace_path(text: &str) -> Result<String, ExpectError> {
    let path = text
        .strip_prefix("~/")
        .or_else(|| text.strip_prefix("./"))
        .unwrap_or(text);
    let sound = !path.is_empty()
        && path.len() <= 1_024
        && !path.contains(['\0', '\\', '\n'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if sound {
        Ok(path.to_owned())
    } else {
        Err(ExpectError::Path(text.chars().take(80).collect()))
    }
}

fn script(text: String) -> Result<String, ExpectError> {
    if text.trim().is_empty() || text.len() > SCRIPT_MAX || text.contains('\0') {
        return Err(ExpectError::Range(format!(
            "a `script` has 1 to {SCRIPT_MAX} bytes"
        )));
    }
    Ok(text)
}
