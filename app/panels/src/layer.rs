//! An instruction as the learner wrote it, from what an engine's history made of it.

/// `RUN pip install flask`, from `RUN /bin/sh -c pip install flask # buildkit` and from what the builder before it wrote.
pub(crate) fn instruction(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    if let Some((_, metadata)) = text.split_once("#(nop)") {
        return metadata.trim().to_owned();
    }
    let (is_run, command) = match text.strip_prefix("RUN ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let command = without_arguments(command);
    match command.strip_prefix("/bin/sh -c ") {
        Some(command) => format!("RUN {}", command.trim()),
        None if is_run => format!("RUN {command}"),
        None if text.is_empty() => "imported, without history".to_owned(),
        None => text.to_owned(),
    }
}

/// Before a command with build arguments stands how many there are, and each: `|2 A=1 B=2 /bin/sh -c …`.
fn without_arguments(command: &str) -> &str {
    let is_counted = command
        .strip_prefix('|')
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(count, _)| count.bytes().all(|byte| byte.is_ascii_digit()));
    match command.find("/bin/sh -c ") {
        Some(at) if is_counted => &command[at..],
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::instruction;

    #[test]
    fn both_builders_spellings_are_the_learners() {
        for (created_by, written) in [
            (
                "RUN /bin/sh -c pip install flask # buildkit",
                "RUN pip install flask",
            ),
            ("COPY app.py . # buildkit", "COPY app.py ."),
            ("CMD [\"python\" \"app.py\"]", "CMD [\"python\" \"app.py\"]"),
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD [\"bash\"]"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN |1 V=2 /bin/sh -c echo $V # buildkit", "RUN echo $V"),
            ("|1 V=2 /bin/sh -c echo $V", "RUN echo $V"),
            ("", "imported, without history"),
        ] {
            assert_eq!(instruction(created_by), written);
        }
    }
}
