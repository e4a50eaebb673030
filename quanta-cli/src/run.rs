//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use quanta_core::Options;

use crate::args::{Cli, Command};
use crate::commands::{self, forget::Depth};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::program::Program;

/// Runs the command for an app whose entities are linked, with these arguments, the first of which is the name of the
/// program. `options` says which entities there are: those of the registry, or those that it names. Prints to the
/// standard output, and to the error stream what went wrong.
///
/// The whole of an app's own command, a binary beside its library:
///
/// ```no_run
/// // use my_app as _; // Links the entities.
/// fn main() -> std::process::ExitCode {
///     quanta_cli::run(quantadb::Options::new(), std::env::args_os()).into()
/// }
/// ```
pub fn run<I, A>(options: Options, args: I) -> Exit
where
    I: IntoIterator<Item = A>,
    A: Into<OsString> + Clone,
{
    run_for(&Program::Own(Box::new(options)), args.into_iter().map(Into::into))
}

/// Runs the command without the entities of any program, as `quanta` does: [`run`], but for what needs them.
///
/// ```
/// use quanta_cli::{Exit, run_standalone};
///
/// assert_eq!(run_standalone(["quanta", "--version"]), Exit::Ok);
/// assert_eq!(run_standalone(["quanta", "history", "no/such/store"]), Exit::Store);
/// ```
pub fn run_standalone<I, A>(args: I) -> Exit
where
    I: IntoIterator<Item = A>,
    A: Into<OsString> + Clone,
{
    run_for(&Program::Standalone, args.into_iter().map(Into::into))
}

fn run_for(program: &Program, args: impl Iterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            // Nobody may be reading.
            return error.print().map_or(exit, |()| exit);
        }
    };
    let mut out = Output::stdout(cli.color, cli.json);
    let ended = dispatch(program, &cli.command, &mut out);
    let flushed = out.flush().map_err(Failure::from);
    match (ended, flushed) {
        (Ok(exit), Ok(())) => exit,
        (Err(failure), _) | (Ok(_), Err(failure)) => tell(failure),
    }
}

fn dispatch(program: &Program, command: &Command, out: &mut Output) -> Result<Exit, Failure> {
    match command {
        Command::Status(args) => commands::status::run(program, args, out),
        Command::Plan(args) => commands::plan::run(program, args, out),
        Command::Migrate(args) => commands::migrate::run(program, args, out),
        Command::Redo(args) => commands::redo::run(args, out),
        Command::Create(args) => commands::create::run(program, args, out),
        Command::Explain(args) => commands::explain::run(args, out),
        Command::Inspect(args) => commands::inspect::run(args, out),
        Command::Schema(args) => commands::schema::run(args, out),
        Command::History(args) => commands::history::run(args, out),
        Command::Graph(args) => commands::graph::run(args, out),
        Command::Show(args) => commands::show::run(args, out),
        Command::Diff(args) => commands::diff::run(args, out),
        Command::Rows(args) => commands::rows::run(args, out),
        Command::Get(args) => commands::get::run(args, out),
        Command::Query(args) => commands::query::run(args, out),
        Command::Import(args) => commands::import::run(args, out),
        Command::Export(args) => commands::export::run(args, out),
        Command::Release(args) => commands::release::run(args, out),
        Command::Releases(args) => commands::releases::run(args, out),
        Command::Objects(args) => commands::objects::run(args, out),
        Command::Rollback(args) => commands::rollback::run(args, out),
        Command::Forget(args) => commands::forget::run(args, Depth::Forget, out),
        Command::Erase(args) => commands::forget::run(args, Depth::Erase, out),
        Command::ReleaseHold(args) => commands::release_hold::run(args, out),
        Command::Copy(args) => commands::copy::run(args, out),
        Command::Compact(args) => commands::compact::run(args, out),
        Command::Lint(args) => commands::lint::run(program, args, out),
        Command::Completions(args) => commands::completions::run(args, out),
        Command::Backup(args) => commands::backup::run(args, out),
        Command::Restore(args) => commands::restore::run(args, out),
        Command::Validate(args) => commands::validate::run(program, args, out),
        Command::Verify(args) => commands::verify::run(args, out),
        Command::Repair(args) => commands::repair::run(args, out),
        Command::Rehearse(args) => commands::rehearse::run(args, out),
        Command::MergeCheck(args) => commands::merge_check::run(args, out),
        Command::Lock(args) => commands::lock::run(program, args, out),
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
