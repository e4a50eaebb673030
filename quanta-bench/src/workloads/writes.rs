//! Writes, all of which last when they return.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Job;
use crate::error::{Failure, Outcome};
use crate::measure::{disk_bytes, peak_memory, timed};
use crate::results::{Findings, Reading, Unit};
use crate::rows::{digest, random_ids, user, users};
use crate::stores::Store;

pub fn load(job: &Job) -> Outcome<Findings> {
    let store = (job.kind.open)(&job.path)?;
    let ((), span) = timed(|| store.load(&mut users(job.rows)))?;
    let answers = answers(store.as_ref())?;
    drop(store);
    let nanos = span.as_secs_f64() * 1e9 / job.rows.max(1) as f64;
    let readings = vec![
        Reading::new("each row", Unit::NanosEach, vec![nanos]),
        Reading::new("peak memory", Unit::Bytes, vec![peak_memory() as f64]),
        Reading::new("on disk", Unit::Bytes, vec![disk_bytes(&job.path)? as f64]),
    ];
    Ok(Findings {
        readings,
        answers,
        ..Findings::default()
    })
}

pub fn put(job: &Job, threads: u64) -> Outcome<Findings> {
    let store = job.loaded()?;
    let writes = job.effort.of(if threads == 1 { 400 } else { 100 });
    let next = AtomicU64::new(job.rows);
    let ((), span) = timed(|| {
        std::thread::scope(|scope| {
            let write = || {
                for _ in 0..writes {
                    store.put(&user(next.fetch_add(1, Ordering::Relaxed)))?;
                }
                Ok::<_, Failure>(())
            };
            let writers: Vec<_> = (0..threads).map(|_| scope.spawn(write)).collect();
            writers
                .into_iter()
                .try_for_each(|writer| writer.join().map_err(|_| "a writer panicked")?)
        })
    })?;
    found(store.as_ref(), "each", writes * threads, span)
}

/// Rows that are changed, each once, in no order.
fn chosen(job: &Job) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    let count = 1_000.min(job.rows / 10).max(1);
    random_ids(job.rows, count, 7)
        .filter(|id| seen.insert(*id))
        .collect()
}

pub fn update(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    let ids = chosen(job);
    let ((), span) = timed(|| store.update(&ids))?;
    found(store.as_ref(), "each row", ids.len() as u64, span)
}

pub fn delete(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    let ids = chosen(job);
    let ((), span) = timed(|| store.delete(&ids))?;
    found(store.as_ref(), "each row", ids.len() as u64, span)
}

fn found(store: &dyn Store, metric: &str, operations: u64, span: std::time::Duration) -> Outcome<Findings> {
    let nanos = span.as_secs_f64() * 1e9 / operations.max(1) as f64;
    Ok(Findings {
        readings: vec![Reading::new(metric, Unit::NanosEach, vec![nanos])],
        answers: answers(store)?,
        ..Findings::default()
    })
}

/// What is there afterwards.
fn answers(store: &dyn Store) -> Outcome<std::collections::BTreeMap<String, u64>> {
    let (mut rows, mut sum) = (0, 0_u64);
    store.scan(&mut |user| {
        rows += 1;
        sum = sum.wrapping_add(digest(&user));
    })?;
    Ok([("rows", rows), ("sum", sum)]
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}
