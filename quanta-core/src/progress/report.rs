//! What is said of work on its way: plain data, and what follows from it.

use std::fmt;
use std::time::Duration;

/// What is being done with the rows of a table.
///
/// ```
/// # use quantadb::Phase;
/// assert_eq!(Phase::Index.to_string(), "filling indexes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// They are looked at: whether each one fits the change.
    Check,
    /// They are held to new unique indexes and references.
    Constraints,
    /// They are carried into a new space.
    Build,
    /// They are carried into a new space, under other keys.
    Rekey,
    /// A migration of whole tables reads and writes them.
    Migrate,
    /// Their entries in new indexes are written.
    Index,
    /// They are rewritten in the background.
    Sweep,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "checking rows",
            Self::Constraints => "checking indexes and references",
            Self::Build => "building rows anew",
            Self::Rekey => "moving rows to new keys",
            Self::Migrate => "running a migration",
            Self::Index => "filling indexes",
            Self::Sweep => "sweeping",
        })
    }
}

/// How many rows there are in all, and how that is known.
///
/// ```
/// # use quantadb::RowsTotal;
/// assert_eq!(RowsTotal::Exact(7).rows(), Some(7));
/// assert_eq!(RowsTotal::Estimated(400_000).to_string(), "about 400000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowsTotal {
    /// It is not known.
    #[default]
    Unknown,
    /// About so many, by a sample of the keys. It grows if there turn out to be more.
    Estimated(u64),
    /// They were counted.
    Exact(u64),
}

impl RowsTotal {
    /// Returns the number, however it is known. See [`RowsTotal`] for an example.
    #[must_use]
    pub fn rows(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Estimated(rows) | Self::Exact(rows) => Some(rows),
        }
    }

    /// Returns what is known once there are at least so many.
    pub(crate) fn at_least(self, rows: u64) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Estimated(total) => Self::Estimated(total.max(rows)),
            Self::Exact(total) => Self::Exact(total.max(rows)),
        }
    }

    /// Adds up what is known of two tables.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => Self::Exact(one + other),
            (one, other) => match (one.rows(), other.rows()) {
                (Some(one), Some(other)) => Self::Estimated(one.saturating_add(other)),
                _ => Self::Unknown,
            },
        }
    }
}

impl fmt::Display for RowsTotal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Estimated(rows) => write!(f, "about {rows}"),
            Self::Exact(rows) => write!(f, "{rows}"),
        }
    }
}

/// How far one phase of long work on one table has got: what the function of [`Options::progress`] is told.
///
/// Within a phase of a table, `rows_done` never falls, and neither does the fraction. The last thing that is said of a
/// phase is that it is done.
///
/// ```
/// # use quantadb::{Engine, Options, Phase, Progress, QuantaEntity};
/// # use std::{ops::ControlFlow, sync::{Arc, Mutex}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String, people: u64 }
/// #[derive(QuantaEntity)]
/// #[quanta(table = "cities")]
/// # #[quanta(register = false)]
/// struct City { #[quanta(id)] name: String, #[quanta(index)] people: u64 } // The index is new.
///
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let oslo = Before { name: "Oslo".into(), people: 717_710 };
/// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let told = seen.clone();
/// let options = options().entities::<(City,)>().progress(move |progress| {
///     told.lock().unwrap().push(progress.clone());
///     ControlFlow::Continue(())
/// });
/// options.open("cities")?.sweep().wait()?;
/// let seen = seen.lock().unwrap();
/// let filled: Vec<&Progress> = seen.iter().filter(|progress| progress.phase == Phase::Index).collect();
/// assert_eq!((filled[0].rows_done, filled[0].is_done), (0, false));
/// assert_eq!(filled[0].indexes, ["cities_people"]);
/// let last = filled.last().unwrap();
/// assert_eq!((last.rows_done, last.is_done, last.fraction()), (1, true, Some(1.0)));
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// [`Options::progress`]: crate::Options::progress
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// The table, by its name after the change; for a migration of whole tables, its id.
    pub table: String,
    /// The indexes that are filled, if that is what is being done.
    pub indexes: Vec<String>,
    /// Rows that are done. Work that was interrupted goes on with the number it had.
    pub rows_done: u64,
    /// How many of them an interrupted run did before this one.
    pub rows_resumed: u64,
    /// Rows in all.
    pub rows_total: RowsTotal,
    /// The time since the phase began, in this run.
    pub elapsed: Duration,
    /// Whether the phase is done.
    pub is_done: bool,
}

