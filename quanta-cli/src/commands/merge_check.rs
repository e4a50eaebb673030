//! `merge-check`: whether two branches of a lock commute, and the lock of both.

use std::path::Path;

use quanta_core::HistoryDocument;
use quanta_core::lock::{Merge, merge, read, replace};

use super::lock::told;
use crate::args::MergeCheckArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// Examples and the shape of the JSON.
pub const HELP: &str = "\
Examples, while git merges the branch `theirs` and says that quanta.lock is in conflict:
  git show HEAD:quanta.lock > ours.lock
  git show MERGE_HEAD:quanta.lock > theirs.lock
  quanta merge-check ours.lock theirs.lock
  quanta merge-check ours.lock theirs.lock --write quanta.lock

The base is what both locks begin with, or --base. Labels of versions don't count. The merged lock holds the versions of
the first one, then what the second one did since the base, in the names that the first one gave. The exit code is 1 if
there is a conflict, and 2 if a lock is missing or damaged, or the two are no branches of one history.

JSON: {\"commutes\", \"name\", \"base\", \"a\": {\"labels\", \"does\": [{\"table\", \"path\", \"does\"}]}, \"b\": as \"a\",
       \"shared\": [{\"table\", \"path\", \"does\"}], \"conflicts\": [{\"table\", \"path\", \"a\", \"b\", \"fix\"}],
       \"notes\", \"merged\": [label] | null, \"written\": path | null}";

/// Runs the command.
pub fn run(args: &MergeCheckArgs, out: &mut Output) -> Result<Exit, Failure> {
    let (a, b) = (document(&args.a)?, document(&args.b)?);
    let base = args.base.as_deref().map(document).transpose()?;
    let found = merge(&a, &b, base.as_ref()).map_err(|problem| Failure::Told(Exit::Usage, problem))?;
    let written = match (&args.write, &found.merged) {
        (Some(path), Some(merged)) => {
            replace(path, merged).map_err(told)?;
            Some(path.as_path())
        }
        _ => None,
    };
    if out.json {
        let mut json = found.to_json();
        json["written"] = written.map(|path| path.display().to_string()).into();
        out.value(&json)?;
    } else {
        print(&found, written, out)?;
    }
    Ok(if found.commutes() {
        Exit::Ok
    } else {
        Exit::Findings
    })
}

fn document(path: &Path) -> Result<HistoryDocument, Failure> {
    let missing = || Failure::Told(Exit::Usage, format!("there is no {}", path.display()));
    read(path).map_err(told)?.ok_or_else(missing)
}

fn print(found: &Merge, written: Option<&Path>, out: &mut Output) -> std::io::Result<()> {
    out.text(&found.to_string())?;
    let verdict = if found.commutes() {
        out.good("they commute")
    } else {
        out.bad("they don't commute")
    };
    match written {
        Some(path) => out.line(&format!("{verdict}: {} holds both", path.display())),
        None => out.line(&verdict),
    }
}
