//! What QuantaDB is: schemas that follow the code, plans, migrations, undo, and typed collections.
//!
//! Programs use the facade crate `quantadb`; tools that look into stores use this one.

mod catalog;
mod codec;
mod collection;
mod custom;
mod db;
pub mod diff;
mod error;
mod generate;
#[cfg(test)]
mod golden;
mod history;
mod index;
#[cfg(test)]
mod laws;
pub mod lint;
pub mod lock;
mod migrate;
mod migration_file;
mod model;
pub mod plan;
mod program;
mod progress;
pub mod query;
#[expect(
    clippy::result_large_err,
    reason = "a broken law ends a rehearsal: how large it is matters to nobody"
)]
pub mod rehearse;
pub mod schema;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transfer;
mod txn;
mod value;
mod watch;

pub use catalog::Release;
pub use codec::{
    Class, DecodeError, Decoder, Encoder, decode_key_part, encode_key_part, key_bytes, key_values, row_key,
};
pub use collection::{
    Collection, DynamicCollection, DynamicTransactionCollection, Load, LoadReport, OnExisting, Referred,
    Rows, Snapshot, SnapshotCollection, TransactionCollection, TransactionHandle,
};
pub use custom::{MigrationResult, MigrationRow, MigrationRows, MigrationTables, OwnMigration};
pub use db::{
    Backup, BackupPolicy, BackupReport, Database, Engine, Erasure, FileReport, FileState, FileStatus,
    FilesReport, FilesStatus, Finding, FindingCode, ForgetReport, History, IndexInspection, Inspection,
    LISTED_FINDINGS_MAX, Migration, MigrationEvent, Object, Objects, OpenReport, Options, ReleaseReport,
    Releases, Remedy, RepairReport, Repaired, RowProgram, RunFiles, Severity, Standing, StoredViewSchema,
    Sweep, SweepHandle, SweepProgress, TableInspection, TableStanding, TravelReport, Validation,
    ValidationCode, ValidationFinding, VerifyCounts, VerifyReport, VersionDiff, cut_damaged_journal,
};
pub use error::{Error, ErrorKind, FieldError, Result};
pub use generate::{
    HistorySize, Seed, random_history, random_history_where, random_shape, random_value, shrink,
};
pub use history::{
    Difference, HistoryDocument, HistoryHints, HistoryVersion, TableDecl, TypeHints, differences,
};
pub use migrate::{Destination, Forget, KeptPart, Spans};
pub use migration_file::{Delta, FileStep, MigrationFile, MigrationSource, NewTable, file_id, next_file_id};
pub use model::{
    AsKey, AutoEntity, AutoKey, ByRef, ByValue, Declaration, Declared, DeclaredView, Describe, Entities,
    EntityHints, OldRow, QuantaEntity, QuantaType, Ref, Registration, ViewDeclaration, ViewRegistration,
    linked_views,
};
pub use plan::{OnOlder, Plan, Style, Usage};
pub use progress::{Phase, Progress, RowsTotal};
pub use quanta_storage::{Durability, EngineKind, Memory, Recovery};
pub use query::{QuantaView, Views};
pub use schema::Resolution;
pub use transfer::{Export, Format, Import, ImportProgress, ImportReport, ImportSource, LineError};
pub use value::{Value, decode_value, encode_value, from_json, to_json};
pub use watch::{Change, Event, Events, Watch, WatchBuilder};

/// What the derives' code names. No part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::codec::{DecodeError, Decoder, Encoder};
    pub use crate::custom::{
        MigrationDeclaration, MigrationHints, MigrationRegistration, OwnMigration, call_row, call_tables,
        call_undo,
    };
    pub use crate::model::{
        Auto, AutoEntity, Declaration, Describe, EntityHints, Field, FieldSet, Fielded, In, IndexHints,
        IntoConverted, IntoInit, Maybe, OldRow, OwnCode, OwnConversion, Place, QuantaEntity, QuantaType,
        ReferenceHints, RefersTo, Registration, SlotHints, Variant, VariantHints, Varied, ViewDeclaration,
        ViewRegistration, converted, converted_back, opaque, taken, validated,
    };
    pub use crate::query::{Columns, Filter, QuantaView, ReadAs, declare_view, view_condition};
    pub use crate::schema::{NodeId, OnDelete, Resolution};
    pub use crate::{register_entity, register_migration, register_view};
    #[cfg(feature = "inventory")]
    pub use inventory;
    pub use std::sync::OnceLock;
}
