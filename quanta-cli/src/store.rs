//! Opening stores without the program they belong to.

use std::path::Path;

use quanta_core::{Database, EngineKind, Options, Sweep};

use crate::exit::Exit;
use crate::failure::Failure;

/// Opens a store for reading.
pub fn open(path: &Path) -> Result<Database, Failure> {
    Ok(Options::new().entities::<()>().read_only().open(path)?)
}

/// Returns the engine of a store.
pub fn engine(db: &Database) -> Result<EngineKind, Failure> {
    let name = &db.marker().engine;
    EngineKind::from_name(name).ok_or_else(|| {
        let problem = format!("the engine {name} has no files: choose one with --to-engine");
        Failure::Told(Exit::Usage, problem)
    })
}

/// Returns how a store is opened for writing: one that is there, as it stands.
pub fn writable(sweep: Sweep) -> Options {
    creatable(sweep).must_exist()
}

/// Returns how a store is opened for writing as it stands, or made.
pub fn creatable(sweep: Sweep) -> Options {
    let version = concat!("quanta ", env!("CARGO_PKG_VERSION"));
    Options::new().entities::<()>().sweep(sweep).app_version(version)
}
