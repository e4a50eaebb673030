//! Work on different tables in several threads: each takes the next table when it is done with one.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, Result as Ended, available_parallelism, scope};

use crate::error::Result;
use crate::progress::{Meter, RowsTotal};

use super::duplicates::Room;

/// Threads that look at tables at once on a machine with many processors, unless the program asks for more.
const THREADS_DEFAULT_MAX: usize = 8;
/// Rows that a table has at least, if a thread of its own is to be worth its while.
const ROWS_PER_THREAD_MIN: u64 = 4096;

/// How much of the machine may be taken to look at tables before a change, and to sweep them after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Threads at once; none if it is for the machine to say.
    threads: Option<NonZeroUsize>,
}

impl Budget {
    /// Allows that many threads, or else one for each processor, and not too many of them.
    #[must_use]
    pub fn new(threads: Option<NonZeroUsize>) -> Self {
        Self { threads }
    }

    /// Allows one thread only.
    #[must_use]
    pub fn one() -> Self {
        Self::new(Some(NonZeroUsize::MIN))
    }

    /// Says how many threads there may be for so many tables.
    pub(super) fn threads_for(self, tables: usize) -> usize {
        if tables < 2 {
            return 1;
        }
        let threads = self.threads.map_or_else(threads_of_machine, NonZeroUsize::get);
        threads.min(tables)
    }

    /// Says how many threads there may be in the background for tables with so many rows: unless the program says how many,
    /// half of the machine is left to it.
    #[must_use]
    pub fn background_threads(self, rows: &[RowsTotal]) -> usize {
        let large = rows.iter().filter(|rows| is_large(**rows));
        match large.count() {
            2.. => {
                let half = || threads_of_machine().div_ceil(2);
                self.threads.map_or_else(half, NonZeroUsize::get).min(rows.len())
            }
            _ => 1,
        }
    }

    /// Tells whether there may be more than one thread for so many tables.
    pub(super) fn allows_several(self, tables: usize) -> bool {
        tables > 1 && self.threads != Some(NonZeroUsize::MIN)
    }
}

/// Tells whether so many rows are worth a thread. Where that can't be told, there are many.
pub(super) fn is_large(rows: RowsTotal) -> bool {
    rows.rows().is_none_or(|rows| rows >= ROWS_PER_THREAD_MIN)
}

/// The system has to be asked, so that is left for where it matters.
fn threads_of_machine() -> usize {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    processors.min(THREADS_DEFAULT_MAX)
}

/// What one thread that looks at tables has to itself.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    /// What is told how far it has got.
    pub(super) meter: Meter,
    /// Where it looks for duplicates.
    pub(super) room: Room,
}

impl Bench {
    /// Gives all there is to one thread.
    pub(super) fn whole(meter: &Meter) -> Self {
        Self {
            meter: meter.clone(),
            room: Room::shared_by(1),
        }
    }
}

/// Does some work for each job, in that many threads at most, and returns what comes of it in the order of the jobs. The
/// program is told in this thread how far they have got.
///
/// # Errors
///
/// If the program wants no more of it: then no job is begun any more, and those under way end with their next report.
///
/// # Panics
///
/// If the work on a job does, once the others are done.
pub(super) fn side_by_side<J: Send, T: Send>(
    threads: usize,
    meter: &Meter,
    jobs: Vec<J>,
    work: &(dyn Fn(J, &Bench) -> T + Sync),
) -> Result<Vec<T>> {
    let (relayed, relay) = meter.relayed();
    let bench = Bench {
        meter: relayed,
        room: Room::shared_by(threads),
    };
    let queue = Queue(Mutex::new(jobs.into_iter().enumerate()));
    let span = tracing::Span::current();
    let in_threads = scope(|scope| {
        let begun = (0..threads).map_while(|_| {
            let (bench, queue, span) = (bench.clone(), &queue, &span);
            let thread = Builder::new().name("quanta-look".to_owned());
            // Without a thread, what is left is done here.
            thread
                .spawn_scoped(scope, move || {
                    let done = span.in_scope(|| queue.work_off(&bench, work));
                    bench.room.leave();
                    done
                })
                .ok()
        });
        let begun: Vec<_> = begun.collect();
        (begun.len()..threads).for_each(|_| bench.room.leave());
        drop(bench);
        let told = relay.pass_on(meter, &|| queue.clear());
        let ended = begun.into_iter().map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        });
        let ended: BTreeMap<usize, Ended<T>> = ended.flatten().collect();
        told.map(|()| ended)
    });
    let mut done = in_threads?;
    done.extend(queue.work_off(&Bench::whole(meter), work));
    Ok(done.into_values().map(unpanicked).collect())
}

