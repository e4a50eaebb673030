//! What a verification found.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use super::codes::FindingCode;
use super::remedy::Remedy;

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
    /// What a repair does about it.
    pub remedy: Remedy,
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

    /// Tells whether a repair would put anything in order, among the findings that are listed.
    #[must_use]
    pub fn is_repairable(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| matches!(finding.remedy, Remedy::Repair(_)))
    }

    /// Adds a finding, of which what is to be done depends on its code alone.
    pub(super) fn add(&mut self, code: FindingCode, place: impl fmt::Display, problem: impl fmt::Display) {
        self.add_with(code, place, problem, code.remedy());
    }

    pub(super) fn add_with(
        &mut self,
        code: FindingCode,
        place: impl fmt::Display,
        problem: impl fmt::Display,
        remedy: Remedy,
    ) {
        let total = self.totals.entry(code).or_default();
        *total += 1;
        if *total <= LISTED_FINDINGS_MAX {
            self.findings.push(Finding {
                code,
                place: place.to_string(),
                problem: problem.to_string(),
                remedy,
            });
        }
    }

    /// Returns the report as JSON: `{"sound", "findings": [{"code", "place", "problem", "remedy": {"repair": what} or
    /// {"refuse": why}}], "totals": {code: count}, "counts": {"tables", "versions", "ledger_records", "rows", "index_entries", "kept", "work"}}`.
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
