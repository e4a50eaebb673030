//! A changed table: reads of rows that aren't rewritten yet against those that are, and the sweep against a program
//! that reads and writes all rows by hand.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use bincode::Encode;
use quantadb::{Collection, Database, Durability, OnOlder, QuantaEntity};

use super::{Effort, Paired, pair::by_turns};
use crate::bare::{self, Index};
use crate::entities::{Evolved, Widened};
use crate::error::Outcome;
use crate::measure::{copy_store, timed};
use crate::ours;
use crate::raw::Raw;
use crate::results::Findings;
use crate::rows::{User, random_ids, users};

pub fn run<R: Raw>(directory: &Path, rows: u64, effort: Effort, found: &mut Findings) -> Outcome<()> {
    let base = Base::prepare::<R>(directory, rows)?;
    base.sweeps::<R, Widened>("sweep speed, nothing kept", effort, found)?;
    base.sweeps::<R, Evolved>("sweep speed, values kept", effort, found)?;
    base.unswept::<R>(effort, found)?;
    base.kept::<R>(effort, found)
}

/// Stores with rows of the first version, which are copied for each comparison.
struct Base<'d> {
    directory: &'d Path,
    rows: u64,
}

impl<'d> Base<'d> {
    fn prepare<R: Raw>(directory: &'d Path, rows: u64) -> Outcome<Self> {
        fs::create_dir_all(directory)?;
        let ours = directory.join("ours");
        let db = ours::open::<(User,)>(&ours, R::NAME, Durability::Sync)?;
        db.collection::<User>().load(users(rows))?;
        drop(db);
        ours::compact(&ours)?;
        bare::prepare::<R>(&directory.join("bare"), rows, Index::Email)?;
        Ok(Self { directory, rows })
    }

    /// Compares a sweep with a rewrite by hand, until both are on the disk.
    fn sweeps<R: Raw, E>(&self, name: &str, effort: Effort, found: &mut Findings) -> Outcome<()>
    where
        E: QuantaEntity + Encode + From<User>,
    {
        let mut paired = Paired::default();
        let (ours, bare) = (self.directory.join("swept"), self.directory.join("rewritten"));
        let sweep = || {
            copy_store(&self.directory.join("ours"), &ours)?;
            let db = ours::open::<(E,)>(&ours, R::NAME, Durability::Sync)?;
            let swept = timed(|| {
                let swept = db.sweep().wait()?;
                db.flush()?;
                Ok(swept.rows_rewritten)
            })?;
            drop(db);
            fs::remove_dir_all(&ours)?;
            Ok::<_, crate::error::Failure>(swept)
        };
        let rewrite = || {
            copy_store(&self.directory.join("bare"), &bare)?;
            let raw = R::open(&bare)?;
            let rewritten = timed(|| bare::rewrite::<R, E>(&raw))?;
            drop(raw);
            fs::remove_dir_all(&bare)?;
            Ok::<_, crate::error::Failure>(rewritten)
        };
        for round in 0..=effort.long_rounds {
            let (swept, rewritten) = if round % 2 == 0 {
                let swept = sweep()?;
                (swept, rewrite()?)
            } else {
                let rewritten = rewrite()?;
                (sweep()?, rewritten)
            };
            if swept.0 != self.rows || rewritten.0 != self.rows {
                return Err(format!("{name}: {} and {} rows of {}", swept.0, rewritten.0, self.rows).into());
            }
            if round > 0 {
                // As rows: how many times as many in the same time.
                paired.add(rewritten.1, swept.1, self.rows);
            }
        }
        found.compare_by(name, ("bare", "ours"), paired);
        Ok(())
    }

    /// Makes a copy of one of the stores.
    fn copy(&self, from: &str, to: &str) -> Outcome<std::path::PathBuf> {
        let target = self.directory.join(to);
        copy_store(&self.directory.join(from), &target)?;
        Ok(target)
    }

