//! The operations: what a store and its model go through, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanta_core::Seed;
use quanta_storage::Engine as RawEngine;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, Error, ErrorKind, Plan};

use crate::support::{Work, all, custom};

use super::asking::Source;
use super::face::{Face, WRITES, Write};
use super::history::{Cell, History, Key, Teams, Way};
use super::place::Place;
use super::referring::Team;
use super::table::Model;
use super::travel::{Counts, Refused};

/// A store and its model.
pub struct Run {
    pub history: History,
    place: Place,
    pub model: Model,
    /// The revision of each generation that was made so far.
    revisions: BTreeMap<usize, u64>,
    pub seed: Seed,
    pub log: Vec<String>,
}

impl Run {
    pub fn new(history: History, place: Place, case: u64) -> Self {
        let run = Self {
            history,
            place,
            model: Model::new(),
            revisions: [(0, 1)].into(),
            seed: Seed::new(case),
            log: Vec::new(),
        };
        drop(run.open());
        run
    }

    pub fn play(&mut self) {
        self.check();
        for _ in 0..self.place.steps(&mut self.seed) {
            self.step();
            self.check();
        }
    }

    fn step(&mut self) {
        match self.seed.below(24) {
            0..=9 => self.write(),
            20..=22 => self.write_together(),
            23 => self.write_at_once(),
            10..=13 => self.go(),
            14 | 15 => self.go_by_revision(),
            16 => self.sweep(),
            17 => self.sweep_in_part(),
            _ => self.crash(),
        }
    }

    pub fn open(&self) -> Database {
        self.open_on(self.place.engine(), self.model.at).unwrap()
    }

    fn open_on(&self, engine: Arc<dyn RawEngine>, at: usize) -> quantadb::Result<Database> {
        let options = Place::options(engine);
        let options = match &self.history.generations[at].face {
            Some(face) => face.declare(options),
            // The table is dropped by the open that makes this generation, and stays so.
            None if self.model.at == at => options.entities::<()>(),
            None => options.entities::<()>().drop_table("rows"),
        };
        match self.history.teams {
            Teams::None => options.open(""),
            Teams::Beside => options.register::<Team>().open(""),
        }
    }

    pub fn face(&self) -> Option<&dyn Face> {
        self.history.generations[self.model.at].face.as_deref()
    }

    /// Several writes, each for itself.
    fn write(&mut self) {
        if self.face().is_none() {
            return;
        }
        let db = self.open();
        for _ in 0..=self.seed.below(4) {
            let what = *self.seed.choose(&WRITES);
            let (row, is_there) = self.row_to_write();
            self.log.push(format!("{what:?} {row:?}"));
            self.write_one(&db, what, &row, is_there);
        }
    }

    /// Makes a row, or changes one that is there.
    fn row_to_write(&mut self) -> (Cell, bool) {
        let face = self.history.generations[self.model.at].face.as_deref().unwrap();
        let table = self.model.table.as_ref().unwrap();
        let row = face.random(&mut self.seed);
        match table.rows.get(&row.key) {
            Some(present) if self.seed.one_in(2) => {
                let present = &table.values(&self.history, present)[0];
                (face.touched(present, &mut self.seed), true)
            }
            present => (row, present.is_some()),
        }
    }

    fn write_one(&mut self, db: &Database, what: Write, row: &Cell, is_there: bool) {
        let written = self.face().unwrap().write(db, what, row);
        let table = self.model.table.as_mut().unwrap();
        let is_written = match what {
            Write::Insert if is_there => {
                assert_eq!(written.unwrap_err().kind(), ErrorKind::KeyExists);
                return;
            }
            Write::Put | Write::Insert | Write::Anew => true,
            Write::Update => is_there,
            Write::Delete => false,
        };
        if is_written && table.has_value_of(&self.history, row) {
            assert_eq!(written.unwrap_err().kind(), ErrorKind::NotUnique);
            return;
        }
        if is_written && table.dangles(&self.history, &self.model.teams, row).is_some() {
            assert_eq!(written.unwrap_err().kind(), ErrorKind::Dangling);
            return;
        }
        assert_eq!(written.unwrap(), is_there);
        if matches!(what, Write::Delete | Write::Anew) {
            table.delete(&row.key);
        }
        if is_written {
            table.put(&self.history, row);
        }
    }

