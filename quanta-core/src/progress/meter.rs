//! Telling the program how far work has got, and taking its answer.

use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, ErrorKind, Result, panic_text};

use super::report::{Phase, Progress, RowsTotal};

/// Rows that are looked at between two reports.
const ROWS_PER_REPORT_MAX: usize = 1024;

/// A function of the program that is told how far work has got, and may end it.
type Hook = dyn Fn(&Progress) -> ControlFlow<()> + Send + Sync;

/// What tells the program how far long work has got. Without a function to tell it to, it tells nobody.
#[derive(Clone, Default)]
pub struct Meter {
    hook: Option<Arc<Hook>>,
}

impl Meter {
    /// Tells it to a function besides, and ends the work as soon as one wants no more of it.
    pub fn also(&mut self, hook: impl Fn(&Progress) -> ControlFlow<()> + Send + Sync + 'static) {
        let first = self.hook.take();
        self.hook = Some(Arc::new(move |progress| {
            first
                .as_ref()
                .map_or(ControlFlow::Continue(()), |first| first(progress))?;
            hook(progress)
        }));
    }

    /// Tells whether anybody wants to know.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.hook.is_some()
    }

    /// Tells the program how far work of another thread has got.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`].
    pub(super) fn tell(&self, progress: &Progress) -> Result<()> {
        self.hook
            .as_ref()
            .map_or(Ok(()), |hook| tell(hook.as_ref(), progress))
    }

    /// Begins a phase of work on a table, and says so. `batch_rows_max` bounds what is done between two reports.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Cancelled`] if the program wants no more of it, [`ErrorKind::OwnCode`] if its function panics.
    pub fn stage(
        &self,
        (phase, table): (Phase, &str),
        (rows_resumed, rows_total): (u64, RowsTotal),
        batch_rows_max: usize,
    ) -> Result<Stage> {
        self.stage_of_indexes(
            (phase, table),
            Vec::new(),
            (rows_resumed, rows_total),
            batch_rows_max,
        )
    }

    /// Does it where indexes are filled.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`].
    pub fn stage_of_indexes(
        &self,
        (phase, table): (Phase, &str),
        indexes: Vec<String>,
        (rows_resumed, rows_total): (u64, RowsTotal),
        batch_rows_max: usize,
    ) -> Result<Stage> {
        let mut stage = Stage {
            hook: self.hook.clone(),
            progress: Progress {
                phase,
                table: table.to_owned(),
                indexes,
                rows_done: rows_resumed,
                rows_resumed,
                rows_total: rows_total.at_least(rows_resumed),
                elapsed: std::time::Duration::ZERO,
                is_done: false,
            },
            started: Instant::now(),
            pass_rows: rows_resumed,
            unreported: 0,
            rows_per_report: batch_rows_max.min(ROWS_PER_REPORT_MAX),
        };
        tracing::info!(%phase, table, rows = %rows_total, "begins");
        stage.report()?;
        Ok(stage)
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter")
            .field("is_watched", &self.is_watched())
            .finish()
    }
}

/// One phase of work on one table.
pub struct Stage {
    hook: Option<Arc<Hook>>,
    progress: Progress,
    started: Instant,
    /// Rows of the present look at them.
    pass_rows: u64,
    unreported: usize,
    rows_per_report: usize,
}

impl Stage {
    /// Counts a row that was looked at, and reports now and then.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`].
    pub fn row(&mut self) -> Result<()> {
        self.pass_rows += 1;
        self.unreported += 1;
        if self.unreported < self.rows_per_report {
            return Ok(());
        }
        self.report()
    }

    /// Begins to look at the same rows once more: until it has got further than before, the number stays.
    pub fn again(&mut self) {
        self.pass_rows = 0;
    }

    /// Says that a batch is written, and how many rows are done with it.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`].
    pub fn batch(&mut self, rows_done: u64) -> Result<()> {
        self.pass_rows = rows_done;
        self.report()
    }

    /// Says that all of it is done.
    ///
    /// # Errors
    ///
    /// As [`Meter::stage`].
    pub fn end(mut self) -> Result<()> {
        self.progress.rows_done = self.progress.rows_done.max(self.pass_rows);
        self.progress.rows_total = RowsTotal::Exact(self.progress.rows_done);
        self.progress.is_done = true;
        let Progress { phase, table, .. } = &self.progress;
        tracing::info!(%phase, table, rows = self.progress.rows_done, "done");
        self.report()
    }

    fn report(&mut self) -> Result<()> {
        self.unreported = 0;
        let Some(hook) = &self.hook else { return Ok(()) };
        let progress = &mut self.progress;
        progress.rows_done = progress.rows_done.max(self.pass_rows);
        progress.rows_total = progress.rows_total.at_least(progress.rows_done);
        progress.elapsed = self.started.elapsed();
        tracing::debug!(phase = %progress.phase, table = progress.table, rows = progress.rows_done, "goes on");
        tell(hook.as_ref(), progress)
    }
}

/// Tells a function of the program how far work has got, and turns its answer into a result.
fn tell(hook: &Hook, progress: &Progress) -> Result<()> {
    let Progress { phase, table, .. } = progress;
    match catch_unwind(AssertUnwindSafe(|| hook(progress))) {
        Ok(ControlFlow::Continue(())) => Ok(()),
        Ok(ControlFlow::Break(())) => Err(Error::new(
            ErrorKind::Cancelled,
            format!("cancelled by the program's progress hook, {phase} of table {table}"),
        )),
        Err(panic) => Err(Error::new(
            ErrorKind::OwnCode,
            format!(
                "the program's progress hook panicked, {phase} of table {table}: {}",
                panic_text(panic.as_ref())
            ),
        )),
    }
}
