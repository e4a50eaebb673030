//! QuantaDB as the workloads open it.

use std::path::Path;

use quanta_storage::{OpenOptions, StoreId};
use quantadb::{Database, Durability, Engine, Entities, Options, Sweep};

use crate::error::Outcome;

/// The engine of a name.
pub fn engine(name: &str) -> Outcome<Engine> {
    match name {
        "fjall" => Ok(Engine::Fjall),
        "sled" => Ok(Engine::Sled),
        "redb" => Ok(Engine::Redb),
        name => Err(format!("there is no engine {name} on disk").into()),
    }
}

/// Options as all workloads have them: these entities, and no sweep unless it is asked for.
pub fn options<E: Entities>(engine_name: &str, durability: Durability) -> Outcome<Options> {
    Ok(Options::new()
        .engine(engine(engine_name)?)
        .entities::<E>()
        .durability(durability)
        .sweep(Sweep::Off))
}

/// Opens a store.
pub fn open<E: Entities>(path: &Path, engine_name: &str, durability: Durability) -> Outcome<Database> {
    Ok(options::<E>(engine_name, durability)?.open(path)?)
}

/// Compacts a closed store, where the engine can do that on demand.
pub fn compact(path: &Path) -> Outcome<()> {
    let opened = quanta_storage::open(path, &OpenOptions::default(), StoreId([0; 16]))?;
    opened.engine.flush()?;
    opened.engine.compact()?;
    Ok(opened.engine.flush()?)
}
