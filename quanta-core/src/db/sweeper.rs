//! The thread that sweeps, and the handle to watch it by.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result, panic_text};
use crate::migrate::{Budget, Overseer, Swept, TableSweep, pending, retire_spaces, sweep_all};
use crate::progress::{Meter, Phase, RowsTotal, Stage, fraction, remaining, rows_per_second};
use crate::txn::Core;

/// How far a sweep has got: see [`SweepHandle::progress`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepProgress {
    /// Rows that were looked at.
    pub rows_seen: u64,
    /// Rows that were rewritten.
    pub rows_rewritten: u64,
    /// The table that is being swept; of several, the one of which a batch was written last.
    pub table: Option<String>,
    /// Rows that there were to look at in all, in the tables that this sweep found waiting: an estimate by a sample of
    /// their keys, until all is done. A sweep that goes on where one was interrupted counts from there.
    pub rows_total: RowsTotal,
    /// The time since it began, pauses included.
    pub elapsed: Duration,
    /// Whether everything is done.
    pub is_done: bool,
}

impl SweepProgress {
    /// Says how many rows are looked at in a second; nothing as long as that can't be told.
    ///
    /// ```
    /// # use quantadb::SweepProgress;
    /// # use std::time::Duration;
    /// let mut progress = SweepProgress::default();
    /// assert_eq!(progress.rows_per_second(), None);
    /// (progress.rows_seen, progress.elapsed) = (1_000, Duration::from_millis(500));
    /// assert_eq!(progress.rows_per_second(), Some(2_000.0));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn rows_per_second(&self) -> Option<f64> {
        rows_per_second(self.rows_seen, self.elapsed)
    }

    /// Says how long it will take from here on, if it goes on as it did; nothing as long as that can't be told.
    ///
    /// ```
    /// # use quantadb::{RowsTotal, SweepProgress};
    /// # use std::time::Duration;
    /// let mut progress = SweepProgress { rows_seen: 1_000, elapsed: Duration::from_millis(500), ..Default::default() };
    /// assert_eq!(progress.remaining(), None);
    /// progress.rows_total = RowsTotal::Estimated(5_000);
    /// assert_eq!(progress.remaining(), Some(Duration::from_secs(2)));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.rows_total.rows()?.saturating_sub(self.rows_seen);
        remaining(self.rows_seen, left, self.elapsed)
    }

    /// Says which part of all rows was looked at, from 0 to 1; nothing if it isn't known how many there are.
    ///
    /// ```
    /// # use quantadb::{RowsTotal, SweepProgress};
    /// let progress = SweepProgress { rows_seen: 1, rows_total: RowsTotal::Estimated(4), ..Default::default() };
    /// assert_eq!(progress.fraction(), Some(0.25));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn fraction(&self) -> Option<f64> {
        fraction(self.rows_seen, self.rows_total, self.is_done)
    }
}

/// What the thread and its watchers share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    progress: SweepProgress,
    wanted: Wanted,
    failure: Option<Error>,
    has_ended: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    #[default]
    Run,
    Pause,
    Stop,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while paused; false if the sweep is to stop.
    fn may_go_on(&self) -> bool {
        let mut state = self.state();
        while state.wanted == Wanted::Pause {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.wanted == Wanted::Run
    }

    /// Waits for a while, or until something else is wanted.
    fn rest(&self, time: Duration) {
        let state = self.state();
        let rested = self
            .changed
            .wait_timeout_while(state, time, |state| state.wanted == Wanted::Run);
        drop(rested.unwrap_or_else(PoisonError::into_inner));
    }

    /// Says what is wanted. Whoever closes the store waits for the end of the sweep: nobody else can have it go on, or wait.
    fn set(&self, wanted: Wanted) {
        let mut state = self.state();
        if state.wanted != Wanted::Stop {
            state.wanted = wanted;
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The sweep of a store: rows of earlier versions are rewritten in the background.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "cities", register = false)]
/// # struct Before { #[quanta(id)] name: String }
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(table = "cities", register = false)]
/// # struct City { #[quanta(id)] name: String, people: Option<u64> }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let oslo = Before { name: "Oslo".into() };
/// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
/// let db = options().entities::<(City,)>().open("cities")?;
/// let sweep = db.sweep();
/// sweep.pause();
/// assert_eq!(db.collection::<City>().len()?, 1); // Rows are there whether they are rewritten or not.
/// sweep.resume();
/// assert!(sweep.wait()?.is_done);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SweepHandle {
    shared: Arc<Shared>,
}

