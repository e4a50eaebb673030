//! Opening what is there, the engine included.

use super::Job;
use crate::error::Outcome;
use crate::measure::timed;
use crate::results::{Findings, Reading, Unit};
use crate::rows::digest;
use crate::stores::Place;

pub fn open(job: &Job) -> Outcome<Findings> {
    if job.kind.place == Place::Memory {
        return Ok(Job::not_offered("nothing is there to be opened"));
    }
    let (store, span) = timed(|| (job.kind.open)(&job.path))?;
    let mut sum = 0;
    let ((), first) = timed(|| {
        store.get(&mut std::iter::once(job.rows / 2), &mut |user| {
            sum = digest(&user);
        })
    })?;
    let nanos = |span: std::time::Duration| vec![span.as_secs_f64() * 1e9];
    Ok(Findings {
        readings: vec![
            Reading::new("open", Unit::Nanos, nanos(span)),
            Reading::new("first read after it", Unit::Nanos, nanos(first)),
        ],
        answers: [("first row".to_owned(), sum)].into(),
        ..Findings::default()
    })
}
