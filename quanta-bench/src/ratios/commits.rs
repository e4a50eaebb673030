//! Durable commits of one row: 16 threads against one.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use quantadb::{Collection, Durability};

use super::{Effort, Paired};
use crate::entities::Plain;
use crate::error::{Failure, Outcome};
use crate::measure::timed;
use crate::ours;
use crate::raw::Raw;
use crate::results::Findings;
use crate::rows::user;

pub fn run<R: Raw>(directory: &Path, effort: Effort, found: &mut Findings) -> Outcome<()> {
    let db = ours::open::<(Plain,)>(directory, R::NAME, Durability::Sync)?;
    let rows = db.collection::<Plain>();
    let next = AtomicU64::new(0);
    let writes = super::writes_in_block(effort, crate::raw::Sync::Durable) * 8;
    let mut paired = Paired::default();
    for round in 0..=effort.long_rounds {
        let ((), one) = timed(|| write_with(1, writes, &rows, &next))?;
        let ((), many) = timed(|| write_with(16, writes, &rows, &next))?;
        if round > 0 {
            // As many writes with each: how many times as many in the same time.
            paired.add(one, many, writes);
        }
    }
    found.compare_by(
        "durable commits, 16 threads over 1",
        ("one thread", "16 threads"),
        paired,
    );
    Ok(())
}

fn write_with(threads: u64, writes: u64, rows: &Collection<Plain>, next: &AtomicU64) -> Outcome<()> {
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(move || {
                    for _ in 0..writes / threads {
                        let id = next.fetch_add(1, Ordering::Relaxed);
                        rows.put(&Plain::from(user(id)))?;
                    }
                    Ok::<_, Failure>(())
                })
            })
            .collect();
        writers
            .into_iter()
            .try_for_each(|writer| writer.join().map_err(|_| "a writer panicked")?)
    })
}
