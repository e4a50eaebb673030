//! A changed table: one field renamed, one widened, one added, one dropped, with a unique index.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Job;
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::measure::{DiskWatch, disk_bytes, peak_memory, timed};
use crate::results::{Findings, Reading, Unit};
use crate::rows::{User, digest, random_ids};
use crate::stores::{EvolvedStore, Place, Rewriting};

/// Why the store isn't changed, if it isn't.
fn refusal(job: &Job) -> Option<Findings> {
    match (job.kind.evolve, job.kind.evolve_rows_max) {
        (Err(why), _) => Some(Job::not_offered(why)),
        (_, Some((rows_max, why))) if job.rows > rows_max => {
            Some(Job::not_offered(&format!("not run above {rows_max} rows: {why}")))
        }
        _ => None,
    }
}

fn reopened(job: &Job) -> Outcome<Box<dyn EvolvedStore>> {
    let evolve = job.kind.evolve?;
    evolve(&job.path)
}

fn nanos(metric: &str, span: Duration) -> Reading {
    Reading::new(metric, Unit::Nanos, vec![span.as_secs_f64() * 1e9])
}

fn bytes(metric: &str, bytes: u64) -> Reading {
    Reading::new(metric, Unit::Bytes, vec![bytes as f64])
}

pub fn evolve(job: &Job) -> Outcome<Findings> {
    if let Some(refused) = refusal(job) {
        return Ok(refused);
    }
    let mut found = Findings::default();
    let before = disk_bytes(&job.path)?;
    let disk = DiskWatch::start(&job.path);
    let started = Instant::now();
    let mut store = reopened(job)?;
    let whole = started.elapsed();
    found.readings.push(nanos("open", whole));
    if let Some(engine) = store.engine_span() {
        found
            .readings
            .push(nanos("open, our part", whole.saturating_sub(engine)));
    }
    black_box(store.get(job.rows / 2)?);
    let mut spent = started.elapsed();
    found.readings.push(nanos("first read, from the start", spent));
    if store.rewriting() == Rewriting::Later {
        found.readings.extend(reads(job, store.as_ref(), "unswept")?);
    }
    let ((), rest) = timed(|| store.finish())?;
    spent += rest;
    match store.rewriting() {
        Rewriting::Never => found
            .notes
            .push("no row is rewritten, and what was dropped stays in the rows".to_owned()),
        Rewriting::Before | Rewriting::Later => {
            found.readings.push(nanos("until every row is rewritten", spent));
        }
    }
    // What follows is no part of it.
    found.readings.push(bytes("peak memory", peak_memory()));
    found.readings.extend(reads(job, store.as_ref(), "rewritten")?);
    found.answers = answers(store.as_ref())?;
    drop(store);
    found.readings.extend([
        bytes("disk before", before),
        bytes("disk at the peak", disk.peak()?),
        bytes("disk after", disk_bytes(&job.path)?),
    ]);
    match job.kind.compact {
        Ok(compact) => {
            compact(&job.path)?;
            found
                .readings
                .push(bytes("disk compacted", disk_bytes(&job.path)?));
        }
        Err(why) => found.notes.push(format!("not compacted: {why}")),
    }
    Ok(found)
}

/// What reads take before and after rows are rewritten. A few gets only: one store has to look through all rows.
fn reads(job: &Job, store: &dyn EvolvedStore, rows: &str) -> Outcome<[Reading; 2]> {
    let count = job.effort.of(100);
    let (_, gets) = timed(|| {
        random_ids(job.rows, count, 3).try_for_each(|id| {
            black_box(store.get(id)?);
            Ok(())
        })
    })?;
    let ((), scan) = timed(|| store.scan(&mut |row| drop(black_box(row))))?;
    let each = |metric: String, span: Duration, operations: u64| {
        let nanos = span.as_secs_f64() * 1e9 / operations.max(1) as f64;
        Reading::new(metric, Unit::NanosEach, vec![nanos])
    };
    Ok([
        each(format!("get, {rows}"), gets, count),
        each(format!("scan, {rows}, each row"), scan, job.rows),
    ])
}

fn answers(store: &dyn EvolvedStore) -> Outcome<BTreeMap<String, u64>> {
    let (mut rows, mut sum) = (0, 0_u64);
    store.scan(&mut |row| {
        let Evolved {
            id,
            email,
            full_name,
            score,
            city,
            level,
        } = row;
        let lengths = (email.len() + full_name.len() + city.len()) as u64;
        rows += 1;
        sum = sum
            .wrapping_add(id ^ score)
            .wrapping_add(lengths + u64::from(level));
    })?;
    Ok([("rows", rows), ("sum", sum)]
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}

/// The same open after one that was killed: are all rows there?
pub fn again(job: &Job) -> Outcome<Findings> {
    if let Some(refused) = refusal(job) {
        return Ok(refused);
    }
    if let Err(why) = job.kind.again {
        return Ok(Job::not_offered(why));
    }
    let started = Instant::now();
    let mut store = reopened(job)?;
    black_box(store.get(job.rows / 2)?);
    let first = started.elapsed();
    store.finish()?;
    let all = started.elapsed();
    let answers = answers(store.as_ref())?;
    drop(store);
    Ok(Findings {
        readings: vec![
            nanos("first read, from the start", first),
            nanos("until it is done", all),
            bytes("disk after", disk_bytes(&job.path)?),
        ],
        answers,
        ..Findings::default()
    })
}

/// What becomes of a program of before the change that finds the store after it.
pub fn older(job: &Job) -> Outcome<Findings> {
    if let Some(refused) = refusal(job) {
        return Ok(refused);
    }
    if job.kind.place == Place::Memory {
        return Ok(Job::not_offered("nothing is there to be opened"));
    }
    let mut newer = reopened(job)?;
    newer.finish()?;
    drop(newer);
    let seen = catch_unwind(AssertUnwindSafe(|| read_as_before(job)));
    let note = match seen {
        Err(_) => "panics".to_owned(),
        Ok(Err(error)) => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default().to_owned();
            format!("refuses: {}", without(&line, &job.path))
        }
        Ok(Ok(seen)) if seen.rows != job.rows => {
            format!("opens, and sees {} rows of {}", seen.rows, job.rows)
        }
        Ok(Ok(seen)) if seen.wrong > 0 => {
            format!(
                "opens, and {} rows of {} are not what they were",
                seen.wrong, seen.rows
            )
        }
        Ok(Ok(_)) => "opens, and sees all rows as they were".to_owned(),
    };
    Ok(Findings {
        notes: vec![note],
        ..Findings::default()
    })
}

struct Seen {
    rows: u64,
    wrong: u64,
}

fn read_as_before(job: &Job) -> Outcome<Seen> {
    let store = (job.kind.open)(&job.path)?;
    let mut seen = Seen { rows: 0, wrong: 0 };
    store.scan(&mut |user: User| {
        seen.rows += 1;
        if digest(&user) != digest(&crate::rows::user(user.id)) {
            seen.wrong += 1;
        }
    })?;
    Ok(seen)
}

/// The place is another one each time.
fn without(text: &str, path: &Path) -> String {
    text.replace(&path.display().to_string(), "the store")
}