impl SweepHandle {
    /// Makes the handle of a sweep that could not begin.
    pub(super) fn failed(error: &Error) -> Self {
        let shared = Arc::new(Shared::default());
        end(&shared, Err(Error::new(error.kind(), error.to_string())));
        Self { shared }
    }

    /// Says how far it has got.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Sweep};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(City,)>().sweep(Sweep::Off).open("cities")?;
    /// let sweep = db.sweep();
    /// sweep.wait()?;
    /// let progress = sweep.progress();
    /// assert_eq!((progress.rows_seen, progress.rows_rewritten, progress.table), (1, 1, None));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn progress(&self) -> SweepProgress {
        self.shared.state().progress.clone()
    }

    /// Stops after the present batch, until [`SweepHandle::resume`]. See [`SweepHandle`] for an example.
    pub fn pause(&self) {
        self.shared.set(Wanted::Pause);
    }

    /// Goes on after a pause. See [`SweepHandle`] for an example.
    pub fn resume(&self) {
        self.shared.set(Wanted::Run);
    }

    /// Waits until all rows are current, or the store is closed. Not within [`Database::write`](crate::Database::write):
    /// the sweep waits for the right to write, which the transaction has.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct Before { #[quanta(id)] name: String }
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(table = "cities", register = false)]
    /// # struct City { #[quanta(id)] name: String, people: Option<u64> }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let oslo = Before { name: "Oslo".into() };
    /// # options().entities::<(Before,)>().open("cities")?.collection().insert(&oslo)?;
    /// let db = options().entities::<(City,)>().open("cities")?;
    /// assert!(db.sweep().wait()?.is_done);
    /// assert!(!db.inspect()?.tables[0].is_sweep_pending);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What stopped the sweep.
    pub fn wait(&self) -> Result<SweepProgress> {
        let mut state = self.shared.state();
        while !state.has_ended {
            state = self
                .shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        match &state.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(state.progress.clone()),
        }
    }
}

/// A sweep that runs: stopped and joined when dropped.
#[derive(Debug)]
pub(super) struct Sweeper {
    handle: SweepHandle,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    pub(super) fn start(core: Arc<Core>, (meter, budget): (Meter, Budget)) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let in_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("quanta-sweep".to_owned())
            .spawn(move || {
                let result = catch_unwind(AssertUnwindSafe(|| run(&core, &in_thread, (&meter, budget))));
                let result = result.unwrap_or_else(|panic| {
                    let problem = format!("the sweep panicked: {}", panic_text(panic.as_ref()));
                    Err(Error::new(ErrorKind::Corrupt, problem))
                });
                // The store must be closed before anyone who waits goes on to open it again.
                drop(core);
                end(&in_thread, result);
            })
            .map_err(|error| Error::new(ErrorKind::Storage, "no thread for the sweep").with_source(error))?;
        Ok(Self {
            handle: SweepHandle { shared },
            thread: Some(thread),
        })
    }

    pub(super) fn handle(&self) -> SweepHandle {
        self.handle.clone()
    }

    /// Tells whether it came to an end without doing all that there is to do now.
    pub(super) fn has_ended(&self) -> bool {
        self.handle.shared.state().has_ended
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.handle.shared.set(Wanted::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told where it happened.
            let _ = thread.join();
        }
    }
}

fn end(shared: &Shared, result: Result<()>) {
    let mut state = shared.state();
    state.progress.is_done = result.is_ok() && state.wanted != Wanted::Stop;
    state.progress.table = None;
    if state.progress.is_done {
        state.progress.rows_total = RowsTotal::Exact(state.progress.rows_seen);
    }
    if let Err(error) = result {
        tracing::warn!(%error, "the sweep ended early");
        state.failure = Some(error);
    }
    state.has_ended = true;
    drop(state);
    shared.changed.notify_all();
}

