//! Rehearsals: a history is replayed in stores that nobody needs, with generated rows, and every law is checked on the
//! way.

mod fresh;
mod image;
mod jump;
mod law;
mod pairs;
mod places;
mod reads;
mod refer;
mod renames;
mod report;
mod resolve;
mod rows;
mod run;
mod scratch;
mod show;
mod stand_in;
mod travel;
mod writes;

pub use law::{Counterexample, Law, Verdict};
pub use pairs::{
    BrokenPair, LeftOut, PairsReport, Reason, SourceReport, rehearse_pairs, rehearse_pairs_with,
};
pub use renames::{RenameCheck, RenameOutcome};
pub use report::{Outcome, RehearsalReport, Resolved, TransitionReport, TransitionTimes};
pub use run::{Rehearsal, Renames, rehearse, rehearse_with};
