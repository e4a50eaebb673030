//! `validate`: whether a store can be opened, and what that would do.

use quanta_core::{Options, Severity, Standing, Validation};

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::program::Program;

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta validate app.quanta
  cargo run --bin manage -- validate app.quanta

A program that links its entities also says what opening the store would do. Rows are looked at only where a step of that
needs it: `verify` looks at all of them. The codes are explained in docs/tools.md.

Exit code 0: it opens, whatever there are warnings of. 1: it is sound, and the program would be refused. 3: it can't be
opened: an error of a code below V020.

JSON: {\"valid\", \"format\", \"engine\", \"store_id\", \"open\": whether somebody has it open, \"revision\", \"ledger_records\",
       \"held\": [name], \"tables\": [{\"table\", \"version\", \"standing\": null without entities, else current, ahead, older,
       unknown, new or unregistered}], \"plan\": null or {\"token\", \"class\", \"cost\", \"steps\", \"refused\"},
       \"findings\": [{\"code\", \"severity\": error or warning, \"place\", \"problem\"}]}";

/// Runs the command.
pub fn run(program: &Program, args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let options = match program {
        Program::Own(options) => (**options).clone(),
        Program::Standalone => Options::new().entities::<()>(),
    };
    let validation = options.validate(&args.store)?;
    if out.json {
        out.value(&validation.to_json())?;
    } else {
        print(&validation, out)?;
    }
    Ok(exit(&validation))
}

fn exit(validation: &Validation) -> Exit {
    let mut errors = validation
        .findings
        .iter()
        .filter(|finding| finding.code.severity() == Severity::Error)
        .peekable();
    if errors.peek().is_none() {
        Exit::Ok
    } else if errors.any(|finding| finding.code.is_of_store()) {
        Exit::Store
    } else {
        Exit::Findings
    }
}

fn print(validation: &Validation, out: &mut Output) -> std::io::Result<()> {
    if let (Some(engine), Some(format), Some(id)) =
        (&validation.engine, validation.format, &validation.store_id)
    {
        out.line(&format!("store {id}, engine {engine}, format {format}"))?;
    }
    if let (Some(revision), Some(records)) = (validation.revision, validation.ledger_records) {
        let records = output::count(records, "ledger record");
        out.line(&format!("revision {revision}, {records}"))?;
    }
    for table in &validation.tables {
        let version = table
            .version
            .map_or_else(String::new, |version| format!(" at version {version}"));
        let standing = table
            .standing
            .map_or_else(String::new, |standing| format!(": {}", standing_text(standing)));
        out.line(&format!("table {}{version}{standing}", table.table))?;
    }
    for finding in &validation.findings {
        let severity = finding.code.severity();
        let name = match severity {
            Severity::Error => out.bad(severity.name()),
            Severity::Warning => severity.name().to_owned(),
        };
        out.line(&format!(
            "{} {name}: {}: {}",
            finding.code, finding.place, finding.problem
        ))?;
    }
    let verdict = match exit(validation) {
        Exit::Ok => out.good("it opens"),
        Exit::Findings => out.bad("the program would be refused"),
        _ => out.bad("it can't be opened"),
    };
    out.line(&verdict)
}

fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "as the program has it",
        Standing::Ahead => "the program is ahead, and the store knows the way",
        Standing::Older => "the program is older",
        Standing::Unknown => "the program's shape is new to the store",
        Standing::New => "new",
        _ => "the program has no entity for it",
    }
}
