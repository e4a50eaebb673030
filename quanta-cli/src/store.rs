//! Opening stores without the program they belong to.

use std::path::Path;

use quanta_core::{Database, Options, Sweep};

use crate::failure::Failure;

/// Opens a store for reading.
pub fn open(path: &Path) -> Result<Database, Failure> {
    Ok(Options::new().entities::<()>().read_only().open(path)?)
}

/// Returns how a store is opened for writing: one that is there, as it stands.
pub fn writable(sweep: Sweep) -> Options {
    let version = concat!("quanta ", env!("CARGO_PKG_VERSION"));
    Options::new()
        .entities::<()>()
        .must_exist()
        .sweep(sweep)
        .app_version(version)
}
