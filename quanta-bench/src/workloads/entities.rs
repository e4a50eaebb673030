//! Opening stores with many tables: each process opens once, as a program does.

use std::fmt::Write;

use quantadb::{Durability, HistoryDocument, Options};

use super::Job;
use crate::error::Outcome;
use crate::many;
use crate::measure::timed;
use crate::ours;
use crate::results::{Findings, Reading, Unit};

pub fn open(job: &Job, entities: usize) -> Outcome<Findings> {
    let Some(engine) = job
        .kind
        .name
        .strip_prefix("quanta/")
        .filter(|engine| *engine != "memory")
    else {
        return Ok(Job::not_offered("a question about our part of an open"));
    };
    let options = options(engine, entities)?;
    let (db, whole) = timed(|| Ok(options.open(&job.path)?))?;
    let report = db.open_report();
    let nanos = |span: std::time::Duration| vec![span.as_secs_f64() * 1e9];
    Ok(Findings {
        readings: vec![
            Reading::new(
                "our part",
                Unit::Nanos,
                nanos(whole.saturating_sub(report.engine_span)),
            ),
            Reading::new("whole", Unit::Nanos, nanos(whole)),
        ],
        ..Findings::default()
    })
}

/// Structs as far as there are any, and beyond that the tables of a document.
fn options(engine: &str, entities: usize) -> Outcome<Options> {
    let options = ours::options::<()>(engine, Durability::Sync)?;
    if entities <= many::ENTITIES {
        return Ok(many::register(options, entities));
    }
    let document = HistoryDocument::from_json(&document(entities)?)?;
    let version = document.versions.first().ok_or("the document has a version")?;
    Ok(options.tables_of(version))
}

fn document(entities: usize) -> Outcome<String> {
    let mut text =
        r#"{"format": "quanta-history/1", "name": "many", "versions": [{"label": "1", "tables": ["#
            .to_owned();
    for number in 0..entities {
        let comma = if number == 0 { "" } else { "," };
        write!(
            text,
            r#"{comma}{{"name": "e{number}", "key": ["id"], "fields": [
                {{"name": "id", "type": "u64"}}, {{"name": "email", "type": "string"}},
                {{"name": "name", "type": "option<string>"}}, {{"name": "tags", "type": "list<string>"}},
                {{"name": "score", "type": "f64"}}, {{"name": "level", "type": "u32"}}],
              "indexes": [{{"name": "e{number}_email", "fields": ["email"], "unique": true}}]}}"#
        )?;
    }
    text.push_str("]}]}");
    Ok(text)
}
