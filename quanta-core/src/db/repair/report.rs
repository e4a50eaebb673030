//! What a repair found and did.

use serde_json::{Value, json};

use super::super::backup::BackupReport;
use super::super::verify::{FindingCode, VerifyReport};

/// What a repair found and did: see [`Options::repair`](crate::Options::repair).
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone()).entities::<(City,)>();
/// drop(options().open("cities")?);
/// let report = options().plan_repair("cities")?;
/// assert!(report.found.is_sound() && report.done.is_none());
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairReport {
    /// What was wrong before, each with what is done about it, or why nothing is.
    pub found: VerifyReport,
    /// What was done; none if nothing was to be done, or it was only asked for.
    pub done: Option<Repaired>,
}

/// What a repair did: see [`RepairReport::done`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The backup that was taken before.
    pub backup: BackupReport,
    /// Records that were written: index entries, counters, current schemas.
    pub records_written: u64,
    /// Records that were deleted.
    pub records_deleted: u64,
    /// The record of the ledger that says so; none if the ledger itself is damaged.
    pub ledger_record: Option<u64>,
    /// What is wrong afterwards.
    pub left: VerifyReport,
}

impl RepairReport {
    /// Tells whether nothing is wrong, or nothing is any more.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone()).entities::<()>();
    /// # drop(options().open("cities")?);
    /// assert!(options().plan_repair("cities")?.is_sound());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.done
            .as_ref()
            .map_or(&self.found, |done| &done.left)
            .is_sound()
    }

    /// Returns the report as JSON: `{"sound", "found": what `verify` gives, "done": null, or {"backup", "records_written",
    /// "records_deleted", "ledger_record", "left": what `verify` gives}}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone()).entities::<()>();
    /// # drop(options().open("cities")?);
    /// let json = options().plan_repair("cities")?.to_json();
    /// assert_eq!(json["sound"], true);
    /// assert!(json["done"].is_null());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "sound": self.is_sound(),
            "found": self.found.to_json(),
            "done": self.done.as_ref().map(|done| json!({
                "backup": done.backup.to_json(),
                "records_written": done.records_written,
                "records_deleted": done.records_deleted,
                "ledger_record": done.ledger_record,
                "left": done.left.to_json(),
            })),
        })
    }
}

/// Tells whether the ledger can take another record.
pub(super) fn ledger_is_sound(found: &VerifyReport) -> bool {
    let of_ledger = [
        FindingCode::LedgerRecord,
        FindingCode::LedgerChain,
        FindingCode::LedgerHead,
        FindingCode::LedgerWay,
    ];
    !of_ledger.iter().any(|code| found.totals.contains_key(code))
}