    fn unswept<R: Raw>(&self, effort: Effort, found: &mut Findings) -> Outcome<()> {
        let unswept = self.copy("ours", "unswept")?;
        let swept = self.copy("ours", "current")?;
        let db = ours::open::<(Evolved,)>(&swept, R::NAME, Durability::Sync)?;
        db.sweep().wait()?;
        drop(db);
        ours::compact(&swept)?;
        let unswept = ours::open::<(Evolved,)>(&unswept, R::NAME, Durability::Sync)?;
        let swept = ours::open::<(Evolved,)>(&swept, R::NAME, Durability::Sync)?;
        let score = |row: Evolved| row.score;
        found.compare_by(
            "unswept get",
            ("unswept", "swept"),
            self.gets((&unswept, &swept), effort, score)?,
        );
        found.compare_by(
            "unswept scan",
            ("unswept", "swept"),
            self.scans((&unswept, &swept), effort, score)?,
        );
        self.expect_unswept(&unswept)
    }

    /// Compares rows that get a dropped value back, each from its own record, with the same rows once they are
    /// rewritten.
    fn kept<R: Raw>(&self, effort: Effort, found: &mut Findings) -> Outcome<()> {
        let back = || {
            Ok::<_, crate::error::Failure>(
                ours::options::<(User,)>(R::NAME, Durability::Sync)?.on_older(OnOlder::RollBack),
            )
        };
        let unswept = self.copy("current", "back")?;
        let swept = self.copy("current", "back-and-swept")?;
        let db = back()?.open(&swept)?;
        db.sweep().wait()?;
        drop(db);
        ours::compact(&swept)?;
        let unswept = back()?.open(&unswept)?;
        let swept = back()?.open(&swept)?;
        let score = |row: User| u64::from(row.score) + row.note.len() as u64;
        found.compare_by(
            "get with a kept value",
            ("unswept", "swept"),
            self.gets((&unswept, &swept), effort, score)?,
        );
        found.compare_by(
            "scan with kept values",
            ("unswept", "swept"),
            self.scans((&unswept, &swept), effort, score)?,
        );
        self.expect_unswept(&unswept)
    }

    /// Nothing must have swept the rows meanwhile.
    fn expect_unswept(&self, db: &Database) -> Outcome<()> {
        let unswept: u64 = db
            .inspect()?
            .tables
            .iter()
            .map(quantadb::TableInspection::rows_unswept)
            .sum();
        if unswept != self.rows {
            return Err(format!("{unswept} rows of {} are unswept", self.rows).into());
        }
        Ok(())
    }

    fn gets<E: QuantaEntity<Key = u64>>(
        &self,
        (one, other): (&Database, &Database),
        effort: Effort,
        value: impl Fn(E) -> u64,
    ) -> Outcome<Paired> {
        let get = |rows: Collection<E>| {
            let value = &value;
            move |round| {
                random_ids(self.rows, effort.block, round)
                    .try_fold(0, |sum, id| Ok(sum + black_box(rows.get(&id)?).map_or(0, value)))
            }
        };
        by_turns(
            effort.rounds,
            effort.block,
            get(one.collection()),
            get(other.collection()),
        )
    }

    fn scans<E: QuantaEntity<Key = u64>>(
        &self,
        (one, other): (&Database, &Database),
        effort: Effort,
        value: impl Fn(E) -> u64,
    ) -> Outcome<Paired> {
        let scanned = self.rows.min(effort.block * 25);
        let scan = |rows: Collection<E>| {
            let value = &value;
            move |round| {
                let from = super::scan_start(self.rows, scanned, round);
                let mut sum = 0;
                for row in rows.range(from..from + scanned) {
                    sum += value(black_box(row?));
                }
                Ok(sum)
            }
        };
        by_turns(
            effort.rounds / 2 + 1,
            scanned,
            scan(one.collection()),
            scan(other.collection()),
        )
    }
}
