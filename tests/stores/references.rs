//! References: what is stored, and what they hold rows to.

use quantadb::{Database, ErrorKind, FindingCode, QuantaEntity, QuantaType, Ref, Result, TransactionHandle};
use serde_json::json;

use super::support::{Small, all, rows, verify};

mod circles;
mod forms;
mod model;
mod on_delete;
mod renamed;
mod travel;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "teams")]
struct Team {
    #[quanta(id)]
    id: u64,
    name: String,
}

fn team(id: u64) -> Team {
    Team {
        id,
        name: format!("team {id}"),
    }
}

/// Runs a transaction that is refused, and checks that it left nothing behind.
#[track_caller]
fn refused(
    db: &Database,
    kind: ErrorKind,
    expected: &str,
    body: impl FnOnce(&TransactionHandle<'_>) -> Result<()>,
) {
    let before = dump(db);
    let error = db.write(body).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, expected));
    assert_eq!(dump(db), before, "a refused transaction left something behind");
}

/// All rows of all tables, as text.
fn dump(db: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for table in db.inspect().unwrap().tables {
        if let Ok(table) = db.table(&table.name) {
            found.extend(table.iter().map(|row| format!("{:?}", row.unwrap())));
        }
    }
    found
}
