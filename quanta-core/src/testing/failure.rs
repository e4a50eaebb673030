//! What is said where a migration doesn't do what it should.

use std::fmt;

use crate::error::Error;
use crate::plan::{Plan, Style};
use crate::rehearse::Counterexample;

/// Where a migration doesn't do what it should: the release, how it was opened, table, row and field, and the plan.
///
/// Its debug form is its text, so that a test may return it, or call `unwrap`.
///
/// ```
/// # use quantadb::{Options, QuantaEntity};
/// # use quantadb::testing::Migrations;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, name: String }
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "nick", "type": "string"}]}]}]}"#;
/// // Nobody says that `nick` is called `name` now.
/// let failure = Migrations::of(LOCK, || Options::new().entities::<(User,)>()).migrate().unwrap_err();
/// assert_eq!(failure.place(), "release 1.0");
/// assert!(failure.to_string().starts_with("release 1.0, as the program opens it: the store can't be opened"));
/// assert!(failure.to_string().contains("renamed_from = \"nick\""));
/// ```
pub struct Failure {
    place: String,
    way: Option<&'static str>,
    problem: String,
    plan: String,
}

impl Failure {
    /// Makes one of a store: `place` is a release, or a file.
    pub(super) fn new(place: &str, problem: impl fmt::Display) -> Self {
        Self {
            place: place.to_owned(),
            way: None,
            problem: problem.to_string(),
            plan: String::new(),
        }
    }

    /// Says how the store was opened.
    pub(super) fn opened(mut self, way: &'static str) -> Self {
        self.way = Some(way);
        self
    }

    /// Adds what was planned, if it was anything.
    pub(super) fn planned(mut self, plan: &Plan) -> Self {
        if !plan.is_empty() {
            self.plan = plan.to_text(Style::Plain);
        }
        self
    }

    /// Says which store it is: `release 1.0`, or the path of a golden one.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Says what is wrong, without the plan.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the plan of the open as text; empty if there is none.
    #[must_use]
    pub fn plan(&self) -> &str {
        &self.plan
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if let Some(way) = self.way {
            write!(f, ", {way}")?;
        }
        write!(f, ": {}", self.problem)?;
        if !self.plan.is_empty() {
            write!(f, "\n\nthe plan:\n{}", self.plan.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for Failure {}

/// What an error says, and what was being done.
pub(super) fn told(doing: &str, error: &Error) -> String {
    format!("{doing}: {error}")
}

/// Where something differs, and when that was seen.
pub(super) fn broken(when: &str, broken: &Counterexample) -> String {
    format!("{when}: {broken}")
}

/// Fails a test with the text of a failure. The macros call it.
///
/// ```should_panic
/// # use quantadb::Options;
/// # use quantadb::testing::{Migrations, assert_holds};
/// assert_holds(Migrations::of("no lock", Options::new).migrate());
/// ```
///
/// # Panics
///
/// If there is a failure.
#[track_caller]
#[expect(clippy::panic, reason = "an assertion fails by a panic")]
pub fn assert_holds(result: Result<(), Failure>) {
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
