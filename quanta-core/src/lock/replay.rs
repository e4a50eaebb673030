//! A store in memory that stands where a document ends.

use quanta_storage::{Durability, Memory};

use crate::db::{Engine, Options, Sweep};
use crate::error::Result;
use crate::history::{HistoryDocument, HistoryVersion};

/// Where a store in memory lies: nowhere.
pub(super) const PLACE: &str = "lock";

/// Opens the versions of a document one after the other. What a document doesn't hold, the program's own functions, may
/// be missing on the way: then the store begins anew with that version.
pub(super) fn replay(document: &HistoryDocument) -> Result<Memory> {
    let mut memory = Memory::new();
    for version in &document.versions {
        if open(&memory, version).is_err() {
            memory = Memory::new();
            open(&memory, version)?;
        }
    }
    Ok(memory)
}

fn open(memory: &Memory, version: &HistoryVersion) -> Result<()> {
    let options = Options::new()
        .engine(Engine::Memory(memory.clone()))
        .durability(Durability::Buffered)
        .sweep(Sweep::Off)
        .clock(|| 0)
        .tables_of(version)
        .forward();
    options.open(PLACE).map(|_| ())
}
