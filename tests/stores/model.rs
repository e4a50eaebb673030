//! Guards laws 3 to 5 at the level of stores: random writes, changes, rollbacks, sweeps and crashes against a model
//! that is written from the merge rules of design.md, and crosses every row at once.
//!
//! `QUANTA_CASES` says how many stores are tried; without it, few are. A failure names its case: run it again with
//! `QUANTA_CASE`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use quanta_core::Seed;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Database, ErrorKind, OnOlder, QuantaEntity, QuantaType};

use crate::generations::rounded;
use crate::support::{Places, Small, Work, check_records, custom, sweep_and_check, verify};

/// Makes one generation of the table.
macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name {
            #[quanta(id)]
            id: u16,
            $($field)*
        }
    };
}

#[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
enum Colour {
    #[quanta(default)]
    Red,
    Blue,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Entry {
    size: u16,
    label: String,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Slim {
    size: u32,
}

// A is the root; B is its child, C is B's, D is A's.
generation! { A { nick: String, level: u8, note: String, score: f64, entries: BTreeMap<String, Entry>, marks: Vec<f64> } }
generation! { B {
    #[quanta(renamed_from = "nick")]
    name: String,
    level: u32,
    score: f32,
    #[quanta(new, default = 5)]
    extra: i32,
    entries: BTreeMap<String, Slim>,
    marks: Vec<f32>,
} }
generation! { C {
    name: Option<String>,
    level: u32,
    score: f32,
    #[quanta(new)]
    flag: bool,
    entries: BTreeMap<String, Slim>,
    marks: Vec<f32>,
} }
generation! { D {
    nick: String,
    level: u16,
    note: Option<String>,
    score: f64,
    #[quanta(new)]
    colour: Colour,
    entries: BTreeMap<String, Entry>,
} }

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    A,
    B,
    C,
    D,
}

const ALL: [At; 4] = [At::A, At::B, At::C, At::D];

impl At {
    fn parent(self) -> Option<Self> {
        match self {
            Self::A => None,
            Self::B | Self::D => Some(Self::A),
            Self::C => Some(Self::B),
        }
    }

    fn revision(self) -> u64 {
        self as u64 + 1
    }

    /// The versions to pass on the way to another, that one last.
    fn way_to(self, to: Self) -> Vec<Self> {
        let ancestors = |from: Self| std::iter::successors(Some(from), |at| at.parent()).collect::<Vec<_>>();
        let (down, up) = (ancestors(self), ancestors(to));
        let meeting = *down
            .iter()
            .find(|at| up.contains(at))
            .expect("A is the root of all");
        // Each version that is left on the way down leads to its parent.
        let left = down.into_iter().take_while(|at| *at != meeting);
        let mut way: Vec<Self> = left.filter_map(Self::parent).collect();
        let above: Vec<Self> = up.into_iter().take_while(|at| *at != meeting).collect();
        way.extend(above.into_iter().rev());
        way
    }
}

/// The present value of a row.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    A(A),
    B(B),
    C(C),
    D(D),
}

/// What B can't hold of an A: note, score, labels of the entries, marks.
type LostAtB = (String, f64, BTreeMap<String, String>, Vec<f64>);

/// What a row left behind at each edge, on either way.
#[derive(Debug, Clone, Default)]
struct Kept {
    up_b: Option<LostAtB>,
    /// B to A: extra.
    down_b: Option<i32>,
    /// B to C: extra.
    up_c: Option<i32>,
    /// C to B: flag.
    down_c: Option<bool>,
    /// A to D: marks.
    up_d: Option<Vec<f64>>,
    /// D to A: colour.
    down_d: Option<Colour>,
}

#[derive(Debug, Clone)]
struct Row {
    value: Value,
    kept: Kept,
}

/// The model of a store: every row is carried at once when the head moves.
#[derive(Debug, Clone)]
struct Model {
    at: At,
    rows: BTreeMap<u16, Row>,
}

