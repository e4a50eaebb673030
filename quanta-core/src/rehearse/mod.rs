//! Rehearsals: a history is replayed in stores that nobody needs, with generated rows, and every law is checked on the
//! way.

mod fresh;
mod image;
mod jump;
#[cfg(any(test, feature = "testing"))]
mod kept;
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

#[cfg(any(test, feature = "testing"))]
pub(crate) use image::Image;
#[cfg(test)]
pub(crate) use image::encoded;
#[cfg(any(test, feature = "testing"))]
pub(crate) use kept::check_kept;
pub use law::{Counterexample, Law, Verdict};
pub use pairs::{
    BrokenPair, LeftOut, PairsReport, Reason, SourceReport, rehearse_pairs, rehearse_pairs_with,
};
#[cfg(any(test, feature = "testing"))]
pub(crate) use reads::{check_sound, sweep};
pub use renames::{RenameCheck, RenameOutcome};
pub use report::{Outcome, RehearsalReport, Resolved, TransitionReport, TransitionTimes};
#[cfg(any(test, feature = "testing"))]
pub(crate) use rows::{Births, next_writes_with, write};
pub use run::{Rehearsal, Renames, rehearse, rehearse_with};
#[cfg(any(test, feature = "testing"))]
pub(crate) use travel::Standing;
