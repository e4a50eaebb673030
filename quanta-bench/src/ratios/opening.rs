//! Our own part of an open: all of it but for the engine's.

use std::fs;
use std::path::Path;

use quantadb::{Database, Durability, Options};

use super::Effort;
use crate::entities::Evolved;
use crate::error::Outcome;
use crate::many;
use crate::measure::{copy_store, timed};
use crate::ours;
use crate::raw::Raw;
use crate::results::{Findings, Reading, Unit};
use crate::rows::{User, users};

pub fn run<R: Raw>(directory: &Path, rows: u64, effort: Effort, found: &mut Findings) -> Outcome<()> {
    fs::create_dir_all(directory)?;
    lazy_change::<R>(directory, rows, effort, found)?;
    let many = directory.join("many");
    let options = || {
        Ok::<_, crate::error::Failure>(many::register(
            ours::options::<()>(R::NAME, Durability::Sync)?,
            many::ENTITIES,
        ))
    };
    drop(options()?.open(&many)?);
    let mut opens = Opens::default();
    for _ in 0..effort.rounds {
        opens.add(options()?, &many)?;
    }
    opens.note("open, 100 entities, nothing changed", found);
    Ok(())
}

fn lazy_change<R: Raw>(directory: &Path, rows: u64, effort: Effort, found: &mut Findings) -> Outcome<()> {
    let (base, changed) = (directory.join("base"), directory.join("changed"));
    let db = ours::open::<(User,)>(&base, R::NAME, Durability::Sync)?;
    db.collection::<User>().load(users(rows))?;
    drop(db);
    let mut opens = Opens::default();
    for _ in 0..=effort.long_rounds {
        copy_store(&base, &changed)?;
        let db = opens.add(ours::options::<(Evolved,)>(R::NAME, Durability::Sync)?, &changed)?;
        if db.open_report().plan.is_empty() {
            return Err("the open changed nothing".into());
        }
        drop(db);
        fs::remove_dir_all(&changed)?;
    }
    opens.note("open, lazy change", found);
    Ok(())
}

/// What opens took.
#[derive(Default)]
struct Opens {
    whole: Vec<f64>,
    outside: Vec<f64>,
    span: Vec<f64>,
}

impl Opens {
    fn add(&mut self, options: Options, path: &Path) -> Outcome<Database> {
        let (db, whole) = timed(|| Ok(options.open(path)?))?;
        let report = db.open_report();
        let nanos = |span: std::time::Duration| span.as_secs_f64() * 1e9;
        self.whole.push(nanos(whole));
        self.outside.push(nanos(whole.saturating_sub(report.engine_span)));
        self.span.push(nanos(report.spans.ours()));
        Ok(db)
    }

    fn note(self, name: &str, found: &mut Findings) {
        found.readings.extend([
            Reading::new(format!("{name}: our part"), Unit::Nanos, self.outside),
            Reading::new(
                format!("{name}: our part by its own span"),
                Unit::Nanos,
                self.span,
            ),
            Reading::new(format!("{name}: whole"), Unit::Nanos, self.whole),
        ]);
    }
}
