//! `quanta releases`: the names that revisions got.

use quanta_core::Release;
use serde_json::{Value, json};

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{store, time};

/// Examples, and the shape of the JSON.
pub const HELP: &str = "\
Examples:
  quanta releases app.quanta
  quanta releases app.quanta --json | jq -r '.releases[].name'

JSON: {\"revision\": the current one, \"releases\": [{\"name\", \"revision\", \"time\", \"time_ms\", \"app_version\",
       \"sequence\"}]}
      They stand in the order in which they were named.";

/// Runs the command.
pub fn run(args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let releases = store::open(&args.store)?.releases()?;
    if out.json {
        let listed: Vec<Value> = releases.releases.iter().map(release_json).collect();
        out.value(&json!({ "revision": releases.revision, "releases": listed }))?;
        return Ok(Exit::Ok);
    }
    if releases.releases.is_empty() {
        out.line("none yet: quanta release names the current revision")?;
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&["", "name", "revision", "time", "by"]);
    output::align_right(&mut table, &[2]);
    for release in &releases.releases {
        let is_current = release.revision == releases.revision;
        table.add_row([
            if is_current { "*" } else { "" }.to_owned(),
            release.name.clone(),
            release.revision.to_string(),
            time::rfc3339(release.time_ms),
            release.app_version.clone(),
        ]);
    }
    out.table(&table)?;
    Ok(Exit::Ok)
}

fn release_json(release: &Release) -> Value {
    json!({
        "name": release.name,
        "revision": release.revision,
        "time": time::rfc3339(release.time_ms),
        "time_ms": release.time_ms,
        "app_version": release.app_version,
        "sequence": release.sequence,
    })
}
