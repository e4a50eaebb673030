//! Laws of export and import over random schemas: rows come back equal, in both forms, and no bytes do harm.

use std::io::Cursor;

use quanta_storage::Memory;

use crate::codec::Decoder;
use crate::collection::{DynamicCollection, OnExisting};
use crate::db::{Database, Engine, Options, Sweep};
use crate::error::ErrorKind;
use crate::generate::{HistorySize, Seed, random_history, random_shape, random_value};
use crate::history::HistoryVersion;
use crate::schema::NodeId;
use crate::value::laws::{for_seeds, hostile};
use crate::value::{Value, decode_value, from_flat, to_flat};

use super::{Export, Format, Import, ImportSource};

fn opened(version: &HistoryVersion) -> Database {
    Options::new()
        .engine(Engine::Memory(Memory::new()))
        .sweep(Sweep::Off)
        .tables_of(version)
        .open("memory")
        .expect("a random version can be opened")
}

/// A version with tables, and random rows in each.
fn filled(seed: &mut Seed) -> (HistoryVersion, Database) {
    let size = HistorySize {
        versions: 1,
        ..HistorySize::default()
    };
    let version = random_history(seed, size).versions.remove(0);
    let db = opened(&version);
    for name in version.tables.keys() {
        let table = db.table(name).expect("the table is there");
        for _ in 0..seed.below(12) {
            let bytes = random_value(&table.schema().shape, NodeId::ROOT, seed);
            let mut input = Decoder::new(&bytes);
            let row = decode_value(&table.schema().shape, NodeId::ROOT, &mut input).expect("it is a row");
            // A row may be refused: its key is too long, or an index has its value.
            let _ = table.put(&row);
        }
    }
    (version, db)
}

fn rows(table: &DynamicCollection) -> Vec<Value> {
    table.iter().collect::<Result<_, _>>().expect("rows can be read")
}

/// A word for none that no random text is.
const NONE: &str = "\\N, \"none\"\r\n";

#[test]
fn exported_rows_are_imported_as_they_were() {
    for_seeds(150, |seed| {
        let (version, db) = filled(seed);
        for format in [Format::Csv, Format::JsonLines] {
            let other = opened(&version);
            for name in version.tables.keys() {
                let (from, to) = (db.table(name), other.table(name));
                let (from, to) = (from.expect("it is there"), to.expect("it is there"));
                let delimiter = *seed.choose(b",;\t");
                let mut file = Vec::new();
                let export = Export::new(format).none_as(NONE).delimiter(delimiter);
                let count = from.export(&mut file, &export).expect("rows can be exported");
                let text = String::from_utf8_lossy(&file).into_owned();
                // A text of many levels is beyond what `serde_json` reads, and so beyond this law.
                if text.matches(['[', '{']).count() > 100 {
                    continue;
                }
                let import = Import::new(format).none_as(NONE).delimiter(delimiter);
                let report = to
                    .import(ImportSource::seekable(Cursor::new(&file)), &import)
                    .unwrap_or_else(|error| panic!("{error}\n{text}"));
                assert_eq!((report.rows_written, report.rows_bad), (count, 0));
                assert_eq!(rows(&from), rows(&to), "{text}");
                let again = import.clone().on_existing(OnExisting::Replace);
                to.import(ImportSource::once(&file[..]), &again)
                    .unwrap_or_else(|error| panic!("{error}\n{text}"));
                assert_eq!(rows(&from), rows(&to), "{text}");
            }
        }
    });
}

#[test]
fn hostile_files_do_no_harm() {
    for_seeds(150, |seed| {
        let (version, db) = filled(seed);
        for format in [Format::Csv, Format::JsonLines] {
            let other = opened(&version);
            for name in version.tables.keys() {
                let (from, to) = (db.table(name), other.table(name));
                let (from, to) = (from.expect("it is there"), to.expect("it is there"));
                let mut file = Vec::new();
                from.export(&mut file, &Export::new(format).none_as(NONE))
                    .expect("rows can be exported");
                let file = hostile(file, seed);
                let import = Import::new(format).none_as(NONE);
                match to.import(ImportSource::seekable(Cursor::new(&file)), &import) {
                    Ok(report) => assert_eq!(report.rows_written, rows(&to).len() as u64),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
                        assert!(to.is_empty().expect("it can be read"), "{error}");
                    }
                }
            }
        }
    });
}

#[test]
fn cells_give_the_same_value() {
    for_seeds(1500, |seed| {
        let depth = seed.below(4);
        let shape = random_shape(seed, depth);
        let bytes = random_value(&shape, NodeId::ROOT, seed);
        let value = decode_value(&shape, NodeId::ROOT, &mut Decoder::new(&bytes)).expect("it is a value");
        // None has a word of its own.
        if value.is_none() {
            return;
        }
        let text = to_flat(&shape, NodeId::ROOT, &value);
        assert_eq!(
            from_flat(&shape, NodeId::ROOT, &text).as_ref(),
            Ok(&value),
            "{text}"
        );
    });
}
