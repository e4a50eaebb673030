//! What we cost over an engine: both in one process, by turns, in short blocks. Two processes on one machine differ by
//! more than what is asked about.

mod commits;
mod evolve;
mod indexed;
mod opening;
mod pair;
mod plain;

use std::path::Path;

pub use self::pair::Paired;
use crate::error::Outcome;
use crate::raw::{Raw, Sync};
use crate::results::{Findings, Reading, Unit};
use crate::rows::mixed;

/// How often each comparison is made.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of short blocks.
    pub rounds: u64,
    /// Rounds of what takes long: each one on a copy of its own.
    pub long_rounds: u64,
    /// Reads in a block; other operations are fewer.
    pub block: u64,
}

impl Effort {
    /// What gives figures that can be quoted.
    pub const FULL: Self = Self {
        rounds: 41,
        long_rounds: 5,
        block: 2_000,
    };
    /// What shows that it works.
    pub const QUICK: Self = Self {
        rounds: 2,
        long_rounds: 1,
        block: 100,
    };
}

/// Everything of a comparison.
pub fn run<R: Raw>(directory: &Path, rows: u64, effort: Effort) -> Outcome<Findings> {
    let mut found = Findings::default();
    plain::run::<R>(&directory.join("plain"), rows, effort, &mut found)?;
    indexed::run::<R>(&directory.join("indexed"), rows, effort, &mut found)?;
    commits::run::<R>(&directory.join("commits"), effort, &mut found)?;
    evolve::run::<R>(&directory.join("evolve"), rows, effort, &mut found)?;
    opening::run::<R>(&directory.join("opening"), rows, effort, &mut found)?;
    Ok(found)
}

impl Findings {
    /// Notes a comparison: the ratio, and what each way took.
    fn compare(&mut self, name: &str, paired: Paired) {
        self.compare_by(name, ("ours", "bare"), paired);
    }

    /// Notes a comparison of two ways with these names.
    fn compare_by(&mut self, name: &str, (ours, other): (&str, &str), paired: Paired) {
        self.readings.extend([
            Reading::new(name, Unit::Times, paired.ratios),
            Reading::new(format!("{name}: {ours}"), Unit::NanosEach, paired.ours),
            Reading::new(format!("{name}: {other}"), Unit::NanosEach, paired.bare),
        ]);
    }
}

/// How many writes a block has: a synced one takes as long as many others.
fn writes_in_block(effort: Effort, sync: Sync) -> u64 {
    match sync {
        Sync::Buffered => effort.block / 4,
        Sync::Durable => effort.block / 40,
    }
    .max(4)
}

/// Where the scan of a round begins.
fn scan_start(rows: u64, scanned: u64, round: u64) -> u64 {
    mixed(round) % (rows - scanned + 1)
}
