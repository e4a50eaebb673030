//! The store that has been at every version, with rows that were born there.

use std::collections::BTreeMap;

use crate::db::Database;
use crate::diff::{Change, Refusal, RefusalKind};
use crate::error::{Error, ErrorKind, Result};
use crate::generate::Seed;
use crate::history::HistoryVersion;
use crate::migrate::CodeTable;

use super::super::image::{Image, encoded};
use super::super::resolve::{Keys, Taken, attempt, first_version, next_version};
use super::super::rows::{Births, next_writes, write};
use super::super::run::Rehearsal;
use super::super::scratch::{Declared, Scratch};
use super::super::stand_in::code_tables;
use super::super::travel::Standing;
use super::report::LeftOut;
use super::then::{RowKeys, Then};
use super::turns::{Share, Turns};

/// A store that has been at every version of a history.
pub(super) struct Built {
    pub store: Scratch,
    /// The versions that it was brought to, in order.
    pub stops: Vec<Stop>,
    pub left_out: Vec<LeftOut>,
    /// The functions that stand in for those of programs, by table.
    pub code: BTreeMap<String, CodeTable>,
    pub then: Then,
}

/// A version that the store was brought to.
pub(super) struct Stop {
    pub label: String,
    /// Where everything stood, without the rows.
    pub place: Standing,
    /// Tables where the change into it takes out all but one of several rows.
    pub shares: BTreeMap<u32, Share>,
}

/// What a version is built on.
struct Build<'d> {
    versions: &'d [HistoryVersion],
    /// Rows that each table gets at a version.
    share: u64,
    seed: Seed,
    here: Declared,
    reached: usize,
    declared: Vec<Declared>,
    built: Built,
}

/// Brings a store to one version after the other, and writes rows at each. What is refused is resolved as in every
/// rehearsal; a version that can't be reached even so is left out.
pub(super) fn build(versions: &[HistoryVersion], rehearsal: &Rehearsal) -> Result<Built> {
    let here = Declared::new(first_version(versions)?.clone());
    let built = Built {
        store: Scratch::new(),
        stops: Vec::new(),
        left_out: Vec::new(),
        code: BTreeMap::new(),
        then: Then::default(),
    };
    let mut build = Build {
        versions,
        share: rehearsal.rows.div_ceil(versions.len() as u64),
        seed: Seed::new(rehearsal.seed),
        declared: vec![here.clone()],
        here,
        reached: 0,
        built,
    };
    build.stop()?;
    for to in 1..versions.len() {
        build.go_on(to)?;
    }
    build.built.code = code_tables(&build.declared);
    Ok(build.built)
}

impl Build<'_> {
    fn go_on(&mut self, to: usize) -> Result<()> {
        let next = Declared::new(next_version(self.versions, self.reached, to)?);
        let before = Standing::of(&self.built.store.open(&self.here)?)?;
        let attempt = attempt(&self.built.store, &self.here, next)
            .map_err(|broken| Error::new(ErrorKind::Corrupt, broken.to_string()))?;
        self.built.then.forget(&by_id(&attempt.deleted, &before));
        let Some(taken) = attempt.taken else {
            let unresolved = attempt
                .refusals
                .iter()
                .filter(|refusal| refusal.resolution.is_none());
            let problems: Vec<String> = unresolved.map(ToString::to_string).collect();
            self.built.left_out.push(LeftOut {
                version: self.versions[to].label.clone(),
                problem: problems.join("; "),
            });
            return Ok(());
        };
        self.forget_moved(&taken, &before);
        self.here = taken.declared;
        self.declared.push(self.here.clone());
        self.reached = to;
        self.stop()
    }

    /// Forgets the rows of tables whose keys change.
    fn forget_moved(&mut self, taken: &Taken, before: &Standing) {
        for table in &taken.plan.tables {
            let moves = |change: &Change| matches!(change, Change::ChangeKey { .. });
            let old_name = table.renamed_from.as_ref().unwrap_or(&table.name);
            if let Some(place) = before.tables.get(old_name)
                && table.steps.iter().any(|step| moves(&step.change))
            {
                self.built.then.forget_table(place.id);
            }
        }
    }

    /// Finds the tables where the change that was made last takes out all but one of several rows.
    fn shares(&self, db: &Database, standing: &Standing) -> Result<BTreeMap<u32, Share>> {
        let before = self.built.stops.last();
        let mut shares = BTreeMap::new();
        for place in standing.tables.values() {
            let is_old = before.is_some_and(|before| {
                let mut places = before.place.tables.values();
                places.any(|old| (old.id, old.version) == (place.id, place.version))
            });
            let versions = db.versions(place.id)?;
            let share = versions.get(&place.version).and_then(Share::of);
            if let Some(share) = share.filter(|_| !is_old) {
                shares.insert(place.id, share);
            }
        }
        Ok(shares)
    }

    /// Writes the rows of the version that was reached, and notes what is there.
    fn stop(&mut self) -> Result<()> {
        let db = self.built.store.open(&self.here)?;
        let before = Standing::of(&db)?;
        let writes = next_writes(&before.image, Births::Each(self.share), &mut self.seed)?;
        write(&db, &writes)?;
        let mut written = RowKeys::new();
        for table in &writes {
            let (place, image) = (&before.tables[&table.table], &before.image.tables[&table.table]);
            let keys = written.entry(place.id).or_default();
            for row in &table.rows {
                keys.push(encoded(&image.schema, row)?.0);
            }
        }
        self.built.then.forget(&written);
        let standing = Standing::of(&db)?;
        self.built.then.note(self.built.stops.len(), &standing);
        let shares = self.shares(&db, &standing)?;
        self.built.stops.push(Stop {
            label: self.here.version.label.clone(),
            shares,
            place: Standing {
                image: Image::default(),
                ..standing
            },
        });
        Ok(())
    }
}

impl Built {
    /// Lists the tables where rows may take turns on the way between two versions.
    pub fn turns(&self, one: usize, other: usize) -> Turns {
        let mut turns = Turns::default();
        for stop in &self.stops[one.min(other) + 1..=one.max(other)] {
            turns.add(&stop.shares);
        }
        turns
    }

    /// Takes a store that was forked from this one to a version. Returns what is refused, with the plan that says so;
    /// none if it arrived.
    pub fn go(&self, store: &Scratch, to: usize) -> Result<Option<Error>> {
        match store.travel(self.stops[to].place.revision, &self.code) {
            Ok(()) => Ok(None),
            Err(error) if error.plan().is_some_and(|plan| !plan.refusals.is_empty()) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }
}

/// Kinds of refusals that list rows by key.
pub(super) const OF_ROWS: [RefusalKind; 2] = [RefusalKind::Rows, RefusalKind::OwnCode];

/// Returns row keys by the ids of their tables instead of their names.
pub(super) fn by_id(keys: &Keys, standing: &Standing) -> RowKeys {
    let named = keys.iter().filter_map(|(name, keys)| {
        let place = standing.tables.get(name)?;
        Some((place.id, keys.iter().cloned().collect()))
    });
    named.collect()
}

/// Returns what an error of [`Built::go`] refuses.
pub(super) fn refusals(error: &Error) -> &[Refusal] {
    error.plan().map_or(&[], |plan| &plan.refusals)
}