    /// Picks a generation: one that was made, or one whose parent was.
    fn destination(&mut self) -> usize {
        let to = self.seed.below(self.history.generations.len());
        let way = self.history.way(0, to);
        let unmade = way
            .into_iter()
            .map(|(edge, _)| edge)
            .find(|edge| !self.revisions.contains_key(edge));
        match unmade {
            // It is made from its parent.
            Some(edge) => match self.history.generations[edge].parent.unwrap() {
                parent if parent == self.model.at => edge,
                parent => parent,
            },
            None => to,
        }
    }

    /// Opens at another generation.
    fn go(&mut self) {
        let to = self.destination();
        if self.revisions.contains_key(&to) && !self.history.is_by_rows(self.model.at, to) {
            // A program can't say that it wants a table that was dropped.
            return self.migrate_to(to);
        }
        self.log.push(format!("open {to}"));
        let digest = self.place.digest();
        let opened = self.open_on(self.place.engine(), to);
        if let Ok(db) = &opened {
            let revision = *self.revisions.entry(to).or_insert(db.head().revision);
            assert_eq!(db.head().revision, revision);
        }
        let plan = opened.map(|db| db.open_report().plan.clone());
        self.arrived(to, digest, plan);
    }

    fn go_by_revision(&mut self) {
        let made: Vec<usize> = self.revisions.keys().copied().collect();
        let to = *self.seed.choose(&made);
        self.migrate_to(to);
    }

    fn migrate_to(&mut self, to: usize) {
        let down = self.history.way(self.model.at, to);
        let is_above = down.iter().all(|(_, way)| *way == Way::Down);
        let digest = self.place.digest();
        let db = self.open();
        let travelled = if is_above && !down.is_empty() && self.seed.one_in(2) {
            self.log.push(format!("roll back to {to}"));
            db.rollback(down.len() as u64)
        } else {
            self.log.push(format!("migrate to {to}"));
            db.migrate_to(self.revisions[&to])
        };
        self.arrived(to, digest, travelled.map(|report| report.plan));
    }

    fn arrived(&mut self, to: usize, digest: [u8; 32], result: quantadb::Result<Plan>) {
        match (self.model.travel(&self.history, to), result) {
            (Ok((model, counts)), Ok(plan)) => {
                let count =
                    |of: fn(&quanta_core::plan::TablePlan) -> u64| plan.tables.iter().map(of).sum::<u64>();
                let counted = Counts {
                    dropped: count(|table| table.rows_dropped),
                    returned: count(|table| table.rows_returned),
                    left_out: count(|table| table.rows_left_out),
                    meets_between: counts.meets_between,
                };
                assert_eq!(counted, counts, "on the way to {to}");
                self.model = model;
            }
            (Err(refused), Err(error)) => {
                check_refusal(&refused, &error);
                assert_eq!(self.place.digest(), digest, "a refused change changed the store");
                if self.seed.one_in(2) {
                    self.make_way(&refused);
                }
            }
            (Ok((_, counts)), Err(error)) => {
                assert!(counts.meets_between, "going to {to} was refused: {error}");
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                assert_eq!(self.place.digest(), digest, "a refused change changed the store");
            }
            (Err(refused), Ok(_)) => panic!("going to {to} was done, in spite of {refused:?}"),
        }
    }

    /// Deletes the rows that refuse a change.
    fn make_way(&mut self, refused: &Refused) {
        let db = self.open();
        let meeting = refused.meeting.iter().flat_map(|group| group.iter().skip(1));
        let keys: BTreeSet<Key> = refused.unfit.iter().chain(meeting).cloned().collect();
        for key in keys {
            let table = self.model.table.as_ref().unwrap();
            let row = table.values(&self.history, &table.rows[&key])[0].clone();
            self.log.push(format!("delete {key:?}"));
            self.write_one(&db, Write::Delete, &row, true);
        }
        for (_, id) in &refused.dangling {
            self.log.push(format!("team {id}"));
            db.collection().put(&Team { id: *id }).unwrap();
            self.model.teams.insert(*id);
        }
    }

    fn sweep(&mut self) {
        self.log.push("sweep".to_owned());
        let db = self.open();
        assert!(db.sweep().wait().unwrap().is_done);
        self.place.check(&db, Work::Done);
        if let Some(table) = &mut self.model.table {
            table.sweep(&self.history);
        }
    }

    /// A sweep that ends after some batches.
    fn sweep_in_part(&mut self) {
        let faulty = Faulty::new(self.place.engine());
        let db = self.open_on(Arc::new(faulty.clone()), self.model.at).unwrap();
        let writes = faulty.writes() + self.seed.below(5) as u64;
        self.log.push(format!("sweep until write {writes}"));
        faulty.inject(Fault::CutOff { writes });
        let _ = db.sweep().wait();
        drop(db);
        self.lose(&faulty);
    }