fn unpanicked<T>(ended: Ended<T>) -> T {
    ended.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Jobs that nobody has begun, with their positions.
struct Queue<I>(Mutex<I>);

impl<J, I: Iterator<Item = (usize, J)>> Queue<I> {
    /// Does the next job until there is none.
    fn work_off<T>(&self, bench: &Bench, work: &(dyn Fn(J, &Bench) -> T + Sync)) -> Vec<(usize, Ended<T>)> {
        let mut done = Vec::new();
        while let Some((position, job)) = self.next() {
            done.push((position, catch_unwind(AssertUnwindSafe(|| work(job, bench)))));
        }
        done
    }

    fn next(&self) -> Option<(usize, J)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    /// Takes out what nobody has begun.
    fn clear(&self) {
        while self.next().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};
    use std::thread;

    use crate::error::ErrorKind;
    use crate::progress::{Phase, RowsTotal};
    use crate::schema::limits::DUPLICATES_BYTES_MAX;

    use super::*;

    /// Tells of a table as a look at so many rows does.
    fn look(table: usize, rows: u64, bench: &Bench) -> Result<u64> {
        let name = table.to_string();
        let mut stage = bench
            .meter
            .stage((Phase::Check, &name), (0, RowsTotal::Exact(rows)), 1)?;
        (0..rows).try_for_each(|_| stage.row())?;
        stage.end()?;
        Ok(rows)
    }

    fn jobs() -> Vec<(usize, u64)> {
        (0..20).map(|table| (table, 7 * table as u64 % 5)).collect()
    }

    #[test]
    fn results_come_in_the_order_of_jobs() {
        let expected: Vec<u64> = jobs().into_iter().map(|(_, rows)| rows).collect();
        for threads in [0, 1, 2, 3, 40] {
            let work = |(table, rows), bench: &Bench| look(table, rows, bench).unwrap();
            let found = side_by_side(threads, &Meter::default(), jobs(), &work).unwrap();
            assert_eq!(found, expected, "{threads} threads");
        }
    }

    #[test]
    fn as_many_jobs_as_threads_are_under_way_at_once() {
        let all = Barrier::new(4);
        let work = |_: usize, bench: &Bench| {
            let part = bench.room.part();
            all.wait();
            part
        };
        let found = side_by_side(4, &Meter::default(), vec![0; 8], &work).unwrap();
        assert_eq!(found, [DUPLICATES_BYTES_MAX / 4; 8]);
    }

    #[test]
    fn the_last_one_has_all_the_room() {
        let work = |job: usize, bench: &Bench| {
            while job == 0 && bench.room.part() < DUPLICATES_BYTES_MAX {
                thread::yield_now();
            }
            bench.room.part()
        };
        let found = side_by_side(3, &Meter::default(), vec![0, 1, 2, 3], &work).unwrap();
        assert_eq!(found[0], DUPLICATES_BYTES_MAX);
    }

    #[test]
    fn the_program_is_told_in_the_thread_that_began() {
        let (here, reports) = (thread::current().id(), Arc::new(AtomicUsize::new(0)));
        let (mut meter, counted) = (Meter::default(), Arc::clone(&reports));
        meter.also(move |_| {
            assert_eq!(thread::current().id(), here);
            counted.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Continue(())
        });
        let work = |(table, rows), bench: &Bench| look(table, rows, bench).unwrap();
        let rows: u64 = side_by_side(3, &meter, jobs(), &work).unwrap().iter().sum();
        // Each table tells of its begin, its end, and each row.
        assert_eq!(reports.load(Ordering::Relaxed) as u64, rows + 2 * 20);
    }

    #[test]
    fn whoever_cancels_is_told_nothing_more_and_all_threads_end() {
        for last in [1, 2, 5, 30] {
            let (reports, begun) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
            let (mut meter, counted) = (Meter::default(), Arc::clone(&reports));
            meter.also(move |_| match counted.fetch_add(1, Ordering::Relaxed) + 1 {
                report if report == last => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
            // No look would ever end by itself.
            let work = |table, bench: &Bench| {
                begun.fetch_add(1, Ordering::Relaxed);
                look(table, u64::MAX, bench)
            };
            let error = side_by_side(3, &meter, (0..20).collect(), &work).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert_eq!(reports.load(Ordering::Relaxed), last);
            assert!(begun.load(Ordering::Relaxed) <= 3, "nothing is begun after that");
        }
    }

    #[test]
    fn a_panic_of_the_hook_is_the_error_of_all() {
        let mut meter = Meter::default();
        meter.also(|_| panic!("nobody wants to know"));
        let work = |(table, rows), bench: &Bench| look(table, rows, bench);
        let error = side_by_side(3, &meter, jobs(), &work).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OwnCode);
        assert!(error.to_string().contains("nobody wants to know"), "{error}");
    }

    #[test]
    fn the_panic_of_the_first_job_comes_out() {
        for threads in [0, 1, 3] {
            let work = |job: usize, _: &Bench| assert!(job < 5, "job {job}");
            let call = || side_by_side(threads, &Meter::default(), (0..20).collect(), &work);
            let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().unwrap(), "job 5");
        }
    }
}