impl Progress {
    /// Says how fast it goes; nothing as long as that can't be told. See [`Progress::remaining`] for an example.
    #[must_use]
    pub fn rows_per_second(&self) -> Option<f64> {
        rows_per_second(self.rows_done - self.rows_resumed, self.elapsed)
    }

    /// Says how long it will take from here on, if it goes on as it did; nothing as long as that can't be told.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, Progress};
    /// # use std::ops::ControlFlow;
    /// let options = Options::new().progress(|progress: &Progress| {
    ///     if let (Some(rate), Some(left)) = (progress.rows_per_second(), progress.remaining()) {
    ///         println!("{} of {}: {rate:.0} rows/s, {left:.0?} left", progress.phase, progress.table);
    ///     }
    ///     ControlFlow::Continue(())
    /// });
    /// # options.engine(Engine::memory()).entities::<()>().open("cities")?;
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let done_here = self.rows_done - self.rows_resumed;
        let left = self.rows_total.rows()?.saturating_sub(self.rows_done);
        remaining(done_here, left, self.elapsed)
    }

    /// Says which part of all rows is done, from 0 to 1; nothing if it isn't known how many there are. See [`Progress`]
    /// for an example.
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        fraction(self.rows_done, self.rows_total, self.is_done)
    }
}

/// Returns a rate; none where nothing was done or no time has passed.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
pub fn rows_per_second(rows: u64, elapsed: Duration) -> Option<f64> {
    (rows > 0 && !elapsed.is_zero()).then(|| rows as f64 / elapsed.as_secs_f64())
}

/// Returns the time that `left` rows will take, if `done` rows took `elapsed`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a time to come need not be exact")]
pub fn remaining(done: u64, left: u64, elapsed: Duration) -> Option<Duration> {
    if left == 0 {
        return Some(Duration::ZERO);
    }
    let rate = rows_per_second(done, elapsed)?;
    Duration::try_from_secs_f64(left as f64 / rate).ok()
}

/// Returns the part that is done, at most 1.
#[expect(clippy::cast_precision_loss, reason = "a fraction need not be exact")]
pub(crate) fn fraction(done: u64, total: RowsTotal, is_done: bool) -> Option<f64> {
    if is_done {
        return Some(1.0);
    }
    match total.rows()? {
        0 => Some(0.0),
        total => Some((done as f64 / total as f64).min(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l6_rates_are_rows_by_time() {
        let cases = [
            (0, 1000, None),
            (500, 0, None),
            (500, 1000, Some(500.0)),
            (500, 250, Some(2000.0)),
            (1, 4000, Some(0.25)),
        ];
        for (rows, millis, rate) in cases {
            assert_eq!(
                rows_per_second(rows, Duration::from_millis(millis)),
                rate,
                "{rows} in {millis}"
            );
        }
    }

    #[test]
    fn l6_what_is_left_takes_as_long_as_what_is_done_did() {
        let cases = [
            (0, 0, 1000, Some(0)),
            (0, 10, 1000, None),
            (10, 10, 0, None),
            (10, 0, 1000, Some(0)),
            (10, 10, 1000, Some(1000)),
            (10, 5, 1000, Some(500)),
            (400, 1200, 250, Some(750)),
        ];
        for (done, left, millis, expected) in cases {
            let found = remaining(done, left, Duration::from_millis(millis));
            assert_eq!(
                found.map(|time| time.as_millis()),
                expected,
                "{done}, {left}, {millis}"
            );
        }
    }

    #[test]
    fn l6_fractions_end_at_one() {
        let cases = [
            (0, RowsTotal::Unknown, false, None),
            (0, RowsTotal::Exact(0), false, Some(0.0)),
            (0, RowsTotal::Exact(0), true, Some(1.0)),
            (5, RowsTotal::Exact(10), false, Some(0.5)),
            (12, RowsTotal::Estimated(10), false, Some(1.0)),
            (5, RowsTotal::Unknown, true, Some(1.0)),
        ];
        for (done, total, is_done, expected) in cases {
            assert_eq!(fraction(done, total, is_done), expected, "{done} of {total}");
        }
    }

    #[test]
    fn l6_totals_of_tables_add_up() {
        let cases = [
            (RowsTotal::Exact(1), RowsTotal::Exact(2), RowsTotal::Exact(3)),
            (
                RowsTotal::Exact(1),
                RowsTotal::Estimated(2),
                RowsTotal::Estimated(3),
            ),
            (RowsTotal::Exact(1), RowsTotal::Unknown, RowsTotal::Unknown),
        ];
        for (one, other, both) in cases {
            assert_eq!(one.and(other), both);
            assert_eq!(other.and(one), both);
        }
    }
}
