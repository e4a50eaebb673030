//! A store at the version that pairs start from.

use crate::db::Database;
use crate::error::Error;

use super::super::image::Image;
use super::super::law::{Check, Counterexample, Law};
use super::super::reads::{check_sound, sweep};
use super::super::resolve::{Keys, delete_rows, listed_rows, outline};
use super::super::scratch::Scratch;
use super::super::travel::Standing;
use super::build::{Built, OF_ROWS, by_id};
use super::then::RowKeys;
use super::turns::Turns;

/// How often rows that stand in the way are deleted before it counts as barred: a refusal lists ten for each field.
const CLEARINGS_MAX: u32 = 1_000;

/// Which law is broken, and where.
pub(super) type Broken = (Law, Counterexample);

/// What came of something that a law may be broken by.
pub(super) type Lawful<T = ()> = std::result::Result<T, Broken>;

/// A store at the version that pairs start from, and what it shows there.
pub(super) struct Source {
    pub store: Scratch,
    pub standing: Standing,
}

/// What came of going on without the rows that stand in the way.
pub(super) enum Clearing {
    /// The store where it went, and the rows that were deleted where it came from.
    Went(Scratch, RowKeys),
    /// What is refused even so: the rows that are named are not here to be deleted.
    Barred(Error),
}

/// What came of a way there and back on which no law was broken.
pub(super) enum Checked {
    /// Every value came back, but for rows that took turns.
    Intact(Turns),
    /// The way back is refused: rows that got their turn don't fit.
    BackRefused(Error),
}

impl Source {
    /// Takes a store as it is.
    pub fn of(store: Scratch) -> crate::error::Result<Self> {
        let standing = Standing::of(&store.stand()?)?;
        Ok(Self { store, standing })
    }

    /// Goes on with a fork. Rows that are named as standing in the way are deleted here.
    pub fn clear(&mut self, built: &Built, to: usize) -> Check<Clearing> {
        let mut deleted = RowKeys::new();
        let mut tries = 0;
        loop {
            let there = self.store.fork();
            let Some(refused) = built.go(&there, to)? else {
                return Ok(Clearing::Went(there, deleted));
            };
            let db = self.store.stand()?;
            let listed = match refused.plan() {
                Some(plan) => listed_rows(&db, plan, &OF_ROWS)?,
                None => Keys::new(),
            };
            tries += 1;
            if listed.is_empty() || tries == CLEARINGS_MAX {
                return Ok(Clearing::Barred(refused));
            }
            self.delete(&db, &listed, &mut deleted)?;
        }
    }

    /// Deletes rows, and those that refer to them.
    fn delete(&mut self, db: &Database, rows: &Keys, deleted: &mut RowKeys) -> crate::error::Result<()> {
        let rows = delete_rows(db, rows)?;
        for (table, keys) in by_id(&rows, &self.standing) {
            deleted.entry(table).or_default().extend(keys);
        }
        self.standing = Standing::of(db)?;
        Ok(())
    }

    /// Checks a store that went from here to a version: as it is, swept, and step by step if there is such a store.
    pub fn check(
        &self,
        built: &Built,
        (from, to): (usize, usize),
        direct: &Scratch,
        steps: Option<&Scratch>,
    ) -> Lawful<Checked> {
        let mut turns = built.turns(from, to);
        let there = look(Law::Inverse, direct)?;
        let place = built.stops[to].place.check_place(&there);
        place.map_err(|broken| (Law::Inverse, broken.when("there")))?;
        if let Some(steps) = steps {
            let equal = turns.check_equal(&look(Law::LazyPath, steps)?, &there);
            equal.map_err(|broken| (Law::LazyPath, broken.when("at once, compared with step by step")))?;
        }
        let swept = direct.fork();
        let law = if from < to { Law::Down } else { Law::UpAgain };
        let back = self.check_return(built, from, direct, &mut turns);
        let back = back.map_err(|broken| (law, broken.when("back")))?;
        check_swept(&swept, &there.image).map_err(|broken| (Law::Lazy, broken.when("swept there")))?;
        let again = self.check_return(built, from, &swept, &mut turns);
        let again = again.map_err(|broken| (law, broken.when("swept there, and back")))?;
        Ok(match back.or(again) {
            Some(refused) => Checked::BackRefused(refused),
            None => Checked::Intact(turns),
        })
    }

    /// Goes back, and compares everything. Returns what is refused of rows that take turns.
    fn check_return(
        &self,
        built: &Built,
        from: usize,
        store: &Scratch,
        turns: &mut Turns,
    ) -> Check<Option<Error>> {
        if let Some(refused) = built.go(store, from)? {
            if turns.explain(&refused, &self.standing) {
                return Ok(Some(refused));
            }
            let problem = format!("it is refused: {}", outline(&refused));
            return Err(Counterexample::new(problem));
        }
        let found = Standing::of(&store.stand()?)?;
        self.standing.check_place(&found)?;
        turns.check_equal(&self.standing, &found)?;
        Ok(None)
    }
}

/// Checks that nothing in a store contradicts anything.
pub(super) fn check_whole(store: &Scratch) -> Lawful {
    let checked = store.stand().map_err(Counterexample::from);
    let checked = checked.and_then(|db| check_sound(&db));
    checked.map_err(|broken| (Law::Ledger, broken))
}

fn look(law: Law, store: &Scratch) -> Lawful<Standing> {
    let standing = store.stand().and_then(|db| Standing::of(&db));
    standing.map_err(|error| (law, error.into()))
}

fn check_swept(store: &Scratch, image: &Image) -> Check {
    let db = store.stand()?;
    sweep(&db)?;
    image.check_equal(&Image::of(&db)?)
}
