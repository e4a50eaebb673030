//! `quanta inspect`: what a store holds.

use quanta_core::diff::Way;
use quanta_core::plan::Presence;
use quanta_core::{Inspection, TableInspection};

use crate::args::StoreArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::{progress, store};

/// The shape of the JSON.
pub const JSON: &str = "\
JSON: {\"engine\", \"format\", \"store_id\", \"disk_bytes\", \"revision\", \"ledger_records\", \"held\",
       \"tables\": [{\"id\", \"name\", \"presence\": \"live\" | \"absent\" | \"dropped\", \"held\", \"versions\",
         \"version\", \"fingerprint\", \"rows\", \"row_bytes\", \"rows_damaged\", \"unswept_rows\", \"sweep_pending\",
         \"stamps\": [{\"version\", \"rows\"}], \"versions_alike\": [version],
         \"kept\": [{\"edge\", \"way\": \"up\" | \"down\", \"entries\", \"bytes\"}],
         \"indexes\": [{\"id\", \"name\", \"entries\", \"bytes\"}]}],
       \"work\": {\"records\", \"bytes\"}, \"left_over\": {\"records\", \"bytes\"}}";

/// Runs the command.
pub fn run(args: &StoreArgs, out: &mut Output) -> Result<Exit, Failure> {
    let db = store::open(&args.store)?;
    let bar = progress::counter("records");
    let inspection = db.inspect_with(&mut |records| bar.set_position(records))?;
    bar.finish_and_clear();
    if out.json {
        out.value(&inspection.to_json())?;
        return Ok(Exit::Ok);
    }
    print_store(&inspection, out)?;
    if !inspection.tables.is_empty() {
        out.line("")?;
        print_tables(&inspection.tables, out)?;
    }
    for table in &inspection.tables {
        print_notes(table, out)?;
    }
    Ok(Exit::Ok)
}

fn print_store(inspection: &Inspection, out: &mut Output) -> std::io::Result<()> {
    out.line(&format!("store     {}", inspection.store_id))?;
    out.line(&format!(
        "engine    {}, format {}",
        inspection.engine, inspection.format
    ))?;
    out.line(&format!("on disk   {}", output::bytes(inspection.disk_bytes)))?;
    let held = if inspection.is_held { ", held" } else { "" };
    let records = output::count(inspection.ledger_records, "ledger record");
    out.line(&format!("revision  {}{held}, {records}", inspection.revision))?;
    if inspection.work.records > 0 {
        out.line(&format!("work      {} unfinished", inspection.work.records))?;
    }
    if inspection.left_over.records > 0 {
        let left = inspection.left_over;
        let records = output::count(left.records, "record");
        out.line(&format!("left over {records}, {}", output::bytes(left.bytes)))?;
    }
    Ok(())
}

fn print_tables(tables: &[TableInspection], out: &mut Output) -> std::io::Result<()> {
    let header = [
        "table",
        "id",
        "state",
        "version",
        "versions",
        "rows",
        "bytes",
        "unswept",
        "kept",
        "kept bytes",
        "fingerprint",
    ];
    let mut lines = output::table(&header);
    output::align_right(&mut lines, &[1, 3, 4, 5, 6, 7, 8, 9]);
    for table in tables {
        let kept = table.kept_total();
        lines.add_row([
            table.name.clone(),
            table.id.to_string(),
            state(table),
            table.version.to_string(),
            table.versions.to_string(),
            table.rows.records.to_string(),
            output::bytes(table.rows.bytes),
            table.rows_unswept().to_string(),
            kept.records.to_string(),
            output::bytes(kept.bytes),
            table.fingerprint.clone(),
        ]);
    }
    out.table(&lines)
}

fn state(table: &TableInspection) -> String {
    let state = match table.presence {
        Presence::Live => "live",
        Presence::Absent => "absent",
        Presence::Dropped => "dropped",
    };
    if table.is_held {
        format!("{state}, held")
    } else {
        state.to_owned()
    }
}

fn print_notes(table: &TableInspection, out: &mut Output) -> std::io::Result<()> {
    let name = &table.name;
    for (stamp, rows) in table.stamps.iter().filter(|(stamp, _)| **stamp != table.version) {
        let rows = output::count(*rows, "row");
        let what = if table.versions_alike.contains(stamp) {
            "the same as now, byte for byte"
        } else {
            "to be swept when a program opens the store"
        };
        out.line(&format!("{name}: {rows} of version {stamp}, {what}"))?;
    }
    for ((edge, way), usage) in &table.kept {
        let what = match way {
            Way::Up => format!("what version {edge} can't hold"),
            Way::Down => format!("what only version {edge} can hold"),
        };
        let rows = output::count(usage.records, "row");
        out.line(&format!(
            "{name}: of {rows} is kept {what}, {}",
            output::bytes(usage.bytes)
        ))?;
    }
    for index in &table.indexes {
        let entries = match index.entries.records {
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        };
        out.line(&format!(
            "{name}: index {} has {entries}, {}",
            index.name,
            output::bytes(index.entries.bytes)
        ))?;
    }
    if table.rows_damaged > 0 {
        let rows = output::count(table.rows_damaged, "damaged row");
        let line = format!("{name}: {rows}: see quanta verify");
        out.line(&out.bad(&line))?;
    }
    Ok(())
}