    /// A crash while going somewhere: the old state or the new one.
    fn crash(&mut self) {
        let to = self.destination();
        if self.revisions.contains_key(&to) && !self.history.is_by_rows(self.model.at, to) {
            return;
        }
        let faulty = Faulty::new(self.place.engine());
        let writes = self.seed.below(8) as u64;
        self.log
            .push(format!("crash at write {writes} on the way to {to}"));
        faulty.inject(Fault::CutOff { writes });
        if let Ok(db) = self.open_on(Arc::new(faulty.clone()), to) {
            let _ = db.sweep().wait();
        }
        self.lose(&faulty);
        drop(faulty);
        let db = custom(self.place.engine()).entities::<()>().open("").unwrap();
        let revision = db.head().revision;
        drop(db);
        if revision == self.revisions[&self.model.at] {
            return;
        }
        assert_eq!(
            *self.revisions.entry(to).or_insert(revision),
            revision,
            "on the way to {to}"
        );
        let travelled = self.model.travel(&self.history, to);
        self.model = travelled.expect("rows that don't fit are refused").0;
    }

    fn lose(&mut self, faulty: &Faulty) {
        if self.seed.one_in(2) {
            let lost = faulty.lose_unsynced().unwrap();
            self.log.push(format!("lose {lost} writes"));
        }
    }

    /// Reads everything in every way, and compares it with the model.
    fn check(&mut self) {
        let db = self.open();
        self.place.check(&db, Work::MayBeLeft);
        if self.history.teams == Teams::Beside {
            let teams = all::<Team>(&db).into_iter().map(|team| team.id);
            assert_eq!(teams.collect::<BTreeSet<u8>>(), self.model.teams);
        }
        let (Some(face), Some(table)) = (
            self.history.generations[self.model.at].face.as_deref(),
            self.model.table.as_mut(),
        ) else {
            return assert!(self.model.table.is_none() && db.table("rows").is_err());
        };
        let mut expected = Vec::new();
        for key in table.rows.keys().cloned().collect::<Vec<_>>() {
            let row = &table.rows[&key];
            let values = table.values(&self.history, row);
            let found = face
                .get(&db, &values[0])
                .unwrap_or_else(|| panic!("{key:?} is gone"));
            assert!(
                values.iter().any(|value| face.text(value) == found),
                "{key:?} at {} is {found}; the model knows {row:#?}",
                table.at
            );
            table.found(&self.history, &key, |value| face.text(value) == found);
            expected.push((key, found));
        }
        let texts = |rows: &[(Key, String)]| rows.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>();
        assert_eq!(face.all(&db), texts(&expected));
        let (from, to) = (face.random(&mut self.seed), face.random(&mut self.seed));
        assert_eq!(face.get(&db, &from).is_some(), table.rows.contains_key(&from.key));
        let within: Vec<_> = expected
            .into_iter()
            .filter(|(key, _)| (&from.key..&to.key).contains(&key))
            .collect();
        assert_eq!(
            face.range(&db, &from, &to, &mut self.seed),
            texts(&within),
            "{:?}..{:?}",
            from.key,
            to.key
        );
        let table = table.clone();
        self.ask(Source::Store(&db), &table);
    }
}

/// Checks that a refusal names the rows for which the model refuses.
fn check_refusal(refused: &Refused, error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}; expected {refused:?}");
    let text = error.to_string();
    if !refused.dangling.is_empty() {
        let rows = refused.dangling.len();
        let counted = format!("{rows} rows refer to rows of teams that aren't there");
        assert!(text.contains(&counted), "{refused:?}: {text}");
    }
    let names = |key: &Key| {
        let parts: Vec<String> = key.iter().map(|part| format!("{part:?}")).collect();
        text.contains(&format!("\n    {}: ", parts.join(", ")))
    };
    // Of each field, the first ten rows are named, and by the keys that the model knows.
    let are_all_named =
        !text.contains("\n    and ") && !text.contains(", which is on the way") && !refused.meets_between;
    for key in refused.unfit.iter().filter(|_| are_all_named) {
        assert!(names(key), "{key:?} doesn't fit and is not named: {text}");
    }
    for group in refused.meeting.iter().filter(|group| group.len() > 1) {
        let is_named = !are_all_named || !refused.unfit.is_empty() || group.iter().any(names);
        assert!(is_named, "{group:?} meet and none is named: {text}");
    }
}
