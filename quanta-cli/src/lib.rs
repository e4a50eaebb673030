//! The `quanta` command: looks into QuantaDB stores, and takes them back. For that it needs to know nothing of the program
//! that a store belongs to: schemas, ways back and history are in the store. An app that links its entities and calls
//! [`run`] has one command more, `lock`, which writes down what they are.
//!
//! ```
//! use quanta_cli::{Exit, run_standalone};
//! assert_eq!(run_standalone(["quanta", "inspect", "no/such/store"]), Exit::Store);
//! ```

mod args;
mod commands;
mod exit;
mod failure;
mod output;
mod program;
mod progress;
mod run;
mod store;
mod time;
mod transfer;

pub use exit::Exit;
pub use run::{run, run_standalone};