/// An original returns only if it still gives the present value, bit for bit.
fn original(kept: Option<f64>, present: f32) -> f64 {
    kept.filter(|kept| rounded(*kept).to_bits() == present.to_bits())
        .unwrap_or_else(|| f64::from(present))
}

/// In order, each takes the first unused original that gives it.
fn originals(mut kept: Vec<f64>, present: &[f32]) -> Vec<f64> {
    let take = |mark: &f32| {
        let found = kept
            .iter()
            .position(|kept| rounded(*kept).to_bits() == mark.to_bits());
        found.map_or_else(|| f64::from(*mark), |position| kept.remove(position))
    };
    present.iter().map(take).collect()
}

impl Row {
    /// Carries the row over one edge; none if it doesn't fit.
    fn cross(&self, to: At) -> Option<Self> {
        let mut kept = self.kept.clone();
        let value = match (self.value.clone(), to) {
            (Value::A(row), At::B) => {
                let labels = row
                    .entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), entry.label.clone()));
                kept.up_b = Some((row.note, row.score, labels.collect(), row.marks.clone()));
                Value::B(B {
                    id: row.id,
                    name: row.nick,
                    level: row.level.into(),
                    score: rounded(row.score),
                    extra: kept.down_b.take().unwrap_or(5),
                    entries: row
                        .entries
                        .into_iter()
                        .map(|(key, entry)| {
                            (
                                key,
                                Slim {
                                    size: entry.size.into(),
                                },
                            )
                        })
                        .collect(),
                    marks: row.marks.into_iter().map(rounded).collect(),
                })
            }
            (Value::B(row), At::A) => {
                kept.down_b = Some(row.extra);
                let (note, score, mut labels, marks) = kept.up_b.take().map_or_else(
                    || (String::new(), None, BTreeMap::new(), Vec::new()),
                    |(note, score, labels, marks)| (note, Some(score), labels, marks),
                );
                let entry = |(key, slim): (String, Slim)| {
                    let label = labels.remove(&key).unwrap_or_default();
                    Some((
                        key,
                        Entry {
                            size: slim.size.try_into().ok()?,
                            label,
                        },
                    ))
                };
                Value::A(A {
                    id: row.id,
                    nick: row.name,
                    level: row.level.try_into().ok()?,
                    note,
                    score: original(score, row.score),
                    entries: row.entries.into_iter().map(entry).collect::<Option<_>>()?,
                    marks: originals(marks, &row.marks),
                })
            }
            (Value::B(row), At::C) => {
                kept.up_c = Some(row.extra);
                let B {
                    id,
                    name,
                    level,
                    score,
                    entries,
                    marks,
                    ..
                } = row;
                let flag = kept.down_c.take().unwrap_or(false);
                Value::C(C {
                    id,
                    name: Some(name),
                    level,
                    score,
                    flag,
                    entries,
                    marks,
                })
            }
            (Value::C(row), At::B) => {
                kept.down_c = Some(row.flag);
                let C {
                    id,
                    name,
                    level,
                    score,
                    entries,
                    marks,
                    ..
                } = row;
                // What is left to rows born above is the last default of the field.
                let extra = kept.up_c.take().unwrap_or(5);
                Value::B(B {
                    id,
                    name: name?,
                    level,
                    score,
                    extra,
                    entries,
                    marks,
                })
            }
            (Value::A(row), At::D) => {
                kept.up_d = Some(row.marks);
                Value::D(D {
                    id: row.id,
                    nick: row.nick,
                    level: row.level.into(),
                    note: Some(row.note),
                    score: row.score,
                    colour: kept.down_d.take().unwrap_or(Colour::Red),
                    entries: row.entries,
                })
            }
            (Value::D(row), At::A) => {
                kept.down_d = Some(row.colour);
                Value::A(A {
                    id: row.id,
                    nick: row.nick,
                    level: row.level.try_into().ok()?,
                    note: row.note?,
                    score: row.score,
                    entries: row.entries,
                    marks: kept.up_d.take().unwrap_or_default(),
                })
            }
            (value, to) => panic!("there is no edge from {value:?} to {to:?}"),
        };
        Some(Self { value, kept })
    }
}

