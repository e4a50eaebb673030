//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;

use crate::args::{Cli, Command};
use crate::commands;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Runs the command with these arguments, the first of which is the name of the program. Prints to the standard
/// output, and to the error stream what went wrong.
pub fn run<I, A>(args: I) -> Exit
where
    I: IntoIterator<Item = A>,
    A: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // Nobody may be reading.
            return error.print().map_or(exit, |()| exit);
        }
    };
    let mut out = Output::stdout(cli.color, cli.json);
    let ended = dispatch(&cli.command, &mut out);
    let flushed = out.flush().map_err(Failure::from);
    match (ended, flushed) {
        (Ok(exit), Ok(())) => exit,
        (Err(failure), _) | (Ok(_), Err(failure)) => tell(failure),
    }
}

fn dispatch(command: &Command, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        Command::Inspect(args) => commands::inspect::run(args, out),
        Command::Schema(args) => commands::schema::run(args, out),
        Command::History(args) => commands::history::run(args, out),
        Command::Show(args) => commands::show::run(args, out),
        Command::Diff(args) => commands::diff::run(args, out),
        Command::Rows(args) => commands::rows::run(args, out),
        Command::Rollback(args) => commands::rollback::run(args, out),
        Command::Verify(args) => commands::verify::run(args, out),
        Command::Rehearse(args) => commands::rehearse::run(args, out),
    }
}

fn tell(failure: Failure) -> Exit {
    match failure {
        Failure::Unread => Exit::Ok,
        Failure::Told(exit, message) => {
            // There is nowhere left to tell that the error stream is closed.
            let _ = writeln!(io::stderr(), "error: {message}");
            exit
        }
    }
}
