//! The protocol's types, read from JSON by hand.
//!
//! Their derived `Deserialize` would do, and does on the server. Compiled for the browser it is a fifth of what a
//! learner downloads, most of it for tagged and flattened types; this is a fiftieth. The tests hold it to the
//! derived `Serialize`, type by type. What is missing or of another type reads as `None`, for the whole: half a
//! verdict is no verdict.

use drydock_protocol::api::{
    ExerciseProgress, Hint, Limits, Problem, Queue, RecoveryCode, SandboxState, SandboxView, StopReason,
    Usage,
};
use drydock_protocol::live::{Event, Level, Notice};
use drydock_protocol::verdict::{Outcome, OutcomeState, Verdict};
use serde_json::Value;

/// Something that can be read from JSON.
pub(crate) trait Wire: Sized {
    /// Reads it; `None` if this is not one.
    fn read(value: &Value) -> Option<Self>;
}

/// Reads text as JSON, and that as a value of the protocol.
pub(crate) fn parse<T: Wire>(text: &str) -> Option<T> {
    T::read(&serde_json::from_str(text).ok()?)
}

/// Reads a field; one that is absent reads as null.
fn field<T: Wire>(value: &Value, name: &str) -> Option<T> {
    T::read(value.get(name).unwrap_or(&Value::Null))
}

/// The learner's standings in one lesson, out of `GET /progress`.
pub(crate) fn standings(text: &str, lesson: &str) -> Option<Vec<(String, ExerciseProgress)>> {
    let progress: Value = serde_json::from_str(text).ok()?;
    let Some(exercises) = progress.get("lessons")?.as_object()?.get(lesson) else {
        return Some(Vec::new());
    };
    exercises
        .as_object()?
        .iter()
        .map(|(id, standing)| Some((id.clone(), Wire::read(standing)?)))
        .collect()
}

impl Wire for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Wire for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Wire for u64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Wire for u32 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Wire for u16 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Wire for i32 {
    fn read(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl Wire for i64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl Wire for f64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() {
            Some(None)
        } else {
            T::read(value).map(Some)
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect()
    }
}

impl Wire for Problem {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            kind: field(value, "type")?,
            title: field(value, "title")?,
            status: field(value, "status")?,
            detail: field(value, "detail")?,
        })
    }
}

impl Wire for Queue {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            place: field(value, "place")?,
            estimate_s: field(value, "estimate_s")?,
        })
    }
}

impl Wire for SandboxView {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: field(value, "id")?,
            state: Wire::read(value)?,
            limits: field(value, "limits")?,
            usage: field(value, "usage")?,
            expires_at: field(value, "expires_at")?,
            can_extend: field(value, "can_extend")?,
        })
    }
}

impl Wire for SandboxState {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.get("state")?.as_str()? {
            "queued" => Self::Queued {
                queue: field(value, "queue")?,
            },
            "starting" => Self::Starting {
                step: field(value, "step")?,
            },
            "ready" => Self::Ready,
            "stopping" => Self::Stopping {
                reason: field(value, "reason")?,
            },
            "gone" => Self::Gone {
                reason: field(value, "reason")?,
            },
            "failed" => Self::Failed {
                reason: field(value, "reason")?,
            },
            _ => return None,
        })
    }
}

impl Wire for StopReason {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.as_str()? {
            "asked" => Self::Asked,
            "reset" => Self::Reset,
            "expired" => Self::Expired,
            "idle" => Self::Idle,
            "died" => Self::Died,
            "shutdown" => Self::Shutdown,
            _ => return None,
        })
    }
}

impl Wire for Limits {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            memory_bytes: field(value, "memory_bytes")?,
            disk_bytes: field(value, "disk_bytes")?,
            home_bytes: field(value, "home_bytes")?,
            pids: field(value, "pids")?,
            cpus: field(value, "cpus")?,
        })
    }
}

impl Wire for Usage {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            memory_bytes: field(value, "memory_bytes")?,
            disk_bytes: field(value, "disk_bytes")?,
            home_bytes: field(value, "home_bytes")?,
            pids: field(value, "pids")?,
        })
    }
}

impl Wire for Verdict {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            exercise: field(value, "exercise")?,
            passed: field(value, "passed")?,
            points: field(value, "points")?,
            points_max: field(value, "points_max")?,
            outcomes: field(value, "outcomes")?,
            at: field(value, "at")?,
        })
    }
}

impl Wire for Outcome {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            state: field(value, "state")?,
            label: field(value, "label")?,
            field: field(value, "field")?,
            message: field(value, "message")?,
            expected: field(value, "expected")?,
            actual: field(value, "actual")?,
        })
    }
}

impl Wire for OutcomeState {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.as_str()? {
            "unmet" => Self::Unmet,
            "met" => Self::Met,
            "was_met" => Self::WasMet,
            _ => return None,
        })
    }
}

impl Wire for ExerciseProgress {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            passed: field(value, "passed")?,
            points: field(value, "points")?,
            points_max: field(value, "points_max")?,
            hints: field(value, "hints")?,
            verdict: field(value, "verdict")?,
        })
    }
}