impl Model {
    /// Carries all rows; the keys of those that don't fit, if there are any.
    fn travel(&self, to: At) -> Result<Self, Vec<u16>> {
        let mut rows = BTreeMap::new();
        let mut unfit = Vec::new();
        for (id, row) in &self.rows {
            let carried = self
                .at
                .way_to(to)
                .into_iter()
                .try_fold(row.clone(), |row, at| row.cross(at));
            match carried {
                Some(row) => drop(rows.insert(*id, row)),
                None => unfit.push(*id),
            }
        }
        if unfit.is_empty() {
            Ok(Self { at: to, rows })
        } else {
            Err(unfit)
        }
    }

    fn put(&mut self, id: u16, value: Value) {
        match self.rows.get_mut(&id) {
            Some(row) => row.value = value,
            None => drop(self.rows.insert(
                id,
                Row {
                    value,
                    kept: Kept::default(),
                },
            )),
        }
    }
}

fn text(seed: &mut Seed) -> String {
    (*seed.choose(&["", "a", "bee", "ß", "a longer text that takes more room"])).to_owned()
}

fn number(seed: &mut Seed) -> f64 {
    // 0.1 and 16777217 are no f32; two f64 round to 0.1.
    *seed.choose(&[
        0.0,
        -0.0,
        0.1,
        0.100_000_000_1,
        1.5,
        16_777_217.0,
        1e300,
        f64::NEG_INFINITY,
    ])
}

/// A level that fits everywhere, and now and then one that fits only above.
fn level(seed: &mut Seed) -> u32 {
    if seed.one_in(12) {
        *seed.choose(&[256, 300, 65_536])
    } else {
        u32::try_from(seed.below(256)).unwrap()
    }
}

fn size(seed: &mut Seed) -> u32 {
    if seed.one_in(30) {
        70_000
    } else {
        u32::try_from(seed.below(1000)).unwrap()
    }
}

fn keyed<T>(seed: &mut Seed, make: impl Fn(&mut Seed) -> T) -> BTreeMap<String, T> {
    (0..seed.below(3))
        .map(|_| ((*seed.choose(&["k", "l", "m"])).to_owned(), make(seed)))
        .collect()
}

fn marks(seed: &mut Seed) -> Vec<f64> {
    (0..seed.below(4)).map(|_| number(seed)).collect()
}

/// A random row of a generation.
fn value(at: At, id: u16, seed: &mut Seed) -> Value {
    let slim = |seed: &mut Seed| Slim { size: size(seed) };
    let entry = |seed: &mut Seed| Entry {
        size: u16::try_from(seed.below(1000)).unwrap(),
        label: text(seed),
    };
    match at {
        At::A => Value::A(A {
            id,
            nick: text(seed),
            level: u8::try_from(seed.below(256)).unwrap(),
            note: text(seed),
            score: number(seed),
            entries: keyed(seed, entry),
            marks: marks(seed),
        }),
        At::B => Value::B(B {
            id,
            name: text(seed),
            level: level(seed),
            score: rounded(number(seed)),
            extra: *seed.choose(&[5, -1, 7]),
            entries: keyed(seed, slim),
            marks: marks(seed).into_iter().map(rounded).collect(),
        }),
        At::C => Value::C(C {
            id,
            name: (!seed.one_in(12)).then(|| text(seed)),
            level: level(seed),
            score: rounded(number(seed)),
            flag: seed.one_in(2),
            entries: keyed(seed, slim),
            marks: marks(seed).into_iter().map(rounded).collect(),
        }),
        At::D => Value::D(D {
            id,
            nick: text(seed),
            level: u16::try_from(level(seed).min(300)).unwrap(),
            note: (!seed.one_in(12)).then(|| text(seed)),
            score: number(seed),
            colour: *seed.choose(&[Colour::Red, Colour::Blue]),
            entries: keyed(seed, entry),
        }),
    }
}

