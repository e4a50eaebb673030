//! Questions of the rows as the model has them, and transactions that ask and write.

use std::collections::BTreeSet;

use quantadb::{Error, ErrorKind};

use super::asking::{Expected, Source};
use super::face::{Change, Face, Write, seed_of};
use super::history::{Cell, History, Teams, Then};
use super::question::{Condition, Question, Turn, View};
use super::referring::TEAMS;
use super::run::Run;
use super::table::{Model, Table};

/// Questions after each step, and in each transaction between its writes.
const QUESTIONS: usize = 2;

impl Table {
    /// Lists the rows as they are now.
    pub fn cells(&self, history: &History) -> Vec<Cell> {
        let cell = |row| self.values(history, row).remove(0);
        self.rows.values().map(cell).collect()
    }

    /// Writes a row unless that is refused.
    fn write(&mut self, history: &History, row: &Cell) -> Result<(), ErrorKind> {
        if self.has_value_of(history, row) {
            return Err(ErrorKind::NotUnique);
        }
        self.put(history, row);
        Ok(())
    }

    fn insert(&mut self, history: &History, row: &Cell) -> Result<(), ErrorKind> {
        if self.rows.contains_key(&row.key) {
            return Err(ErrorKind::KeyExists);
        }
        self.write(history, row)
    }

    /// Does what a change does, and counts its rows.
    pub fn change(&mut self, history: &History, face: &dyn Face, change: &Change) -> Result<u64, ErrorKind> {
        let found = |table: &Self, question: &Question| {
            let mut rows = question.answer(&face.views(), &table.cells(history));
            rows.truncate(question.limit);
            rows
        };
        let mut count = 0;
        match change {
            Change::One(Write::Insert, row) => self.insert(history, row).map(|()| 1),
            Change::One(Write::Delete, row) => Ok(u64::from(self.delete(&row.key))),
            Change::One(Write::Update, row) if !self.rows.contains_key(&row.key) => Ok(0),
            Change::One(_, row) => self.write(history, row).map(|()| 1),
            Change::InsertMany(rows) => {
                let all = rows.iter().try_for_each(|row| self.insert(history, row));
                all.map(|()| rows.len() as u64)
            }
            Change::PutMany(rows) => {
                let all = rows.iter().try_for_each(|row| self.write(history, row));
                all.map(|()| rows.len() as u64)
            }
            Change::DeleteMany(rows) => {
                rows.iter()
                    .for_each(|row| count += u64::from(self.delete(&row.key)));
                Ok(count)
            }
            Change::Team(..) => unreachable!("it is no write of rows"),
            Change::DeleteFound(question) => {
                let rows = found(self, question);
                rows.iter()
                    .for_each(|row| count += u64::from(self.delete(&row.key)));
                Ok(count)
            }
            Change::UpdateFound(question, salt) => {
                let rows = found(self, question);
                let mut changed = rows
                    .iter()
                    .map(|row| face.touched(row, &mut seed_of(*salt, &row.key)));
                changed.try_for_each(|row| self.write(history, &row))?;
                Ok(rows.len() as u64)
            }
        }
    }
}

/// What a transaction comes to.
struct Course {
    table: Table,
    teams: BTreeSet<u8>,
    /// Teams that were deleted.
    gone: BTreeSet<u8>,
    /// Why it can't be committed.
    broken: Option<ErrorKind>,
}

impl Course {
    fn of(model: &Model) -> Option<Self> {
        Some(Self {
            table: model.table.clone()?,
            teams: model.teams.clone(),
            gone: BTreeSet::new(),
            broken: None,
        })
    }

    fn change(&mut self, history: &History, face: &dyn Face, change: &Change) -> Result<u64, ErrorKind> {
        match change {
            Change::Team(Write::Delete, id) => {
                let was_there = self.teams.remove(id);
                self.gone.extend(was_there.then_some(*id));
                Ok(u64::from(was_there))
            }
            Change::Team(_, id) => {
                self.teams.insert(*id);
                Ok(1)
            }
            _ => self.table.change(history, face, change),
        }
    }

    /// Does what deletions of teams do to rows, and holds all rows to their references.
    fn settle(&mut self, history: &History) -> Result<(), ErrorKind> {
        let Some(reference) = history.generations[self.table.at].reference else {
            return Ok(());
        };
        for row in self.table.cells(history) {
            let team =
                (reference.team)(&row).filter(|team| self.gone.contains(team) && !self.teams.contains(team));
            match (team, reference.then) {
                (None, _) => {}
                (Some(_), Then::Restrict) => return Err(ErrorKind::Restricted),
                (Some(_), Then::Cascade) => drop(self.table.delete(&row.key)),
                (Some(_), Then::SetNull(without)) => self.table.put(history, &without(&row)),
            }
        }
        let dangling = self.table.dangling(history, &self.teams);
        dangling.first().map_or(Ok(()), |_| Err(ErrorKind::Dangling))
    }
}

