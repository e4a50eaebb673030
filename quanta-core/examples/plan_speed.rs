//! Prints how long planning takes: 300 tables of 40 fields against the same with 5 % of the fields changed (the bar is
//! 50 ms), and the open of a store with a history of 250 versions that changes nothing (the bar is 5 ms).
//!
//! `cargo run --release -p quanta-core --example plan_speed`

#![expect(clippy::print_stdout, reason = "what it measures is for people to read")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};

use quanta_core::plan::{
    Counters, DeclaredTable, Head, Movement, Policy, Presence, StoredTable, TableHead, TableState, Version,
    decide,
};
use quanta_core::schema::{Fingerprint, Schema, TableHints};
use quanta_core::{Engine, HistoryDocument, Options, Sweep};

const RUNS: usize = 51;
const VERSIONS: usize = 250;

type Tables = Vec<(String, Schema)>;

fn main() -> Result<(), Box<dyn Error>> {
    let (old, new) = (tables(Fields::Old)?, tables(Fields::Changed)?);
    let (head, stored) = store_of(&old)?;
    let mut steps = 0;
    let wide = with_declared(&new, |declared| {
        median(|| {
            let decision = decide(&head, &stored, declared, &Policy::default())?;
            steps = decision.plan.steps().count();
            Ok(())
        })
    })?;
    println!("plan of 300 tables x 40 fields, {steps} steps: {wide:?} (bar: 50 ms)");
    let nothing = with_declared(&old, |declared| {
        median(|| {
            let decision = decide(&head, &stored, declared, &Policy::default())?;
            assert!(decision.plan.is_empty(), "nothing changed");
            Ok(())
        })
    })?;
    println!("plan of 300 tables x 40 fields, nothing changed: {nothing:?}");
    println!(
        "open after {VERSIONS} versions, nothing changed: {:?} (bar: 5 ms)",
        open_again()?
    );
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fields {
    Old,
    Changed,
}

fn tables(fields: Fields) -> Result<Tables, Box<dyn Error>> {
    let field = |table: usize, at: usize| match (fields, (table * 40 + at) % 60) {
        (Fields::Changed, 0) => format!("renamed_{at}: string"),
        (Fields::Changed, 1) => format!("f{at}: i128"),
        (Fields::Changed, 2) => format!("f{at}: option<i64>"),
        _ => format!("f{at}: i64"),
    };
    let table = |number: usize| {
        let fields: Vec<String> = (0..40).map(|at| field(number, at)).collect();
        let shape = format!("struct {{ id: u64, {} }}", fields.join(", ")).parse()?;
        Ok((format!("t{number}"), Schema::new(shape, vec!["id".to_owned()])?))
    };
    (0..300).map(table).collect()
}

fn with_declared<R>(tables: &Tables, use_them: impl FnOnce(&[DeclaredTable<'_>]) -> R) -> R {
    let hints = TableHints::default();
    let declared = tables.iter().map(|(name, schema)| DeclaredTable {
        name,
        schema,
        fingerprint: Fingerprint::of(schema),
        hints: &hints,
        hints_digest: [0; 16],
        migrations: &[],
    });
    use_them(&declared.collect::<Vec<_>>())
}

/// Makes what a store remembers after it was opened with these tables.
fn store_of(tables: &Tables) -> Result<(Head, BTreeMap<u32, StoredTable>), Box<dyn Error>> {
    let mut head = Head {
        migrations: BTreeMap::new(),
        views: BTreeMap::new(),
        revision: 1,
        ledger_records: 1,
        ledger_hash: [0; 32],
        counters: Counters::default(),
        tables: BTreeMap::new(),
    };
    let decision = with_declared(tables, |declared| {
        decide(&head, &BTreeMap::new(), declared, &Policy::default())
    })?;
    let mut stored = BTreeMap::new();
    for (id, planned) in (1..).zip(decision.plan.tables) {
        let (Movement::Create { diff }, Some(schema)) = (&planned.movement, planned.after) else {
            continue;
        };
        head.counters.slot = head.counters.slot.max(diff.next_slot);
        let state = TableState {
            name: planned.name,
            presence: Presence::Live,
            version: 1,
            space: id,
            write_defaults: BTreeMap::new(),
            index_ids: Vec::new(),
            index_names: Vec::new(),
        };
        let table = TableHead {
            fingerprint: Fingerprint::of(&schema),
            state,
            hints_digest: [0; 16],
            consumed_names: BTreeSet::new(),
            stamps: BTreeSet::from([1]),
            kept: BTreeSet::new(),
            held: false,
            victims: BTreeSet::new(),
            index_spaces: Vec::new(),
        };
        let version = Version {
            parent: None,
            slots: diff.slots.clone(),
            consumed: diff.consumed.clone(),
            edge: None,
            index_ids: Vec::new(),
            migrations: BTreeSet::new(),
            targets: Vec::new(),
            label: None,
            schema,
        };
        head.tables.insert(id, table.clone());
        let versions = BTreeMap::from([(1, version)]);
        stored.insert(
            id,
            StoredTable {
                id,
                head: table,
                versions,
            },
        );
    }
    Ok((head, stored))
}

/// Opens a store with 250 versions, each of which adds a field or drops one, and then again and again.
fn open_again() -> Result<Duration, Box<dyn Error>> {
    let version = |number: usize| {
        let added = if number.is_multiple_of(2) {
            String::new()
        } else {
            field(number)
        };
        format!(
            r#"{{"label": "{number}", "tables": [{{"name": "t", "key": ["id"],
            "fields": [{{"name": "id", "type": "u64"}}{added}]}}]}}"#
        )
    };
    let versions: Vec<String> = (0..VERSIONS).map(version).collect();
    let text = format!(
        r#"{{"format": "quanta-history/1", "name": "long", "versions": [{}]}}"#,
        versions.join(", ")
    );
    let document = HistoryDocument::from_json(&text)?;
    let engine = Engine::memory();
    let options = || Options::new().engine(engine.clone()).sweep(Sweep::Off);
    for version in &document.versions {
        drop(options().forward().tables_of(version).open("memory")?);
    }
    let last = document.versions.last().ok_or("there are versions")?;
    median(|| {
        let db = options().tables_of(last).open("memory")?;
        assert!(db.open_report().plan.is_empty(), "nothing changed");
        Ok(())
    })
}

fn field(number: usize) -> String {
    format!(r#", {{"name": "f{number}", "type": "u64"}}"#)
}

fn median(mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        run()?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times[RUNS / 2])
}