/// Changes some fields of a row and leaves the others.
fn touched(row: &Value, seed: &mut Seed) -> Value {
    let mut row = row.clone();
    match &mut row {
        Value::A(row) => match seed.below(4) {
            0 => row.nick = text(seed),
            1 => row.score = number(seed),
            2 => drop(row.entries.pop_first()),
            _ => row.marks.reverse(),
        },
        Value::B(row) => match seed.below(5) {
            0 => row.name = text(seed),
            1 => row.score = rounded(number(seed)),
            2 => drop(row.entries.pop_last()),
            3 => row.marks.push(0.1),
            _ => row.extra += 1,
        },
        Value::C(row) => match seed.below(4) {
            0 => row.flag = !row.flag,
            1 => row.level = level(seed),
            2 => row.marks.reverse(),
            _ => drop(row.entries.insert("k".to_owned(), Slim { size: 1 })),
        },
        Value::D(row) => match seed.below(4) {
            0 => row.colour = Colour::Blue,
            1 => row.note = Some(text(seed)),
            2 => row.score = number(seed),
            _ => row.entries.clear(),
        },
    }
    row
}

/// Runs a body with the struct of a generation.
macro_rules! with {
    ($at:expr, $entity:ident => $body:expr) => {
        match $at {
            At::A => {
                type $entity = A;
                $body
            }
            At::B => {
                type $entity = B;
                $body
            }
            At::C => {
                type $entity = C;
                $body
            }
            At::D => {
                type $entity = D;
                $body
            }
        }
    };
}

/// Runs a body with the row inside of a value.
macro_rules! with_row {
    ($value:expr, $row:ident => $body:expr) => {
        match $value {
            Value::A($row) => $body,
            Value::B($row) => $body,
            Value::C($row) => $body,
            Value::D($row) => $body,
        }
    };
}

fn shown(value: &Value) -> String {
    with_row!(value, row => format!("{row:?}"))
}

/// Reads everything in every way, and compares it with the model.
fn check_rows<E: QuantaEntity<Key = u16> + Debug>(db: &Database, model: &Model, seed: &mut Seed) {
    let rows = db.collection::<E>();
    let text = |row: quantadb::Result<E>| format!("{:?}", row.unwrap());
    for id in 0..IDS {
        let found = rows.get(&id).unwrap().map(|row| format!("{row:?}"));
        let expected = model.rows.get(&id).map(|row| shown(&row.value));
        assert_eq!(
            found,
            expected,
            "row {id} at {:?}; the model knows {:?}",
            model.at,
            model.rows.get(&id)
        );
        assert_eq!(rows.contains(&id).unwrap(), expected.is_some());
    }
    let all: Vec<String> = model.rows.values().map(|row| shown(&row.value)).collect();
    assert_eq!(rows.iter().map(text).collect::<Vec<_>>(), all);
    assert_eq!(rows.len().unwrap(), all.len() as u64);
    let view = db.read().unwrap();
    let mut backward: Vec<String> = view.collection::<E>().iter().rev().map(text).collect();
    backward.reverse();
    assert_eq!(backward, all);
    // A range from both ends at once, in turns.
    let (start, end) = (
        u16::try_from(seed.below(12)).unwrap(),
        u16::try_from(seed.below(12)).unwrap(),
    );
    let expected: Vec<String> = if start <= end {
        model
            .rows
            .range(start..end)
            .map(|(_, row)| shown(&row.value))
            .collect()
    } else {
        Vec::new()
    };
    let mut range = rows.range(start..end);
    let (mut front, mut back) = (Vec::new(), Vec::new());
    loop {
        let next = if seed.one_in(2) {
            range.next().map(|row| front.push(text(row)))
        } else {
            range.next_back().map(|row| back.push(text(row)))
        };
        if next.is_none() {
            break;
        }
    }
    back.reverse();
    front.extend(back);
    assert_eq!(front, expected, "range {start}..{end}");
}

