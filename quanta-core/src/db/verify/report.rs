//! What a verification found.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

/// Findings of one code that a report lists; the others are counted.
pub const LISTED_FINDINGS_MAX: u64 = 1000;

/// What a verification found.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
/// # }
/// let report = db.verify()?;
/// assert!(report.findings.is_empty());
/// assert_eq!((report.counts.tables, report.counts.rows), (1, 3));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// What contradicts what: the first [`LISTED_FINDINGS_MAX`] of each code, in the order of the key space.
    pub findings: Vec<Finding>,
    /// How many findings of each code there are, listed or not.
    pub totals: BTreeMap<FindingCode, u64>,
    /// What was looked at.
    pub counts: VerifyCounts,
}

/// One contradiction in a store: see [`VerifyReport::findings`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of contradiction.
    pub code: FindingCode,
    /// Where it is.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}

/// How many records of each kind were looked at: see [`VerifyReport::counts`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct VerifyCounts {
    /// Tables, also those that are gone.
    pub tables: u64,
    /// Versions of all tables.
    pub versions: u64,
    /// Records of the ledger.
    pub ledger_records: u64,
    /// Rows.
    pub rows: u64,
    /// Index entries.
    pub index_entries: u64,
    /// Kept values.
    pub kept: u64,
    /// Records of unfinished work.
    pub work: u64,
}

/// The kinds of contradictions: see [`VerifyReport::totals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// The marker among the records is not that of the store.
    Marker,
    /// The head or the epoch can't be read.
    Head,
    /// The head names ids that its counters have not given out, or gives one thing to two tables.
    Counter,
    /// The head's fingerprint is not that of the version it names.
    Fingerprint,
    /// The tables don't stand as the ledger says of the current revision.
    Revision,
    /// A record of the ledger can't be read or stands in the wrong place.
    LedgerRecord,
    /// A record of the ledger doesn't name the one before it.
    LedgerChain,
    /// The ledger doesn't end as the head says.
    LedgerHead,
    /// A release has no name, the name of another one, or a revision that no record makes.
    Release,
    /// A version can't be read.
    Version,
    /// The versions of a table make no tree, or one has no way from its parent.
    VersionTree,
    /// A version of a table that the head doesn't know.
    VersionOrphan,
    /// The record of a current schema is missing or is another one.
    Schema,
    /// The record of a current schema has no live table.
    SchemaOrphan,
    /// Rows lie where neither a table nor unfinished work has a space.
    RowOrphan,
    /// A row is stamped with a version that its table may not carry.
    RowStamp,
    /// A row is no row of the version that it is stamped with.
    RowBody,
    /// A row lies under another key than its own.
    RowKey,
    /// A row can't be brought to the current version.
    RowTranslation,
    /// A kept value lies where neither a table nor unfinished work has a space.
    KeptOrphan,
    /// A kept value belongs to an edge that its table doesn't have or doesn't keep anything for.
    KeptEdge,
    /// A kept value belongs to no row.
    KeptRow,
    /// A kept value belongs to a row on the side that can hold the value itself.
    KeptSide,
    /// A kept value can't be read.
    KeptEntry,
    /// A record of unfinished work can't be read.
    Work,
    /// Index entries lie where neither an index nor unfinished work has a space.
    IndexOrphan,
    /// A row has no entry in an index for a value that it has.
    IndexMissing,
    /// An index has an entry that no row has.
    IndexSurplus,
    /// A row refers to a row that isn't there.
    Dangling,
    /// A version of a view is missing or can't be read, or it reads what isn't there.
    View,
    /// A version of a view that the head doesn't know.
    ViewOrphan,
    /// A counter of keys can't be read, is of no table, or is below a key of its table.
    KeyCounter,
    /// Rows that were taken out, in a space of no table and no unfinished work.
    VictimOrphan,
    /// A row that was taken out can't be read, or comes from no edge that took rows out.
    Victim,
    /// A record in no known area of the key space.
    UnknownArea,
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The derived names are the ones in JSON.
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => f.pad(&name),
            _ => f.pad("unknown"),
        }
    }
}

impl VerifyReport {
    /// Tells whether nothing contradicts anything.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// assert!(db.verify()?.is_sound());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.totals.is_empty()
    }

    pub(super) fn add(&mut self, code: FindingCode, place: impl fmt::Display, problem: impl fmt::Display) {
        let total = self.totals.entry(code).or_default();
        *total += 1;
        if *total <= LISTED_FINDINGS_MAX {
            self.findings.push(Finding {
                code,
                place: place.to_string(),
                problem: problem.to_string(),
            });
        }
    }

    /// Returns the report as JSON: `{"sound", "findings": [{"code", "place", "problem"}], "totals": {code: count},
    /// "counts": {"tables", "versions", "ledger_records", "rows", "index_entries", "kept", "work"}}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct City { #[quanta(id)] name: String, people: u64 }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
    /// # for (name, people) in [("Bergen", 291_940), ("Oslo", 717_710), ("Turku", 206_073)] {
    /// #     db.collection::<City>().insert(&City { name: name.into(), people })?;
    /// # }
    /// let json = db.verify()?.to_json();
    /// assert_eq!(json["sound"], true);
    /// assert_eq!(json["counts"]["rows"], 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let totals: BTreeMap<String, u64> = self
            .totals
            .iter()
            .map(|(code, total)| (code.to_string(), *total))
            .collect();
        json!({
            "sound": self.is_sound(),
            "findings": self.findings,
            "totals": totals,
            "counts": self.counts,
        })
    }
}
