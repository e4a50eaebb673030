//! Benchmarks of QuantaDB beside its peers: the same rows, the same durability, one run.
//!
//! `quanta-bench run` measures and prints tables; `quanta-bench report` makes a page of what was measured.
//! CONTRIBUTING.md says more.

mod bare;
mod child;
mod cli;
mod entities;
mod error;
mod flights;
mod machine;
mod many;
mod measure;
mod ours;
mod ratios;
mod raw;
mod report;
mod results;
mod rows;
mod run;
mod stores;
mod workloads;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