/// Puts a row in the place of one that is there, field by field as programs do.
fn replace<E: QuantaEntity<Key = u16> + Clone>(db: &Database, id: u16, row: &E) -> bool {
    let updated = db.collection::<E>().update(&id, |stored| stored.clone_from(row));
    updated.unwrap().is_some()
}

const IDS: u16 = 10;

/// A store and its model, and how the store is being used.
struct Run {
    engine: Small,
    model: Model,
    seed: Seed,
    log: Vec<String>,
}

impl Run {
    fn new(case: u64) -> Self {
        let engine = Small::default();
        for at in ALL {
            if at == At::D {
                // D is made as a child of A: the first three are there by then.
                engine.open::<(C,)>().unwrap().rollback(1).unwrap();
                engine.open::<(B,)>().unwrap().rollback(1).unwrap();
                drop(engine.open::<(A,)>().unwrap());
            }
            drop(with!(at, E => engine.open::<(E,)>()).unwrap());
        }
        let model = Model {
            at: At::D,
            rows: BTreeMap::new(),
        };
        Self {
            engine,
            model,
            seed: Seed::new(case),
            log: Vec::new(),
        }
    }

    fn open(&self, at: At) -> quantadb::Result<Database> {
        self.open_on(Arc::new(self.engine.clone()), at)
    }

    fn open_on(&self, engine: Arc<dyn quanta_storage::Engine>, at: At) -> quantadb::Result<Database> {
        let options = custom(engine).release_hold().on_older(OnOlder::RollBack);
        with!(at, E => options.entities::<(E,)>()).open("memory")
    }

    fn step(&mut self) {
        match self.seed.below(20) {
            0..=9 => self.write(),
            10..=13 => self.go(),
            14 => self.go_by_revision(),
            15 | 16 => {
                self.log.push("sweep".to_owned());
                sweep_and_check(&self.open(self.model.at).unwrap(), &self.engine);
            }
            17 => self.sweep_in_part(),
            _ => self.crash(),
        }
    }

    /// Several writes in one transaction, or each for itself.
    fn write(&mut self) {
        let db = self.open(self.model.at).unwrap();
        for _ in 0..=self.seed.below(4) {
            let id = u16::try_from(self.seed.below(IDS.into())).unwrap();
            let present = self.model.rows.get(&id).map(|row| row.value.clone());
            let at = self.model.at;
            let new = match &present {
                Some(present) if self.seed.one_in(2) => touched(present, &mut self.seed),
                _ => value(at, id, &mut self.seed),
            };
            let what = self.seed.below(4);
            self.log.push(format!("write {what} {}", shown(&new)));
            match (what, present) {
                (0, present) => {
                    let was_there = with!(at, E => db.collection::<E>().delete(&id)).unwrap();
                    assert_eq!(was_there, present.is_some());
                    self.model.rows.remove(&id);
                }
                (1, present) => {
                    let inserted = with_row!(&new, row => db.collection().insert(row));
                    match present {
                        Some(_) => assert_eq!(inserted.unwrap_err().kind(), ErrorKind::KeyExists),
                        None => {
                            inserted.unwrap();
                            self.model.put(id, new);
                        }
                    }
                }
                (2, Some(_)) => {
                    let updated = with_row!(&new, row => replace(&db, id, row));
                    assert!(updated);
                    self.model.put(id, new);
                }
                (3, Some(_)) => {
                    // Deleted and written anew in one transaction: nothing is inherited.
                    with_row!(&new, row => db.write(|tx| {
                        let rows = tx.collection();
                        rows.delete(&id)?;
                        assert!(rows.get(&id)?.is_none());
                        rows.insert(row)?;
                        assert_eq!(rows.get(&id)?.as_ref().map(|row| format!("{row:?}")), Some(format!("{row:?}")));
                        Ok(())
                    }))
                    .unwrap();
                    self.model.rows.remove(&id);
                    self.model.put(id, new);
                }
                _ => {
                    with_row!(&new, row => db.collection().put(row)).unwrap();
                    self.model.put(id, new);
                }
            }
        }
    }