impl Run {
    /// Asks some questions of all rows.
    pub fn ask(&mut self, source: Source<'_>, table: &Table) {
        let face = self.history.generations[table.at].face.as_deref().unwrap();
        let (views, rows) = (face.views(), table.cells(&self.history));
        for _ in 0..QUESTIONS {
            let mut like = rows.clone();
            like.push(face.random(&mut self.seed));
            let question = Question::random(&mut self.seed, &views, &like);
            let rows = question.answer(&views, &rows);
            let expected = Expected {
                question: &question,
                views: &views,
                texts: rows.iter().map(|row| face.text(row)).collect(),
                rows,
                key_fields: face.key_fields(),
            };
            face.ask(source, &expected);
        }
    }

    /// Writes and asks in one transaction, which may be given up.
    pub fn write_together(&mut self) {
        let Some(mut course) = Course::of(&self.model) else {
            return;
        };
        let db = self.open();
        let is_given_up = self.seed.one_in(4);
        self.log.push("begin".to_owned());
        let written = db.write(|transaction| {
            let source = Source::Transaction(&db, transaction);
            for _ in 0..=self.seed.below(5) {
                self.change_within(source, &mut course)?;
                self.ask(source, &course.table);
            }
            if is_given_up {
                return Err(Error::new(ErrorKind::Input, "given up"));
            }
            Ok(())
        });
        let given_up = course.broken.or(is_given_up.then_some(ErrorKind::Input));
        let expected = given_up.map_or_else(|| course.settle(&self.history), Err);
        self.log.push(format!("end: {expected:?}"));
        assert_eq!(written.map_err(|error| error.kind()), expected);
        self.commit(course, expected);
    }

    fn commit(&mut self, course: Course, ended: Result<(), ErrorKind>) {
        if ended.is_ok() {
            self.model.table = Some(course.table);
            self.model.teams = course.teams;
        }
    }

    /// Writes many rows at once, or those that a query finds: all of them, or none.
    pub fn write_at_once(&mut self) {
        let Some(mut course) = Course::of(&self.model) else {
            return;
        };
        let db = self.open();
        let change = self.change(&course.table);
        let face = self.face().unwrap();
        let changed = course.change(&self.history, face, &change);
        let expected = changed.and_then(|count| course.settle(&self.history).map(|()| count));
        let written = face.change(Source::Store(&db), &change);
        assert_eq!(written.map_err(|error| error.kind()), expected);
        self.commit(course, expected.map(drop));
    }

    fn change_within(&mut self, source: Source<'_>, course: &mut Course) -> quantadb::Result<()> {
        let change = self.change(&course.table);
        let face = self.face().unwrap();
        let expected = course.change(&self.history, face, &change);
        let done = face.change(source, &change);
        let kind = done.as_ref().map(|count| *count).map_err(Error::kind);
        assert_eq!(kind, expected);
        match done {
            // One row that was not written leaves the transaction as it was.
            Err(_) if matches!(change, Change::One(..)) => Ok(()),
            Err(error) => {
                course.broken = Some(error.kind());
                Err(error)
            }
            Ok(_) => Ok(()),
        }
    }

    fn change(&mut self, table: &Table) -> Change {
        let face = self.history.generations[table.at].face.as_deref().unwrap();
        let views = face.views();
        let rows = table.cells(&self.history);
        let seed = &mut self.seed;
        let mut row = || match rows.as_slice() {
            [] => face.random(seed),
            rows if seed.one_in(2) => {
                let row = seed.choose(rows).clone();
                face.touched(&row, seed)
            }
            _ => face.random(seed),
        };
        let one = row();
        let many = vec![row(), row(), one.clone()];
        let write = *seed.choose(&[Write::Put, Write::Insert, Write::Update, Write::Delete]);
        let has_teams = self.history.teams == Teams::Beside;
        let change = match seed.below(12) {
            6..=8 if has_teams => {
                let write = *seed.choose(&[Write::Put, Write::Put, Write::Delete]);
                Change::Team(write, u8::try_from(seed.below(TEAMS.into())).unwrap())
            }
            0 => Change::InsertMany((0..3).map(|_| face.random(seed)).collect()),
            1 => Change::PutMany(many),
            2 => Change::DeleteMany(many),
            3 => Change::DeleteFound(found(seed, face, &views, &[one])),
            4 | 5 if face.updates_found() => {
                let salt = seed.next_number();
                let like: Vec<Cell> = rows.iter().chain([&one]).cloned().collect();
                Change::UpdateFound(found(seed, face, &views, &like), salt)
            }
            _ => Change::One(write, one),
        };
        self.log.push(format!("{change:?}"));
        change
    }
}

/// Asks for rows in the order of their keys.
fn found(seed: &mut quanta_core::Seed, face: &dyn Face, views: &[View], like: &[Cell]) -> Question {
    Question {
        condition: Some(Condition::random(seed, views, like, 1)),
        order: (0..face.key_fields()).map(|at| (at, Turn::Ascending)).collect(),
        ..Question::random(seed, views, like)
    }
}
