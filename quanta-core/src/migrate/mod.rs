//! Running plans: checks, eager work, the switch, going back, and the sweep. Only this module writes the catalogue.

mod again;
mod below;
mod build;
mod check;
mod claims;
mod code;
mod comeback;
mod consequence;
mod crossed;
mod dangling;
mod debts;
mod declared;
mod direction;
mod discard;
mod duplicates;
mod foretell;
mod forget;
mod look_back;
mod moved;
mod objects;
mod open;
mod passed;
mod pending;
mod prepare;
mod release;
mod request;
mod shift;
mod survey;
mod sweep;
mod switch;
mod table_access;
mod tables;
mod travel;
mod unique;
mod victims;
mod workshop;

pub use code::CodeTable;
pub use forget::{Forgetter, Forgetting, SweepFirst, forget, plan_forget};
pub use open::{open, open_read_only, plan};
pub use release::{Labelled, release};
pub use request::{Hold, Request, Spans, Standpoint};
#[cfg(test)]
pub(crate) use shift::Shift;
pub use survey::{Forget, KeptPart};
pub use sweep::{Progress, pending, retire_spaces};
pub use travel::{Destination, Traveller, plan_travel, travel};
