#![deny(missing_docs, warnings, unused, future_incompatible, nonstandard_style, unused_qualifications)]
#![deny(elided_lifetimes_in_paths, single_use_lifetimes, trivial_casts, unreachable_pub, missing_debug_implementations)]
#![forbid(unsafe_code)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, Value, migration};

/// A row as it was.
#[derive(QuantaEntity, Debug)]
#[quanta(table = "users", register = false)]
pub struct Old {
    #[quanta(id)]
    id: u64,
}

/// A row as it is.
#[derive(QuantaEntity, Debug)]
#[quanta(table = "users")]
pub struct New {
    #[quanta(id)]
    id: u64,
    name: String,
}

/// A documented one that everybody sees.
#[migration]
pub fn public(old: Old) -> New {
    New { id: old.id, name: String::new() }
}

#[migration(
    id = "named",
    table = "users",
    down = back,
    depends_on("public", "of_values"),
    tags = "one",
)]
fn with_all_arguments(old: Old) -> Result<New, std::num::TryFromIntError> {
    Ok(New { id: u64::from(u8::try_from(old.id)?), name: String::new() })
}

fn back(new: New) -> Result<Old, std::fmt::Error> {
    Ok(Old { id: new.id })
}

#[migration(table = "users", tags("one", "two"), down = "Value::clone_of")]
fn of_values(row: Value) -> Value {
    row
}

trait CloneOf {
    fn clone_of(row: Value) -> Value;
}

impl CloneOf for Value {
    fn clone_of(row: Value) -> Value {
        row
    }
}

#[migration(down = New::unshout)]
fn both_rows(Old { id }: Old, mut row: New) -> New {
    row.id = id;
    row
}

impl New {
    fn unshout(self) -> Self {
        self
    }
}

#[migration(table = "users", irreversible)]
fn mixed(_: Value, row: New) -> New {
    row
}

#[migration(irreversible)]
#[deprecated]
fn deprecated(row: New) -> New {
    row
}

#[migration]
#[cfg(any())]
fn absent(row: Absent) -> Absent {
    row
}

#[migration]
#[cfg(all())]
fn present(row: New) -> New {
    row
}

#[migration]
fn r#type(row: New) -> New {
    row
}

/// Another name for the facade.
pub mod store {
    pub use quantadb as facade;
}

#[migration(crate = crate::store::facade)]
fn elsewhere(row: New) -> New {
    row
}

macro_rules! migrations {
    ($($name:ident($id:literal, $row:ty, $back:path))*) => {
        $(
            #[quantadb::migration(id = $id, down = $back)]
            fn $name(row: $row) -> $row {
                $back(row)
            }
        )*
    };
}

migrations! {
    of_macros("one_of_macros", New, New::unshout)
    of_macros_too("two_of_macros", New, identity)
}

fn identity(new: New) -> New {
    new
}

/// Some are seen from outside of their module.
pub mod inner {
    /// Seen by the parent.
    #[quantadb::migration]
    pub(super) fn shared(row: super::New) -> super::New {
        row
    }
}

fn main() {
    #[migration]
    fn local(row: New) -> New {
        row
    }

    let _ = local;
    let _ = quantadb::Options::new()
        .migration::<local>()
        .migration::<inner::shared>()
        .migration::<r#type>();
}
