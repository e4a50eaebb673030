//! Migrations of the program's own: functions over whole rows, with what they are for.

mod declaration;
mod function;
mod order;
mod registry;
mod row;

pub use declaration::{MigrationDeclaration, MigrationHints};
pub use function::{RowFn, call_row, call_undo};
pub use order::in_order;
pub(crate) use registry::linked_migrations;
pub use registry::{MigrationRegistration, OwnMigration};
pub use row::{MigrationResult, MigrationRow};
