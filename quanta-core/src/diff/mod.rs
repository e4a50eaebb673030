//! What is different between two schemas, as steps and as the way between them. Pure.

mod apply;
mod convertible;
mod explain;
mod footprint;
mod lens;
pub(crate) mod matrix;
mod names;
mod pairing;
mod refusal;
mod restore;
mod rows;
mod same;
mod step;
mod zero;

pub use apply::{apply, apply_as_declared};
pub use convertible::{may_become, shares_half};
pub use explain::{Explained, explained};
pub use footprint::Footprint;
pub use lens::{
    Arm, ArmId, ArmKind, Carried, Fill, KEY_PATH, Lens, Orphan, Replaced, RowCode, Way, index_path,
};
pub use pairing::{
    Consumed, NewSide, Numbered, OldSide, Side, SlotIds, TableDiff, Target, orders_alike, pair_indexes,
    pair_references, pair_tables, pair_types, said_names, stays,
};
pub use refusal::{Refusal, RefusalKind};
pub use restore::{PlaceStep, Restore, node_at};
pub use rows::{Edit, EditAction, ROW_PATH, Reversal, RowEdit, RowMigration, TableMigration};
pub use step::{Change, Cost, OwnConversion, Step};
pub use zero::natural_zero;
