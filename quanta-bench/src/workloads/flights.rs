//! A real table: all flights that left a city in a year.

use std::hint::black_box;

use super::Job;
use crate::error::Outcome;
use crate::flights;
use crate::measure::{disk_bytes, timed};
use crate::results::{Findings, Reading, Unit};

pub fn flights(job: &Job) -> Outcome<Findings> {
    let open = match job.kind.flights {
        Ok(open) => open,
        Err(why) => return Ok(Job::not_offered(why)),
    };
    let flights = flights::read(job.flights.as_deref().ok_or("no file of flights was given")?)?;
    let rows = flights.len() as u64;
    // Every so many lines, the plane of the line.
    let asked = job.effort.of(1_000);
    let step = (flights.len() / usize::try_from(asked)?).max(1);
    let planes: Vec<String> = flights
        .iter()
        .step_by(step)
        .map(|flight| flight.tailnum.clone())
        .collect();
    let store = open(&job.path)?;
    let ((), load) = timed(|| store.load(&mut flights.into_iter()))?;

    let mut miles = 0;
    let ((), scan) = timed(|| store.scan(&mut |flight| miles += u64::from(black_box(flight).distance)))?;
    let (mut found, mut late) = (0_u64, 0);
    let ((), query) = timed(|| {
        planes.iter().try_for_each(|plane| {
            store.of_plane(plane, &mut |flight| {
                found += 1;
                late += u64::from(black_box(flight).dep_delay.is_some_and(|minutes| minutes > 15));
            })
        })
    })?;
    drop(store);
    let each = |metric: &str, span: std::time::Duration, operations: u64| {
        let nanos = span.as_secs_f64() * 1e9 / operations.max(1) as f64;
        Reading::new(metric, Unit::NanosEach, vec![nanos])
    };
    let answers = [("rows", rows), ("miles", miles), ("found", found), ("late", late)];
    Ok(Findings {
        readings: vec![
            each("load, each row", load, rows),
            each("scan, each row", scan, rows),
            each("flights of a plane, each row", query, found),
            Reading::new("on disk", Unit::Bytes, vec![disk_bytes(&job.path)? as f64]),
        ],
        answers: answers.map(|(name, value)| (name.to_owned(), value)).into(),
        ..Findings::default()
    })
}
