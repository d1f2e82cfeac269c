//! How a container is, in words and colour.

use std::fmt::Write as _;

/// Its state, with what `docker ps` adds in brackets: `exited (0)`, `running (healthy)`. How long it has been so is left out: that is
/// wrong a moment later.
pub(crate) fn told(state: &str, status: &str) -> String {
    let mut said = state.to_owned();
    let pieces = status.split('(').skip(1);
    for bracketed in pieces.filter_map(|rest| rest.split_once(')')) {
        if !bracketed.0.eq_ignore_ascii_case(state) {
            // It fails only where memory does.
            let _ = write!(said, " ({})", bracketed.0);
        }
    }
    said
}

/// The style of its dot.
pub(crate) fn class(state: &str) -> &'static str {
    match state {
        "running" => "running",
        "paused" | "restarting" | "removing" => "between",
        "dead" => "dead",
        _ => "still",
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_is_wrong_a_moment_later_is_left_out() {
        for (state, status, said) in [
            ("running", "Up 2 seconds", "running"),
            ("running", "Up 3 hours (healthy)", "running (healthy)"),
            ("exited", "Exited (137) 5 minutes ago", "exited (137)"),
            ("paused", "Up 1 second (Paused)", "paused"),
            ("restarting", "Restarting (1) 2 seconds ago", "restarting (1)"),
            ("created", "Created", "created"),
        ] {
            assert_eq!(told(state, status), said);
        }
    }
}
