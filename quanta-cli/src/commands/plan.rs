//! `plan`: what opening a store with the program's entities would do to it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use quanta_core::diff::Cost;
use quanta_core::{MigrationSource, Options, Plan, Sweep};
use serde_json::json;

use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;
use crate::store;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples, where the program is a binary of an app that calls quanta_cli::run:
  cargo run --bin manage -- plan app.quanta
  cargo run --bin manage -- migrate app.quanta --plan 0123456789abcdef
  quanta plan app.quanta --migrations migrations

Without the entities of a program, the plan is that of the migration files alone. Nothing is changed. Rows are looked at where a step needs it, and all that would be lost or refused is counted. The token
at the end approves this plan: `migrate --plan` runs it and no other one.

Exit code 1: the change would be refused, and the plan says why.

JSON: {\"token\", \"looked_ms\": how long the plan took, \"estimated_ms\": how long the change takes before the store
       opens, about,
       \"plan\": {\"class\", \"cost\", \"files\": [{\"id\", \"name\", \"plan\"}], \"tables\", \"views\", \"refusals\", \"unregistered\", \"notes\"}}";

/// Runs the command.
pub fn run(program: &Program, args: &PlanArgs, out: &mut Output) -> Result<Exit, Failure> {
    let files = Files {
        directories: &args.migrations,
        skip_tags: &args.skip_tag,
    };
    let started = Instant::now();
    let mut plan = options(program, files, "plan")?.plan(&args.store)?;
    if let Program::Standalone = program {
        // Without entities, that a table has none is nothing to tell.
        plan.unregistered.clear();
    }
    let time = Time::of(&plan, started.elapsed());
    let exit = if plan.refusals.is_empty() {
        Exit::Ok
    } else {
        Exit::Findings
    };
    if out.json {
        out.value(&json!({
            "token": plan.token(),
            "looked_ms": time.looked.as_millis(),
            "estimated_ms": time.estimated().as_millis(),
            "plan": plan.to_json(),
        }))?;
        return Ok(exit);
    }
    out.text(&plan.to_text(out.style()))?;
    if exit == Exit::Ok && !plan.is_empty() {
        out.line(&time.sentence())?;
        out.line(&format!(
            "nothing was changed; to approve this plan: --plan {}",
            plan.token()
        ))?;
    }
    Ok(exit)
}

/// How long a look at the rows took, and what that says of the change itself.
struct Time {
    looked: Duration,
    rows: u64,
    cost: Cost,
}

impl Time {
    fn of(plan: &Plan, looked: Duration) -> Self {
        let tables = plan
            .files
            .iter()
            .flat_map(|file| &file.plan.tables)
            .chain(&plan.tables);
        Self {
            looked,
            rows: tables.filter_map(|table| table.rows_checked).sum(),
            cost: plan.cost(),
        }
    }

    /// Estimates how long the change keeps the store busy before it opens: not at all, as long as the look at its rows, or
    /// as long as reading them once more and writing them, which takes about twice as long as a look.
    fn estimated(&self) -> Duration {
        match self.cost {
            Cost::Record | Cost::Lazy => Duration::ZERO,
            Cost::Scan => self.looked,
            Cost::Build => self.looked * 3,
        }
    }

    fn sentence(&self) -> String {
        let looked = format!(
            "looking at {} took {:.1} s",
            output::count(self.rows, "row"),
            self.looked.as_secs_f64()
        );
        match self.cost {
            Cost::Record | Cost::Lazy => format!("{looked}; the change itself is made at once"),
            Cost::Scan | Cost::Build => {
                let seconds = self.estimated().as_secs_f64();
                format!("{looked}; the change itself takes about {seconds:.1} s before the store opens")
            }
        }
    }
}

/// Which migration files are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) directories: &'a [PathBuf],
    pub(super) skip_tags: &'a [String],
}

impl Files<'_> {
    /// None at all.
    pub(super) const NONE: Self = Self {
        directories: &[],
        skip_tags: &[],
    };
}

/// Returns how the program opens its store, with the files that are asked for. Without a program, only files can change
/// something.
pub(super) fn options(program: &Program, files: Files<'_>, command: &str) -> Result<Options, Failure> {
    let mut options = match program {
        Program::Own(options) => (**options).clone(),
        Program::Standalone if files.directories.is_empty() => {
            return Err(Failure::Told(Exit::Usage, without_entities(command)));
        }
        Program::Standalone => store::creatable(Sweep::Off),
    };
    for directory in files.directories {
        options = options.migration_files(MigrationSource::directory(directory));
    }
    for tag in files.skip_tags {
        options = options.skip_tag(tag);
    }
    Ok(options)
}

/// Says how a command gets to know the entities of a program.
pub(super) fn without_entities(command: &str) -> String {
    format!(
        "the entities are in the program, and this command knows none. Give it migration files with `--migrations`, or add a binary to the app, `src/bin/manage.rs`, and run \
         it as `cargo run --bin manage -- {command}`:\n\n\
         use my_app as _; // Links the entities.\n\
         fn main() -> std::process::ExitCode {{\n    \
             quanta_cli::run(quantadb::Options::new(), std::env::args_os()).into()\n}}"
    )
}
