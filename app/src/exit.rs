//! What a command's exit status means, in words for learners. Pure.
//!
//! The command is one that stands in a lesson, letter by letter: advice about its spelling would be of no use. And only
//! the status is known, not what the command printed: the words say no more than that.

/// A command line as it is compared: lines that a backslash joins are joined, and blanks between words count once.
pub(crate) fn normalised(command: &str) -> String {
    let joined = command.replace("\r\n", "\n").replace("\\\n", "");
    let mut plain = String::with_capacity(joined.len());
    for word in joined.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    plain
}

/// What a status other than 0 means, and what to do next: a sentence or two, with code in backticks. `sample` says
/// whether the lesson shows below what the command prints.
pub(crate) fn explained(command: &str, exit: i32, sample: bool) -> String {
    let words = match exit {
        1 if sample => {
            "The command said no. Compare its own words, in the terminal, with the sample below: a lesson may show a \
             failure on purpose."
        }
        1 => {
            "The command said no. Its own words stand in the terminal: often an earlier step is missing, or this is \
             another folder."
        }
        2 => {
            "Most programs end so when they do not understand how they were called, or miss a file. Their own words \
             stand in the terminal."
        }
        125 if is_docker(command) => {
            "Docker itself failed, before a program in a container could. Its words in the terminal say at what: a \
             name that is taken, an image that is not here, an option."
        }
        126 if runs_in_container(command) => {
            "The container has what it was to start, but cannot execute it: a folder, say, or a file without the \
             permission. Its words in the terminal name it."
        }
        126 => {
            "The program is there, but cannot be executed. If it is a script of yours, `chmod +x` allows it."
        }
        127 if runs_in_container(command) => {
            "A program was not found in the container. Look in the terminal which one; another image may have it."
        }
        127 => {
            "The program was not found. A path is looked for from the folder that you are in: `pwd` says which."
        }
        130 => "Interrupted, as Ctrl-C does. Run it again to let it finish.",
        137 => {
            "Killed from outside. `docker kill` does that, and so does the sandbox when its memory is used up: end what \
             you do not need, and run it again."
        }
        139 => {
            "The program crashed: it used memory that is not its own. Its words, if any, stand in the terminal."
        }
        143 => "Told from outside to end, as `docker stop` does. Run it again if that was not meant.",
        148 => "Paused with Ctrl-Z: it waits in the background. `fg` brings it back.",
        129..=192 => {
            return format!(
                "Ended by signal {}. Its words, if any, stand in the terminal.",
                exit - 128
            );
        }
        _ => "The program's own sign that something went wrong. Its words stand in the terminal.",
    };
    words.to_owned()
}

/// Whether the status is `docker`'s own, or that of the program which it ran: a line of several commands has the last
/// one's.
fn is_docker(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.next() == Some("docker") && !command.contains(['|', ';', '&', '\n'])
}

fn runs_in_container(command: &str) -> bool {
    let mut words = command
        .split_whitespace()
        .skip(1)
        .skip_while(|word| *word == "container");
    is_docker(command) && matches!(words.next(), Some("run" | "exec" | "start"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_joined_lines_make_no_difference() {
        let one = "docker image ls --format '{{.ID}}'";
        assert_eq!(normalised("docker image ls \\\n  --format '{{.ID}}'"), one);
        assert_eq!(normalised("  docker  image ls --format\t'{{.ID}}' \n"), one);
        assert_ne!(normalised("docker image  ls --format '{{.Id}}'"), one);
        // As the shell joins them: within a word, too.
        assert_eq!(normalised("docker im\\\nages"), "docker images");
    }

    #[test]
    fn a_status_means_what_docker_and_the_shell_mean_by_it() {
        let means = |command, exit, says: &str| {
            let words = explained(command, exit, false);
            assert!(words.contains(says), "{words}");
        };
        means("docker run nope", 125, "Docker itself failed");
        means("docker run --rm busybox nope", 127, "in the container");
        means("docker container run busybox nope", 127, "in the container");
        means("docker run busybox /etc", 126, "The container has");
        means("./build.sh", 126, "chmod +x");
        means("./build.sh", 127, "`pwd`");
        means("docker pull x", 130, "Ctrl-C");
        means("docker run busybox", 137, "memory");
        means("sleep 5", 135, "signal 7");
        means("make", 77, "own sign");
    }

    #[test]
    fn the_status_of_several_commands_is_not_blamed_on_docker() {
        for command in ["timeout 1 docker ps", "docker ps | nope", "docker ps; nope"] {
            assert!(
                !explained(command, 125, false).contains("Docker itself"),
                "{command}"
            );
            assert!(!explained(command, 127, false).contains("container"), "{command}");
        }
    }

    #[test]
    fn a_sample_may_be_of_a_failure() {
        assert!(explained("docker image inspect nginx", 1, true).contains("sample below"));
        assert!(!explained("docker image inspect nginx", 1, false).contains("sample"));
    }
}
