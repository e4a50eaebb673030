//! `quanta release`: names the current revision.

use quanta_core::Sweep;

use crate::args::ReleaseArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::{store, time};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta release app.quanta 1.2.0
  quanta release app.quanta \"before the move\"

JSON: {\"new\": whether it was named now, \"release\": {\"name\", \"revision\", \"time\", \"time_ms\", \"app_version\",
       \"sequence\"}}
      A name that is another revision's is an error, exit code 1; the same name again is none.";

/// Runs the command.
pub fn run(args: &ReleaseArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::writable(Sweep::Off).open(&args.store)?;
    let report = db.release(&args.name)?;
    if out.json {
        let mut json = report.to_json();
        json["release"]["time"] = time::rfc3339(report.release.time_ms).into();
        out.value(&json)?;
    } else {
        out.line(&report.to_string())?;
    }
    Ok(Exit::Ok)
}
