//! Migration files: changes of tables and rows as people write and review them, with what they mean for a store. Plain data.

mod apply;
mod changes;
mod delta;
mod down;
mod draft;
mod file;
mod order;
mod read;
mod source;
mod step;
mod target;
mod tracker;
mod write;

pub(crate) use apply::{Applied, CurrentTable, apply};
pub(crate) use changes::unsaid;
pub use delta::Delta;
pub(crate) use down::with_down;
pub(crate) use draft::{draft, name_of};
pub use file::{MigrationFile, file_id, next_file_id};
pub(crate) use order::{behind_tags, in_order};
pub use source::{DRAFT_ENDING, MigrationSource};
pub use step::{FileStep, NewTable};
pub(crate) use tracker::{TRACKER_FORMAT, Tracked, TrackedFile, Tracker};
