//! The `quanta` command: looks into QuantaDB stores, and takes them back. It knows nothing of the program that a store
//! belongs to: schemas, ways back and history are in the store.
//!
//! ```
//! use quanta_cli::{Exit, run};
//! assert_eq!(run(["quanta", "inspect", "no/such/store"]), Exit::Store);
//! ```

mod args;
mod commands;
mod exit;
mod failure;
mod output;
mod progress;
mod run;
mod store;
mod time;

pub use exit::Exit;
pub use run::run;
