//! What has to hold at every transition, and what is said where it doesn't.

use serde::Serialize;

/// What has to hold at a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Law {
    /// A plan changes no record, and making it again gives the same bytes.
    #[serde(rename = "plan")]
    Plan,
    /// A refused open leaves every record as it was.
    #[serde(rename = "refusal")]
    Refusal,
    /// Rows that were never swept read as those that were swept after every transition.
    #[serde(rename = "1a")]
    LazyPath,
    /// The change from far back at once gives what the changes one by one give.
    #[serde(rename = "1b")]
    DirectPath,
    /// A migrated store is a new store of that version: schema, fingerprint, bytes of rows, behaviour.
    #[serde(rename = "1c")]
    Fresh,
    /// The change arrives: schemas are as declared, and opening again changes nothing.
    #[serde(rename = "2")]
    Arrived,
    /// Going back gives every row as it was, bit for bit.
    #[serde(rename = "3")]
    Down,
    /// Going back and up again gives every row as it was after the first way up.
    #[serde(rename = "4")]
    UpAgain,
    /// Rows read lazily, half rewritten and swept are equal.
    #[serde(rename = "5")]
    Lazy,
    /// Going back gives the schemas before, with their write defaults, versions and indexes.
    #[serde(rename = "6")]
    Inverse,
    /// The ledger leads to the head, and nothing in the store contradicts anything.
    #[serde(rename = "8")]
    Ledger,
    /// Values written in between stay wherever both shapes have the field.
    #[serde(rename = "writes")]
    Writes,
}

impl Law {
    /// All laws, in the order of reports.
    pub const ALL: [Self; 12] = [
        Self::Plan,
        Self::Refusal,
        Self::LazyPath,
        Self::DirectPath,
        Self::Fresh,
        Self::Arrived,
        Self::Down,
        Self::UpAgain,
        Self::Lazy,
        Self::Inverse,
        Self::Ledger,
        Self::Writes,
    ];

    /// Returns the name in reports and JSON: a number for those that have one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Refusal => "refusal",
            Self::LazyPath => "1a",
            Self::DirectPath => "1b",
            Self::Fresh => "1c",
            Self::Arrived => "2",
            Self::Down => "3",
            Self::UpAgain => "4",
            Self::Lazy => "5",
            Self::Inverse => "6",
            Self::Ledger => "8",
            Self::Writes => "writes",
        }
    }

    /// Says what has to hold.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Plan => "a plan changes no record, and made again it is the same",
            Self::Refusal => "a refused open leaves every record as it was",
            Self::LazyPath => "rows never swept read as those swept after every transition",
            Self::DirectPath => "the change from far back at once gives what the changes one by one give",
            Self::Fresh => "a migrated store is a new store of that version",
            Self::Arrived => "schemas are as declared, and opening again changes nothing",
            Self::Down => "going back gives every row as it was",
            Self::UpAgain => "going back and up again gives every row as it was",
            Self::Lazy => "rows read lazily, half rewritten and swept are equal",
            Self::Inverse => "going back gives the schemas before",
            Self::Ledger => "the ledger leads to the head, and verify finds nothing",
            Self::Writes => "values written in between stay where both shapes have the field",
        }
    }
}

/// What came of a law at one transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It held.
    Held,
    /// It does not apply here, for this reason.
    Excused(String),
    /// It is broken: the first place where.
    Broken(Counterexample),
}

/// The first place where a law is broken. What doesn't apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counterexample {
    /// The table.
    pub table: String,
    /// The key of the row.
    pub key: String,
    /// The field.
    pub field: String,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What is wrong.
    pub problem: String,
}

impl Counterexample {
    /// Makes one that only says what is wrong.
    #[must_use]
    pub fn new(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            ..Self::default()
        }
    }

    /// Adds when it came about.
    #[must_use]
    pub(crate) fn when(mut self, when: &str) -> Self {
        self.problem = format!("{when}: {}", self.problem);
        self
    }

    pub(super) fn of_table(table: &str, problem: impl Into<String>) -> Self {
        Self {
            table: table.to_owned(),
            ..Self::new(problem)
        }
    }
}

impl From<crate::error::Error> for Counterexample {
    fn from(error: crate::error::Error) -> Self {
        Self::new(format!("the store answers {:?}: {error}", error.kind()))
    }
}

impl std::fmt::Display for Counterexample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.table.is_empty() {
            f.write_str(&self.table)?;
            if !self.key.is_empty() {
                write!(f, ", row {}", self.key)?;
            }
            if !self.field.is_empty() {
                write!(f, ", field {}", self.field)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.problem)?;
        if !self.expected.is_empty() || !self.found.is_empty() {
            write!(f, ": expected {}, found {}", self.expected, self.found)?;
        }
        Ok(())
    }
}

/// A check of a law: `Err` with the first place where it is broken.
pub(crate) type Check<T = ()> = Result<T, Counterexample>;

impl From<Check> for Verdict {
    fn from(check: Check) -> Self {
        match check {
            Ok(()) => Self::Held,
            Err(counterexample) => Self::Broken(counterexample),
        }
    }
}
