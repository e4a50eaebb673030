//! Migrations of the program's own: functions over rows and over whole tables, with what they are for.

mod access;
mod declaration;
mod function;
mod left;
mod order;
mod registry;
mod row;
mod table_rows;
mod tables;

pub use access::{RowBatch, TableAccess, TableForm};
pub use declaration::{MigrationDeclaration, MigrationHints};
pub(crate) use declaration::{MigrationWork, TableWork};
pub use function::{RowFn, call_row, call_undo};
pub use left::left_for_later;
pub use order::{behind, in_order};
pub(crate) use registry::linked_migrations;
pub use registry::{MigrationRegistration, OwnMigration};
pub use row::{MigrationResult, MigrationRow};
pub use table_rows::MigrationRows;
pub use tables::{MigrationTables, TablesFn, call_tables};
