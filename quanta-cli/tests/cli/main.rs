//! Runs the `quanta` command on real stores: what it prints, its JSON, its exit codes, and what it says of everything
//! that is wrong.

mod errors;
mod fixture;
mod json;
mod text;
