//! Two ways to do one thing, by turns.

use std::time::Duration;

use crate::error::Outcome;
use crate::measure::timed;

/// What each round of a comparison took.
#[derive(Debug, Default)]
pub struct Paired {
    /// Nanoseconds per operation.
    pub ours: Vec<f64>,
    /// Nanoseconds per operation.
    pub bare: Vec<f64>,
    /// How many times as long ours took, round by round.
    pub ratios: Vec<f64>,
}

/// Runs both ways once a round, on the same things. Who begins changes with each round, and the first round is not
/// counted. What they return must be the same.
pub fn by_turns(
    rounds: u64,
    operations: u64,
    mut ours: impl FnMut(u64) -> Outcome<u64>,
    mut bare: impl FnMut(u64) -> Outcome<u64>,
) -> Outcome<Paired> {
    let mut paired = Paired::default();
    for round in 0..=rounds {
        let (ours, bare) = if round % 2 == 0 {
            let ours = timed(|| ours(round))?;
            (ours, timed(|| bare(round))?)
        } else {
            let bare = timed(|| bare(round))?;
            (timed(|| ours(round))?, bare)
        };
        if ours.0 != bare.0 {
            return Err(format!("round {round}: ours answers {}, the other way {}", ours.0, bare.0).into());
        }
        if round > 0 {
            paired.add(ours.1, bare.1, operations);
        }
    }
    Ok(paired)
}

impl Paired {
    /// Counts a round.
    pub fn add(&mut self, ours: Duration, bare: Duration, operations: u64) {
        let per_operation = |span: Duration| span.as_secs_f64() * 1e9 / operations.max(1) as f64;
        self.ours.push(per_operation(ours));
        self.bare.push(per_operation(bare));
        self.ratios
            .push(ours.as_secs_f64() / bare.as_secs_f64().max(1e-9));
    }
}
