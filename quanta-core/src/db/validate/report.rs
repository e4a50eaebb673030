//! What a validation found.

use std::fmt;

use serde_json::{Value, json};

use crate::plan::Plan;

use super::codes::{Severity, ValidationCode};
use super::standing::Standing;

/// What can be said of a store without opening it for writing: see [`Options::validate`](crate::Options::validate).
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone()).entities::<(City,)>();
/// drop(options().open("cities")?);
/// let validation = options().validate("cities")?;
/// assert!(validation.is_valid() && validation.findings.is_empty());
/// assert_eq!((validation.engine.as_deref(), validation.revision), (Some("memory"), Some(1)));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// The version of the format on disk, if the marker can be read; so for the next two.
    pub format: Option<u32>,
    /// The name of the engine.
    pub engine: Option<String>,
    /// The identity of the store, in hexadecimal digits.
    pub store_id: Option<String>,
    /// Whether somebody has it open: then nothing else can be told.
    pub is_open: bool,
    /// The current revision, if the head can be read; so for the next two.
    pub revision: Option<u64>,
    /// Records in the ledger.
    pub ledger_records: Option<u64>,
    /// Tables that a rollback by hand holds.
    pub held: Vec<String>,
    /// The tables that are there, and those that the program has, by name.
    pub tables: Vec<TableStanding>,
    /// What opening the store would do; none if the program has no entities, or that can't be told.
    pub plan: Option<Plan>,
    /// What is wrong, or worth knowing, in the order of the codes.
    pub findings: Vec<ValidationFinding>,
}

/// One table: see [`Validation::tables`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableStanding {
    /// Its name.
    pub table: String,
    /// Its current version; none if it isn't there.
    pub version: Option<u32>,
    /// Where the program's shape of it stands; none if the program has no entities.
    pub standing: Option<Standing>,
}

/// One thing that is wrong, or worth knowing: see [`Validation::findings`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationFinding {
    /// What kind of thing.
    pub code: ValidationCode,
    /// Where.
    pub place: String,
    /// What exactly.
    pub problem: String,
}

impl Validation {
    /// Tells whether there is no error: opening would succeed.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, ValidationCode};
    /// # let engine = Engine::memory();
    /// let nothing = Options::new().engine(engine.clone()).entities::<()>().validate("cities")?;
    /// assert!(!nothing.is_valid());
    /// assert_eq!(nothing.findings[0].code, ValidationCode::Missing);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| finding.code.severity() == Severity::Error)
    }

    pub(super) fn add(&mut self, code: ValidationCode, place: impl fmt::Display, problem: impl fmt::Display) {
        self.findings.push(ValidationFinding {
            code,
            place: place.to_string(),
            problem: problem.to_string(),
        });
    }

    /// Returns the report as JSON: `{"valid", "format", "engine", "store_id", "open", "revision", "ledger_records", "held",
    /// "tables": [{"table", "version", "standing"}], "plan": null or {"token", "class", "cost", "steps", "refused"},
    /// "findings": [{"code", "severity", "place", "problem"}]}`.
    ///
    /// ```
    /// # use quantadb::{Engine, Options};
    /// # let engine = Engine::memory();
    /// let json = Options::new().engine(engine.clone()).entities::<()>().validate("cities")?.to_json();
    /// assert_eq!(json["valid"], false);
    /// assert_eq!(json["findings"][0]["code"], "V001");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> Value {
        let tables = self.tables.iter().map(|table| {
            json!({
                "table": table.table,
                "version": table.version,
                "standing": table.standing.map(Standing::name),
            })
        });
        let findings = self.findings.iter().map(|finding| {
            json!({
                "code": finding.code.code(),
                "severity": finding.code.severity().name(),
                "place": finding.place,
                "problem": finding.problem,
            })
        });
        json!({
            "valid": self.is_valid(),
            "format": self.format,
            "engine": self.engine,
            "store_id": self.store_id,
            "open": self.is_open,
            "revision": self.revision,
            "ledger_records": self.ledger_records,
            "held": self.held,
            "tables": tables.collect::<Vec<_>>(),
            "plan": self.plan.as_ref().map(|plan| {
                let full = plan.to_json();
                json!({
                    "token": plan.token(),
                    "class": full["class"],
                    "cost": full["cost"],
                    "steps": plan.steps().map(ToString::to_string).collect::<Vec<_>>(),
                    "refused": !plan.refusals.is_empty(),
                })
            }),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}
