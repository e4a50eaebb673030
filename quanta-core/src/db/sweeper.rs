//! The thread that sweeps, and the handle to watch it by.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Progress, pending, retire_spaces};
use crate::txn::Core;

/// How far a sweep has got: see [`SweepHandle::progress`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepProgress {
    /// Rows that were looked at.
    pub rows_seen: u64,
    /// Rows that were rewritten.
    pub rows_rewritten: u64,
    /// The table that is being swept.
    pub table: Option<String>,
    /// Whether everything is done.
    pub is_done: bool,
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
    failure: Option<(ErrorKind, String)>,
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

    fn set(&self, wanted: Wanted) {
        self.state().wanted = wanted;
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
            Some((kind, message)) => Err(Error::new(*kind, message.clone())),
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
    pub(super) fn start(core: Arc<Core>) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let in_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("quanta-sweep".to_owned())
            .spawn(move || {
                let result = run(&core, &in_thread);
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
    if let Err(error) = result {
        tracing::warn!(%error, "the sweep ended early");
        state.failure = Some((error.kind(), error.to_string()));
    }
    state.has_ended = true;
    drop(state);
    shared.changed.notify_all();
}

fn run(core: &Core, shared: &Shared) -> Result<()> {
    let _span = tracing::info_span!("sweep").entered();
    retire_spaces(core)?;
    for mut sweep in pending(core)? {
        shared.state().progress.table = Some(sweep.table().to_owned());
        loop {
            if !shared.may_go_on() {
                return Ok(());
            }
            let before = (sweep.rows_seen, sweep.rows_rewritten);
            let progress = sweep.run_batch(core)?;
            let mut state = shared.state();
            state.progress.rows_seen += sweep.rows_seen - before.0;
            state.progress.rows_rewritten += sweep.rows_rewritten - before.1;
            drop(state);
            if progress == Progress::Done {
                break;
            }
        }
        tracing::info!(table = sweep.table(), rows = sweep.rows_rewritten, "swept");
    }
    core.engine().flush()?;
    Ok(())
}
