//! From a difference to a plan: what happens, what it costs, what is refused. Pure.

mod claims;
mod decide;
mod first_value;
mod forgotten;
mod labels;
mod matching;
#[expect(
    clippy::module_inception,
    reason = "the plan itself is the concept that the module is named after"
)]
mod plan;
mod policy;
mod references;
mod restores;
mod show;
mod stored;
mod table_plan;
mod tables;
mod tree;
mod usage;
mod views;
mod whereabouts;

pub use decide::{Decision, DeclaredTable, decide};
pub use forgotten::{Forgotten, ForgottenPart};
pub use labels::{index_names, index_renames};
pub(crate) use plan::restorations;
pub use plan::{FilePlan, Loss, Movement, Plan, Restoration, TablePlan};
pub use policy::{ConsumedHints, Direction, OnOlder, Policy};
pub use references::{key_positions, targets};
pub use restores::ComeAgain;
pub use show::{Style, diff_text, view_json};
pub use stored::{
    AppliedFile, BuildProgress, Counters, Edge, Head, LedgerKind, LedgerRecord, Presence, RestoreCounts,
    StoredTable, TableEffect, TableHead, TableState, Version, VictimRecord, WorkRecord, WorkTask,
};
pub use table_plan::steps_along;
pub use tables::add_table_migration;
pub use tree::{Hop, path};
pub(crate) use tree::{consumed, migrations_run};
pub use usage::Usage;
pub use views::{
    DeclaredViewOf, Fate, Named, NamedNow, ReadPath, ReadStep, StoredView, TableAfter, TablesAfter,
    ViewDecision, ViewEffect, ViewHead, ViewMovement, ViewPlan, ViewShift, ViewState, ViewVersion, Views,
    decide_views, standing, travel_views, view_text, views_stand,
};
