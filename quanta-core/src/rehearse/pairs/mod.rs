//! From every version of a history to every other one, and back.

mod build;
mod report;
mod run;
mod show;
mod source;
mod steps;
mod then;
mod turns;
mod walk;

pub use report::{BrokenPair, LeftOut, PairsReport, Reason, SourceReport};
pub use run::{rehearse_pairs, rehearse_pairs_with};
