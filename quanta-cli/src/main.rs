//! The `quanta` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    quanta_cli::run_standalone(std::env::args_os()).into()
}
