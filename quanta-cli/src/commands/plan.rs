//! `plan`: what opening a store with the program's entities would do to it.

use quanta_core::Options;
use serde_json::json;

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::program::Program;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples, where the program is a binary of an app that calls quanta_cli::run:
  cargo run --bin manage -- plan app.quanta
  cargo run --bin manage -- migrate app.quanta --plan 0123456789abcdef

Nothing is changed. Rows are looked at where a step needs it, and all that would be lost or refused is counted. The token
at the end approves this plan: `migrate --plan` runs it and no other one.

Exit code 1: the change would be refused, and the plan says why.

JSON: {\"token\", \"plan\": {\"class\", \"cost\", \"tables\", \"views\", \"refusals\", \"unregistered\", \"notes\"}}";

/// Runs the command.
pub fn run(program: &Program, args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let plan = options(program, "plan")?.clone().plan(&args.store)?;
    let exit = if plan.refusals.is_empty() {
        Exit::Ok
    } else {
        Exit::Findings
    };
    if out.json {
        out.value(&json!({ "token": plan.token(), "plan": plan.to_json() }))?;
        return Ok(exit);
    }
    out.text(&plan.to_text(out.style()))?;
    if exit == Exit::Ok && !plan.is_empty() {
        out.line(&format!(
            "nothing was changed; to approve this plan: --plan {}",
            plan.token()
        ))?;
    }
    Ok(exit)
}

/// Returns how the program opens its store.
pub(super) fn options<'p>(program: &'p Program, command: &str) -> Result<&'p Options, Failure> {
    match program {
        Program::Own(options) => Ok(options),
        Program::Standalone => Err(Failure::Told(Exit::Usage, without_entities(command))),
    }
}

/// Says how a command gets to know the entities of a program.
pub(super) fn without_entities(command: &str) -> String {
    format!(
        "the entities are in the program, and this command knows none: add a binary to the app, `src/bin/manage.rs`, and run \
         it as `cargo run --bin manage -- {command}`:\n\n\
         use my_app as _; // Links the entities.\n\
         fn main() -> std::process::ExitCode {{\n    \
             quanta_cli::run(quantadb::Options::new(), std::env::args_os()).into()\n}}"
    )
}
