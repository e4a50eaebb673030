//! The `quanta` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    quanta_cli::run(std::env::args_os()).into()
}
