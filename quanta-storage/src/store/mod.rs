//! A store's directory: marker, lock, and the engine's own files.

mod directory;
mod lock;
mod marker;
mod open;
mod options;
mod read_only;
mod records;
mod repair;
mod restore;
mod rewrite;
mod scratch;
mod survey;

pub(crate) use lock::Guard;
pub use marker::{FORMAT_VERSION, MARKER_KEY, Marker, StoreId};
pub use open::{Opened, Origin, copy_to_dir, open, open_engine};
pub use options::{Access, CreateMode, EngineKind, OpenOptions, Recovery};
pub(crate) use records::is_empty;
pub use repair::repair;
pub use restore::{restore, restore_to_engine};
pub use rewrite::rewrite;
pub use scratch::copy_dir_to_scratch;
pub use survey::{Survey, survey, unfinished_backups};