/// The sweep of all tables, for whoever watches.
struct Watched<'a> {
    shared: &'a Shared,
    started: Instant,
    meter: &'a Meter,
    batch_rows_max: usize,
    /// How many rows each table has.
    rows_total: BTreeMap<String, RowsTotal>,
    tables: BTreeMap<String, WatchedTable>,
}

struct WatchedTable {
    stage: Stage,
    /// What is counted already.
    rows_seen: u64,
    rows_rewritten: u64,
}

impl Overseer for Watched<'_> {
    fn begins(&mut self, sweep: &TableSweep) -> Result<()> {
        let table = sweep.table().to_owned();
        self.shared.state().progress.table = Some(table.clone());
        if let Entry::Vacant(place) = self.tables.entry(table) {
            let total = self.rows_total.get(sweep.table()).copied().unwrap_or_default();
            let (phase, rows) = ((Phase::Sweep, sweep.table()), (0, total));
            place.insert(WatchedTable {
                stage: self.meter.stage(phase, rows, self.batch_rows_max)?,
                rows_seen: 0,
                rows_rewritten: 0,
            });
        }
        Ok(())
    }

    fn goes_on(&self) -> bool {
        self.shared.state().wanted == Wanted::Run
    }

    fn rest(&self, time: Duration) {
        self.shared.rest(time);
    }

    fn wrote(&mut self, sweep: &TableSweep) -> Result<()> {
        let Some(table) = self.tables.get_mut(sweep.table()) else {
            return Ok(());
        };
        let mut state = self.shared.state();
        let progress = &mut state.progress;
        progress.rows_seen += sweep.rows_seen - table.rows_seen;
        progress.rows_rewritten += sweep.rows_rewritten - table.rows_rewritten;
        progress.rows_total = progress.rows_total.at_least(progress.rows_seen);
        progress.elapsed = self.started.elapsed();
        if progress.table.as_deref() != Some(sweep.table()) {
            progress.table = Some(sweep.table().to_owned());
        }
        drop(state);
        (table.rows_seen, table.rows_rewritten) = (sweep.rows_seen, sweep.rows_rewritten);
        table.stage.batch(sweep.rows_seen)
    }

    fn ends(&mut self, sweep: &TableSweep) -> Result<()> {
        if let Some(table) = self.tables.remove(sweep.table()) {
            table.stage.end()?;
        }
        tracing::info!(table = sweep.table(), rows = sweep.rows_rewritten, "swept");
        Ok(())
    }
}

fn run(core: &Core, shared: &Shared, (meter, budget): (&Meter, Budget)) -> Result<()> {
    let _span = tracing::info_span!("sweep").entered();
    let started = Instant::now();
    retire_spaces(core)?;
    let mut sweeps = pending(core)?;
    let mut rows_total = BTreeMap::new();
    for sweep in &sweeps {
        rows_total.insert(sweep.table().to_owned(), sweep.rows_left(core)?);
    }
    let rows: Vec<RowsTotal> = rows_total.values().copied().collect();
    let threads = budget.background_threads(&rows);
    shared.state().progress.rows_total = rows.into_iter().fold(RowsTotal::Exact(0), RowsTotal::and);
    let mut watched = Watched {
        shared,
        started,
        meter,
        batch_rows_max: core.engine().batch_rows_max(),
        rows_total,
        tables: BTreeMap::new(),
    };
    loop {
        // While it waits here, it keeps no view open and no batch in memory.
        if !shared.may_go_on() {
            return Ok(());
        }
        if sweep_all(core, &mut sweeps, threads, &mut watched)? == Swept::Whole {
            break;
        }
    }
    core.engine().flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_that_is_to_stop_does_not_wait_for_who_paused_it() {
        let handle = SweepHandle {
            shared: Arc::default(),
        };
        handle.pause();
        handle.shared.set(Wanted::Stop);
        for ask in [SweepHandle::pause, SweepHandle::resume] {
            ask(&handle);
            assert_eq!(handle.shared.state().wanted, Wanted::Stop);
            assert!(!handle.shared.may_go_on());
        }
    }
}
