//! Benchmarks of QuantaDB beside its peers: the same rows, the same durability, one run.
//!
//! `quanta-bench run` measures and prints tables. CONTRIBUTING.md says more.

mod bare;
mod cli;
mod entities;
mod error;
mod many;
mod measure;
mod ours;
mod ratios;
mod raw;
mod results;
mod rows;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
