//! Saying of a store, without opening it for writing, whether it can be opened and what that would do.

mod codes;
mod report;
mod run;
mod standing;

pub use codes::{Severity, ValidationCode};
pub use report::{TableStanding, Validation, ValidationFinding};
pub use standing::Standing;
