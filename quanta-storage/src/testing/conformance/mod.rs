//! What every engine must do, as data: a list of named cases.
//!
//! Run it on an engine of your own:
//!
//! ```
//! use std::sync::Arc;
//! use quanta_storage::{Engine, Memory, conformance};
//! conformance::run(&mut || Arc::new(Memory::new()) as Arc<dyn Engine>);
//! ```

mod durability;
mod points;
mod ranges;
mod snapshots;
mod suite;
mod tools;

pub use suite::{CASES, Case, Harness, run};
