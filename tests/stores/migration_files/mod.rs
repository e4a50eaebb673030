//! Migration files: what each step does to a store and how it is taken back, files that are written and reviewed, and what
//! becomes of wrong ones.

mod edits;
mod kept_apart;
mod steps;
mod written;
mod wrong;

use quantadb::{Database, MigrationFile, MigrationSource, Options};

use crate::support::Small;

/// Makes files of `(id, text)`.
fn files(texts: &[(&str, &str)]) -> MigrationSource {
    let files = texts
        .iter()
        .map(|(id, text)| MigrationFile::from_toml(id, text).unwrap());
    MigrationSource::Given(files.collect())
}

/// Opens a store with files and without entities.
fn plain(engine: &Small, texts: &[(&str, &str)]) -> Options {
    engine.options::<()>().migration_files(files(texts))
}

/// Lists the rows of a table as text.
fn rows(db: &Database, table: &str) -> Vec<String> {
    let rows = db
        .table(table)
        .unwrap()
        .iter()
        .map(|row| row.unwrap().to_string());
    rows.collect()
}