    /// Opens at another generation.
    fn go(&mut self) {
        let to = *self.seed.choose(&ALL);
        self.log.push(format!("open {to:?}"));
        let digest = self.engine.digest();
        let opened = self.open(to);
        self.arrived(to, digest, opened.map(drop));
    }

    fn go_by_revision(&mut self) {
        let to = *self.seed.choose(&ALL);
        self.log.push(format!("migrate to {to:?}"));
        let digest = self.engine.digest();
        let travelled = self.open(self.model.at).unwrap().migrate_to(to.revision());
        self.arrived(to, digest, travelled.map(drop));
    }

    fn arrived(&mut self, to: At, digest: [u8; 32], result: quantadb::Result<()>) {
        match (self.model.travel(to), result) {
            (Ok(model), Ok(())) => self.model = model,
            (Err(unfit), Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                let text = error.to_string();
                for id in unfit {
                    assert!(
                        text.contains(&format!("\n    {id}: ")),
                        "row {id} doesn't fit and is not named: {text}"
                    );
                }
                assert_eq!(self.engine.digest(), digest, "a refused change changed the store");
            }
            (Ok(_), Err(error)) => panic!("going to {to:?} was refused: {error}"),
            (Err(unfit), Ok(())) => panic!("going to {to:?} was done, and rows {unfit:?} don't fit"),
        }
    }

    /// A sweep that ends after some batches.
    fn sweep_in_part(&mut self) {
        let faulty = Faulty::new(Arc::new(self.engine.clone()));
        let db = self.open_on(Arc::new(faulty.clone()), self.model.at).unwrap();
        let writes = faulty.writes() + self.seed.below(5) as u64;
        self.log.push(format!("sweep until write {writes}"));
        faulty.inject(Fault::CutOff { writes });
        let _ = db.sweep().wait();
        drop(db);
        if self.seed.one_in(2) {
            self.log
                .push(format!("lose {} writes", faulty.lose_unsynced().unwrap()));
        }
    }

    /// A crash while going somewhere: the old state or the new one.
    fn crash(&mut self) {
        let to = *self.seed.choose(&ALL);
        let faulty = Faulty::new(Arc::new(self.engine.clone()));
        let writes = self.seed.below(8) as u64;
        self.log
            .push(format!("crash at write {writes} on the way to {to:?}"));
        faulty.inject(Fault::CutOff { writes });
        if let Ok(db) = self.open_on(Arc::new(faulty.clone()), to) {
            let _ = db.sweep().wait();
        }
        if self.seed.one_in(2) {
            faulty.lose_unsynced().unwrap();
        }
        let db = self.engine.open::<()>().unwrap();
        let version = db.head().tables.values().next().unwrap().state.version;
        let stands = ALL[version as usize - 1];
        assert!(
            stands == to || stands == self.model.at,
            "on the way to {to:?} it stands at {stands:?}"
        );
        if stands != self.model.at {
            self.model = self
                .model
                .travel(stands)
                .expect("rows that don't fit are refused");
        }
    }

    fn check(&mut self) {
        let db = self.open(self.model.at).unwrap();
        with!(self.model.at, E => check_rows::<E>(&db, &self.model, &mut self.seed));
        check_records(
            quanta_storage::Engine::snapshot(&self.engine).unwrap().as_ref(),
            &Places::of(&db),
            Work::MayBeLeft,
        );
        verify(&db);
    }
}

fn run(case: u64) {
    let mut run = Run::new(case);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run.check();
        for _ in 0..60 {
            run.step();
            run.check();
        }
    }));
    if outcome.is_err() {
        panic!("case {case} failed after:\n{}", run.log.join("\n"));
    }
}

#[test]
fn j3_stores_follow_the_model() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match (number("QUANTA_CASE"), number("QUANTA_CASES")) {
        (Some(case), _) => run(case),
        (None, cases) => (0..cases.unwrap_or(40)).for_each(run),
    }
}
