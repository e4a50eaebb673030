//! `lock`: the history of a program's entities, as a file beside its code.

use std::path::{Path, PathBuf};

use quanta_core::lock::{Comparison, Naming, Written, baseline, compare, read, replace, write_with};
use quanta_core::{Error, ErrorKind, Options, diff::Step};
use serde_json::json;

use super::plan::without_entities;
use super::steps;
use crate::args::LockArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::program::Program;
use crate::store;

/// Examples and the shape of the JSON. What stands in for the program is that of the app.
pub const HELP: &str = "\
Examples, where the program is a binary of an app that calls quanta_cli::run:
  cargo run --bin manage -- lock
  cargo run --bin manage -- lock --label 1.2.0
  cargo run --bin manage -- lock --check
  quanta lock --from-store app.quanta --file quanta.lock

With --check, nothing is written: the exit code is 1 if the entities are not what the lock says, if a hint has a name
that the whole history never had, or if a store would refuse the change; 2 if there is no lock or it can't be understood.

JSON: {\"file\", \"outcome\": \"written\" | \"unchanged\" | \"current\" | \"differs\", \"current\", \"last\", \"next\",
       \"differences\": [{\"place\", \"before\", \"after\"}], \"unknown_hints\", \"plan\": as of Options::plan}
      With --from-store: {\"file\", \"outcome\", \"next\"}.";

const FILE: &str = "quanta.lock";

/// What the standalone command says besides.
const OTHERWISE: &str = "A test can do the same: quantadb::lock::check and quantadb::lock::write. A store alone gives the first \
                         version: --from-store DIR.";

/// Runs the command.
pub fn run(program: &Program, args: &LockArgs, out: &mut Output) -> Result<Exit, Failure> {
    let file = args.file.clone().unwrap_or_else(default_file);
    if let Some(path) = &args.from_store {
        return from_store(path, &file, args, out);
    }
    let Program::Own(options) = program else {
        let problem = format!("{}\n\n{OTHERWISE}", without_entities("lock"));
        return Err(Failure::Told(Exit::Usage, problem));
    };
    if args.check {
        check(options, &file, out)
    } else {
        write(options, &file, args, out)
    }
}

/// Returns the lock beside the manifest of the package that cargo runs, else the one of the working directory.
fn default_file() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(
        || PathBuf::from(FILE),
        |directory| Path::new(&directory).join(FILE),
    )
}

fn naming(args: &LockArgs) -> Naming {
    Naming {
        name: args.name.clone(),
        label: args.label.clone(),
    }
}

fn check(options: &Options, file: &Path, out: &mut Output) -> Result<Exit, Failure> {
    let missing = || {
        let problem = format!("there is no {}: `lock` without --check writes it", file.display());
        Failure::Told(Exit::Usage, problem)
    };
    let document = read(file).map_err(told)?.ok_or_else(missing)?;
    let comparison = compare(&document, options, None).map_err(told)?;
    let (exit, outcome) = if comparison.is_current() {
        (Exit::Ok, "current")
    } else {
        (Exit::Findings, "differs")
    };
    if out.json {
        print_json(file, outcome, &comparison, out)?;
    } else if comparison.is_current() {
        out.line(&format!("{}: {}", file.display(), out.good("current")))?;
    } else {
        let fix = if comparison.is_sound() {
            "`lock` adds a version"
        } else {
            "mend the entities first"
        };
        let verdict = out.bad("not what the entities are");
        out.line(&format!("{}: {verdict}: {fix}", file.display()))?;
        out.text(&comparison.to_string())?;
    }
    Ok(exit)
}

fn write(options: &Options, file: &Path, args: &LockArgs, out: &mut Output) -> Result<Exit, Failure> {
    match write_with(file, options, &naming(args)).map_err(told)? {
        Written::Unchanged if out.json => {
            out.value(&json!({ "file": file.display().to_string(), "outcome": "unchanged" }))?;
        }
        Written::Unchanged => out.line(&format!("{}: unchanged", file.display()))?,
        Written::Version(comparison) if out.json => print_json(file, "written", &comparison, out)?,
        Written::Version(comparison) => print(file, &comparison, out)?,
    }
    Ok(Exit::Ok)
}

fn print(file: &Path, comparison: &Comparison, out: &mut Output) -> std::io::Result<()> {
    out.line(&format!(
        "{}: version {} added",
        file.display(),
        comparison.version.label
    ))?;
    if comparison.last_label.is_none() {
        let tables: Vec<&str> = comparison.version.tables.keys().map(String::as_str).collect();
        return out.line(&format!("  {}", tables.join(", ")));
    }
    out.text(&comparison.to_string())?;
    out.line("  what it does to a store:")?;
    let planned: Vec<Step> = comparison.plan.steps().cloned().collect();
    steps::print(&planned, out)?;
    if !comparison.plan.unregistered.is_empty() {
        let tables = comparison.plan.unregistered.join(", ");
        out.line(&format!(
            "  without an entity here, and left as they are: {tables}"
        ))?;
    }
    Ok(())
}

fn print_json(file: &Path, outcome: &str, comparison: &Comparison, out: &mut Output) -> std::io::Result<()> {
    let mut json = comparison.to_json();
    json["file"] = file.display().to_string().into();
    json["outcome"] = outcome.into();
    out.value(&json)
}

/// Writes the first version of a history from what a store holds. A lock that is there already has a first version.
fn from_store(store: &Path, file: &Path, args: &LockArgs, out: &mut Output) -> Result<Exit, Failure> {
    if file.exists() {
        let problem = format!(
            "{} is there already, and a store only gives the first version of a history",
            file.display()
        );
        return Err(Failure::Told(Exit::Usage, problem));
    }
    let db = store::open(store)?;
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| quanta_core::lock::name_by_place(file));
    let document = baseline(&db, &name, args.label.as_deref())?;
    replace(file, &document).map_err(told)?;
    let (version, file) = (&document.versions[0], file.display());
    if out.json {
        out.value(&json!({ "file": file.to_string(), "outcome": "written", "next": version.label }))?;
    } else {
        let tables: Vec<&str> = version.tables.keys().map(String::as_str).collect();
        out.line(&format!("{file}: version {} added", version.label))?;
        out.line(&format!("  {}", tables.join(", ")))?;
    }
    Ok(Exit::Ok)
}

/// A lock is a document and no store: what is wrong with it is a mistake in what was asked for.
pub(super) fn told(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Corrupt | ErrorKind::NewerFormat | ErrorKind::Missing | ErrorKind::Declaration => {
            Failure::Told(Exit::Usage, error.to_string())
        }
        _ => error.into(),
    }
}
