//! The binary `drydock`. All of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    drydock::command_line::run()
}
