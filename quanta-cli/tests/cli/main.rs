//! Runs the `quanta` command on real stores: what it prints, its JSON, its exit codes, and what it says of everything
//! that is wrong.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests fails like a test"
)]

mod coming_from;
mod errors;
mod files;
mod fixture;
mod graph;
mod json;
mod lock;
mod looking_after;
mod merge_check;
mod program;
mod query;
mod rehearse;
mod releases;
#[cfg(unix)]
mod session;
mod text;
mod tools;
mod transfer;
mod views;
