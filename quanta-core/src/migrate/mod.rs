//! Running plans: checks, eager work, the switch, going back, and the sweep. Only this module writes the catalogue.

mod build;
mod check;
mod code;
mod declared;
mod direction;
#[cfg_attr(not(test), expect(dead_code, reason = "unique checks and re-keying call it"))]
mod duplicates;
mod open;
mod prepare;
mod request;
mod shift;
mod sweep;
mod switch;
mod travel;

pub use open::{open, open_read_only, plan};
pub use request::{Hold, Request, Spans};
#[cfg(test)]
pub(crate) use shift::Shift;
pub use sweep::{Progress, pending, retire_spaces};
pub use travel::{Destination, Traveller, plan_travel, travel};
