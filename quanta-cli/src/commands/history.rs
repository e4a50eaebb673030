//! `quanta history`: everything that moved a store from one shape to another.

use quanta_core::History;
use quanta_core::plan::LedgerRecord;
use serde_json::{Value, json};

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{store, time};

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"revision\", \"records\": [{\"sequence\", \"kind\", \"revision\", \"from_revision\", \"time\", \"time_ms\",
       \"app_version\", \"plan_digest\", \"rows_checked\", \"rows_built\", \"migrations\": [\"..\"],
       \"tables\": [{\"id\", \"name\", \"version\", \"presence\", \"steps\": [\"..\"]}],
       \"views\": [{\"id\", \"name\", \"version\", \"presence\"}],
       \"release\": the name that a record of the kind release gives, else null,
       \"forgotten\": [{\"table\": id, \"part\": {\"edge\": {..}} | {\"rows\": {..}}}]}]}
      The kinds: create, auto, file, custom, rollback, reapply, release, forget, hold.";

/// Runs the command.
pub fn run(args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let history = store::open(&args.store)?.history()?;
    if out.json {
        let records: Vec<Value> = history.records.iter().map(record_json).collect();
        out.value(&json!({ "revision": history.revision, "records": records }))?;
        return Ok(Exit::Ok);
    }
    if history.records.is_empty() {
        out.line("nothing yet: no program has opened the store with a table")?;
        return Ok(Exit::Ok);
    }
    let mut table = output::table(&[
        "", "#", "kind", "revision", "from", "release", "time", "by", "changes",
    ]);
    output::align_right(&mut table, &[1, 3, 4]);
    for record in &history.records {
        table.add_row(line(record, &history));
    }
    out.table(&table)?;
    Ok(Exit::Ok)
}

/// Returns the cells of a record. The revision that the store is at is marked where it was made, and so are its names.
fn line(record: &LedgerRecord, history: &History) -> [String; 9] {
    let is_current = record.revision == history.revision && record.kind.makes_revision();
    let names = match &record.release {
        Some(name) => vec![name.clone()],
        None if record.kind.makes_revision() => history.names_of(record.revision),
        None => Vec::new(),
    };
    let steps = record.effects.iter().flat_map(|effect| &effect.up);
    let forgotten = record.forgotten.iter().map(ToString::to_string);
    let views = record.views.iter().map(ToString::to_string);
    let steps = steps.map(ToString::to_string).chain(views);
    let steps: Vec<String> = steps.chain(forgotten).collect();
    [
        if is_current { "*" } else { "" }.to_owned(),
        record.sequence.to_string(),
        record.kind.name().to_owned(),
        record.revision.to_string(),
        record
            .from_revision
            .filter(|_| record.release.is_none())
            .map_or_else(String::new, |from| from.to_string()),
        names.join(", "),
        time::rfc3339(record.time_ms),
        record.app_version.clone(),
        steps.join("\n"),
    ]
}

/// Returns a record as JSON.
pub fn record_json(record: &LedgerRecord) -> Value {
    let tables = record.effects.iter().map(|effect| {
        json!({
            "id": effect.table,
            "name": effect.after.name,
            "version": effect.after.version,
            "presence": effect.after.presence,
            "steps": effect.up.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    let views = record.views.iter().map(|effect| {
        json!({
            "id": effect.view,
            "name": effect.after.name,
            "version": effect.after.version,
            "presence": effect.after.presence,
        })
    });
    let digest: String = record
        .plan_digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({
        "sequence": record.sequence,
        "kind": record.kind,
        "revision": record.revision,
        "from_revision": record.from_revision,
        "time": time::rfc3339(record.time_ms),
        "time_ms": record.time_ms,
        "app_version": record.app_version,
        "plan_digest": digest,
        "rows_checked": record.rows_checked,
        "rows_built": record.rows_built,
        "migrations": record.migrations,
        "tables": tables.collect::<Vec<_>>(),
        "views": views.collect::<Vec<_>>(),
        "release": record.release,
        "forgotten": record.forgotten,
    })
}
