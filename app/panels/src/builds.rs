//! A build in words: what came from the cache, what ran, and how long it took.

use drydock_protocol::workbench::{BuildState, BuildView, StepState};

use crate::news::count;

/// How a build is, in a sentence. Code is in backticks.
pub(crate) fn told(build: &BuildView) -> String {
    let instructions: Vec<StepState> = build
        .steps
        .iter()
        .filter(|step| !step.place.is_empty())
        .map(|step| step.state)
        .collect();
    let all = instructions.len();
    let in_state = |state| instructions.iter().filter(|step| **step == state).count();
    let (cached, waiting) = (in_state(StepState::Cached), in_state(StepState::Waiting));
    match build.state {
        BuildState::Running if all == 0 => "A build has begun.".to_owned(),
        BuildState::Running => format!(
            "A build is at step {} of {all}{}.",
            (all - waiting).max(1),
            if cached > 0 {
                format!("; {cached} came from the cache")
            } else {
                String::new()
            }
        ),
        BuildState::Failed => format!(
            "The build failed after {}. No image was made.",
            time(build.took_ms)
        ),
        BuildState::Done if all == 0 => format!("Built in {}.", time(build.took_ms)),
        BuildState::Done => {
            let said = match (cached, all - cached) {
                (0, _) => format!("{} ran, none came from the cache", count(all, "step")),
                (_, 0) => "every step came from the cache".to_owned(),
                (cached, ran) => format!(
                    "{ran} of {} ran, {cached} came from the cache",
                    count(all, "step")
                ),
            };
            format!("Built in {}: {said}.", time(build.took_ms))
        }
    }
}

/// Why a build failed, without what the builder puts around it.
pub(crate) fn why(error: &str) -> &str {
    let inner = error
        .rsplit_once("failed to solve: ")
        .map_or(error, |(_, why)| why);
    inner.trim()
}

/// A step's state, for those who do not see its colour.
pub(crate) fn state(state: StepState) -> &'static str {
    match state {
        StepState::Waiting => "waits",
        StepState::Running => "runs",
        StepState::Done => "ran",
        StepState::Cached => "from the cache",
        StepState::Failed => "failed",
    }
}

/// A time as a reader wants it: `0.4 s`, `12 s`, `2 min 5 s`.
pub(crate) fn time(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..60_000 => format!("{} s", ms / 1000),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use drydock_protocol::workbench::BuildStepView;

    use super::*;

    fn build(state: BuildState, steps: &[(&str, StepState)]) -> BuildView {
        let steps = steps.iter().map(|(place, state)| BuildStepView {
            place: (*place).to_owned(),
            text: String::new(),
            state: *state,
            took_ms: None,
        });
        BuildView {
            id: String::new(),
            state,
            took_ms: 3_420,
            error: None,
            steps: steps.collect(),
        }
    }

    #[test]
    fn a_build_tells_what_the_cache_was_good_for() {
        use StepState::{Cached, Done, Running, Waiting};
        let steps = [("1/3", Cached), ("2/3", Cached), ("3/3", Done), ("", Done)];
        assert_eq!(
            told(&build(BuildState::Done, &steps)),
            "Built in 3.4 s: 1 of 3 steps ran, 2 came from the cache."
        );
        assert_eq!(
            told(&build(BuildState::Done, &steps[..2])),
            "Built in 3.4 s: every step came from the cache."
        );
        assert_eq!(
            told(&build(BuildState::Done, &steps[2..])),
            "Built in 3.4 s: 1 step ran, none came from the cache."
        );
        let under_way = [("1/3", Cached), ("2/3", Running), ("3/3", Waiting), ("", Waiting)];
        assert_eq!(
            told(&build(BuildState::Running, &under_way)),
            "A build is at step 2 of 3; 1 came from the cache."
        );
        assert_eq!(told(&build(BuildState::Running, &[])), "A build has begun.");
        assert_eq!(
            told(&build(BuildState::Failed, &steps)),
            "The build failed after 3.4 s. No image was made."
        );
    }

    #[test]
    fn an_error_is_what_went_wrong_and_not_where_it_passed() {
        assert_eq!(
            why("failed to solve: process \"/bin/sh -c false\" did not complete"),
            "process \"/bin/sh -c false\" did not complete"
        );
        assert_eq!(why("context canceled"), "context canceled");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(
            [0, 450, 9_990, 12_345, 125_000].map(time),
            ["0.0 s", "0.4 s", "9.9 s", "12 s", "2 min 5 s"]
        );
    }
}
