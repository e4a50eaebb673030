//! Reads of a loaded store.

use std::hint::black_box;

use super::Job;
use crate::error::Outcome;
use crate::measure::timed;
use crate::results::{Findings, Reading, Unit};
use crate::rows::{User, digest, email, mixed, random_ids};

/// Adds up what is read.
#[derive(Default)]
struct Seen {
    rows: u64,
    sum: u64,
}

impl Seen {
    fn add(&mut self, user: User) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(digest(&black_box(user)));
    }

    fn findings(self, metric: &str, operations: u64, span: std::time::Duration) -> Findings {
        let nanos = span.as_secs_f64() * 1e9 / operations.max(1) as f64;
        Findings {
            readings: vec![Reading::new(metric, Unit::NanosEach, vec![nanos])],
            answers: [("rows", self.rows), ("sum", self.sum)]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ..Findings::default()
        }
    }
}

pub fn get(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    let count = job.effort.of(20_000);
    // Another order, so that what is measured isn't what was just read.
    store.get(&mut random_ids(job.rows, count / 4, 1), &mut |user| {
        drop(black_box(user));
    })?;
    let mut seen = Seen::default();
    let ((), span) = timed(|| store.get(&mut random_ids(job.rows, count, 2), &mut |user| seen.add(user)))?;
    Ok(seen.findings("each", count, span))
}

pub fn get_by_email(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    let count = job.effort.of(20_000);
    let emails = |count, salt| {
        random_ids(job.rows, count, salt)
            .map(email)
            .collect::<Vec<_>>()
            .into_iter()
    };
    store.get_by_email(&mut emails(count / 4, 1), &mut |user| drop(black_box(user)))?;
    let mut asked = emails(count, 2);
    let mut seen = Seen::default();
    let ((), span) = timed(|| store.get_by_email(&mut asked, &mut |user| seen.add(user)))?;
    Ok(seen.findings("each", count, span))
}

pub fn scan(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    store.scan(&mut |user| drop(black_box(user)))?;
    let mut seen = Seen::default();
    let ((), span) = timed(|| store.scan(&mut |user| seen.add(user)))?;
    Ok(seen.findings("each row", job.rows, span))
}

pub fn range(job: &Job) -> Outcome<Findings> {
    let store = job.loaded()?;
    let length = 1_000.min(job.rows / 10).max(1);
    let ranges = job.effort.of(200);
    let mut seen = Seen::default();
    let ((), span) = timed(|| {
        for number in 0..ranges {
            let from = mixed(number) % (job.rows - length + 1);
            store.range(from, from + length, &mut |user| seen.add(user))?;
        }
        Ok(())
    })?;
    Ok(seen.findings("each row", ranges * length, span))
}
