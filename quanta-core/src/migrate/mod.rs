//! Running plans: checks, eager work, the switch, going back, and the sweep. Only this module writes the catalogue.

mod build;
mod check;
mod code;
mod open;
mod shift;
mod sweep;
mod switch;
mod travel;

pub use open::{Hold, Request, Spans, open, open_read_only, plan};
pub use sweep::{Progress, pending, retire_spaces};
pub use travel::{Destination, Traveller, plan_travel, travel};