impl Wire for Hint {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            text: field(value, "text")?,
            cost: field(value, "cost")?,
            progress: field(value, "progress")?,
        })
    }
}

impl Wire for RecoveryCode {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            code: field(value, "code")?,
        })
    }
}

impl Wire for Level {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.as_str()? {
            "info" => Self::Info,
            "warn" => Self::Warn,
            "bad" => Self::Bad,
            _ => return None,
        })
    }
}

/// What this page knows of events; `Event::Files` is for a panel that it does not have.
impl Wire for Event {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.get("event")?.as_str()? {
            "sandbox" => Self::Sandbox {
                sandbox: field(value, "sandbox")?,
            },
            "verdict" => Self::Verdict {
                verdict: field(value, "verdict")?,
                progress: field(value, "progress")?,
            },
            "ran" => Self::Ran {
                command: field(value, "command")?,
                exit: field(value, "exit")?,
                earlier: field(value, "earlier")?,
            },
            "service" => Self::Service {
                problem: field(value, "problem")?,
            },
            "notice" => Self::Notice(Notice {
                level: field(value, "level")?,
                text: field(value, "text")?,
            }),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;

    use super::*;
    use crate::sample;

    /// Writes as the server does, and reads as the browser does.
    fn same<T: Wire + Serialize + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(parse::<T>(&text).as_ref(), Some(value), "{text}");
    }

    fn view(state: SandboxState) -> SandboxView {
        SandboxView {
            id: "abc".into(),
            state,
            limits: Limits {
                memory_bytes: 1 << 30,
                disk_bytes: 4 << 30,
                home_bytes: 1 << 28,
                pids: 512,
                cpus: 1.5,
            },
            usage: Some(Usage {
                memory_bytes: 1,
                disk_bytes: 2,
                home_bytes: 3,
                pids: 4,
            }),
            expires_at: Some(1_780_000_000),
            can_extend: true,
        }
    }

    #[test]
    fn sandboxes_in_every_state() {
        let states = [
            SandboxState::Queued {
                queue: Queue {
                    place: 3,
                    estimate_s: Some(240),
                },
            },
            SandboxState::Queued {
                queue: Queue {
                    place: 1,
                    estimate_s: None,
                },
            },
            SandboxState::Starting {
                step: "Starting the engine".into(),
            },
            SandboxState::Ready,
            SandboxState::Failed {
                reason: "No room.".into(),
            },
        ];
        let reasons = [
            StopReason::Asked,
            StopReason::Reset,
            StopReason::Expired,
            StopReason::Idle,
            StopReason::Died,
            StopReason::Shutdown,
        ];
        let ends = reasons
            .into_iter()
            .flat_map(|reason| [SandboxState::Stopping { reason }, SandboxState::Gone { reason }]);
        for state in states.into_iter().chain(ends) {
            same(&view(state.clone()));
            same(&Event::Sandbox {
                sandbox: Some(view(state)),
            });
        }
        same(&Event::Sandbox { sandbox: None });
        same(&SandboxView {
            usage: None,
            expires_at: None,
            ..view(SandboxState::Ready)
        });
    }

    #[test]
    fn standings_verdicts_and_hints() {
        let standing = sample::standing();
        same(&standing);
        same(&ExerciseProgress::default());
        let verdict = standing.verdict.clone().unwrap();
        same(&verdict);
        same(&Event::Verdict {
            verdict,
            progress: standing.clone(),
        });
        same(&Hint {
            text: "Look.".into(),
            cost: 1,
            progress: standing,
        });
        same(&[OutcomeState::Met, OutcomeState::Unmet, OutcomeState::WasMet].to_vec());
    }

    #[test]
    fn problems_notices_and_codes() {
        let problem = Problem {
            kind: "/problems/full".into(),
            title: "Full".into(),
            status: 503,
            detail: "Wait.".into(),
        };
        same(&problem);
        same(&RecoveryCode { code: "AB-CD".into() });
        same(&Event::Service {
            problem: Some("The engine is away.".into()),
        });
        same(&Event::Service { problem: None });
        same(&Event::Ran {
            command: "docker ps".into(),
            exit: 125,
            earlier: true,
        });
        for level in [Level::Info, Level::Warn, Level::Bad] {
            same(&Event::Notice(Notice {
                level,
                text: "Hear.".into(),
            }));
        }
    }

    #[test]
    fn progress_is_read_for_one_lesson() {
        let text = serde_json::to_string(&sample::progress()).unwrap();
        let standings_of = |lesson| standings(&text, lesson).unwrap();
        assert_eq!(standings_of("docker/images").len(), 2);
        assert_eq!(
            standings_of("docker/images")[1],
            ("two-tags".to_owned(), sample::standing())
        );
        assert!(standings_of("docker/volumes").is_empty());
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        assert_eq!(parse::<Verdict>(r#"{"exercise":"x"}"#), None);
        assert_eq!(parse::<Event>(r#"{"event":"something-new"}"#), None);
        assert_eq!(parse::<Event>("not json"), None);
    }
}
