//! Tables are looked at side by side before a change, and swept so after it: with any number of threads, plans, refusals and
//! stores are the same, functions of the program are called where the open is, and whoever cancels leaves the store as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::{Bound, ControlFlow};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use quanta_storage::{
    Batch, Commit, Cursor, Direction, Durability, Engine as RawEngine, KeyRange, Memory, Result as RawResult,
    Snapshot, dump_digest,
};
use quantadb::{
    Database, Destination, Entities, ErrorKind, OldRow, Options, Phase, Progress, QuantaEntity, Ref,
};

use crate::support::{custom, pass_on, verify};

mod sweeping;

/// Rows of each large table: enough for more than one thread.
const ROWS: u64 = 4200;
/// Rows of one background batch.
const BATCH_ROWS: usize = 512;
/// Rows of the tables that are too small for that.
const FEW_ROWS: u64 = 40;

/// What the rows of a table hold.
#[derive(Clone, Copy)]
struct Content {
    number: fn(u64) -> u64,
    place: fn(u64) -> u64,
}

/// All rows fit.
const FITTING: Content = Content {
    number: |id| id,
    place: |id| id / 2,
};

mod before {
    use super::*;

    /// Declares tables of one shape.
    macro_rules! tables {
        ($($name:ident in $table:literal),*) => {
            $(
                #[derive(QuantaEntity)]
                #[quanta(table = $table, register = false)]
                pub struct $name {
                    #[quanta(id)]
                    pub id: u64,
                    pub number: u64,
                    pub place: u64,
                    pub note: String,
                }

                impl $name {
                    pub fn fill(db: &Database, rows: u64, content: Content) {
                        let row = |id| Self {
                            id,
                            number: (content.number)(id),
                            place: (content.place)(id),
                            note: format!("note {}", id % 7),
                        };
                        db.write(|tx| (0..rows).try_for_each(|id| tx.collection::<Self>().put(&row(id))))
                            .unwrap();
                    }
                }
            )*
        };
    }

    tables!(Ages in "ages", Codes in "codes", Few in "few", Halves in "halves", Notes in "notes", Seats in "seats");

    pub type All = (Ages, Codes, Few, Halves, Notes, Seats);
}

mod after {
    use super::*;

    /// Its number is narrower: rows may not fit.
    #[derive(QuantaEntity)]
    #[quanta(table = "ages", register = false)]
    pub struct Ages {
        #[quanta(id)]
        pub id: u64,
        pub number: u16,
        pub place: u64,
        pub note: String,
    }

    /// Its number is unique, and its note is gone.
    #[derive(QuantaEntity)]
    #[quanta(table = "codes", register = false)]
    pub struct Codes {
        #[quanta(id)]
        pub id: u64,
        #[quanta(unique)]
        pub number: u64,
        pub place: u64,
    }

    /// As ages, with few rows.
    #[derive(QuantaEntity)]
    #[quanta(table = "few", register = false)]
    pub struct Few {
        #[quanta(id)]
        pub id: u64,
        pub number: u16,
        pub place: u64,
        pub note: String,
    }

    /// Needs a function of the program.
    #[derive(QuantaEntity)]
    #[quanta(table = "halves", register = false)]
    pub struct Halves {
        #[quanta(id)]
        pub id: u64,
        #[quanta(unique)]
        pub number: u64,
        pub place: u64,
        pub note: String,
        #[quanta(init_with = half)]
        pub half: u64,
    }

    fn half(old: &OldRow<'_>) -> Result<u64, String> {
        if is_aside() {
            return Err("it was called in another thread".to_owned());
        }
        let number: u64 = old.get("number")?;
        if number < 70_000 {
            Ok(number / 2)
        } else {
            Err(format!("{number} can't be halved"))
        }
    }

    /// Its note is gone, and its number is narrower and unique.
    #[derive(QuantaEntity)]
    #[quanta(table = "notes", register = false)]
    pub struct Notes {
        #[quanta(id)]
        pub id: u64,
        #[quanta(unique)]
        pub number: u16,
        pub place: u64,
    }

    /// Its place is one of ages.
    #[derive(QuantaEntity)]
    #[quanta(table = "seats", register = false)]
    pub struct Seats {
        #[quanta(id)]
        pub id: u64,
        pub number: u64,
        pub place: Ref<Ages>,
        pub note: String,
    }

    pub type All = (Ages, Codes, Few, Halves, Notes, Seats);
}

/// Tells whether this is a thread that looks at tables beside that of the open.
fn is_aside() -> bool {
    thread::current().name() == Some("quanta-look")
}

/// An engine that notes which spaces are read in other threads than that of the open.
#[derive(Debug, Clone, Default)]
struct Noting {
    inner: Memory,
    notes: Arc<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    /// Spaces that were looked at beside the open.
    aside: Mutex<BTreeSet<u32>>,
    /// Spaces that were translated by the sweep.
    swept: Mutex<BTreeSet<u32>>,
    /// How many threads of the sweep wait for each other, each in another space.
    meeting: Option<(usize, Barrier)>,
}

struct NotingSnapshot {
    inner: Box<dyn Snapshot>,
    notes: Arc<Notes>,
}

impl Notes {
    fn of_sweeps_that_meet(threads: usize) -> Arc<Self> {
        let meeting = Some((threads, Barrier::new(threads)));
        Arc::new(Self {
            meeting,
            ..Self::default()
        })
    }

    /// Notes that rows of a space are read.
    fn note(&self, space: u32) {
        if is_aside() {
            self.aside.lock().unwrap().insert(space);
        }
        if thread::current().name() == Some("quanta-sweep-ahead") {
            let mut swept = self.swept.lock().unwrap();
            let (is_first, spaces) = (swept.insert(space), swept.len());
            drop(swept);
            if let Some((threads, barrier)) = &self.meeting
                && is_first
                && spaces <= *threads
            {
                barrier.wait();
            }
        }
    }
}

impl Snapshot for NotingSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> RawResult<bool> {
        self.inner.get(key, read)
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> RawResult<Box<dyn Cursor>> {
        if let Bound::Included([0x06, space @ ..]) = range.bounds().0 {
            self.notes
                .note(u32::from_be_bytes(space[..4].try_into().unwrap()));
        }
        self.inner.scan(range, direction)
    }
}

impl RawEngine for Noting {
    pass_on!(inner: name, get, commit, flush, disk_bytes);

    fn snapshot(&self) -> RawResult<Box<dyn Snapshot>> {
        Ok(Box::new(NotingSnapshot {
            inner: self.inner.snapshot()?,
            notes: Arc::clone(&self.notes),
        }))
    }

    fn batch_rows_max(&self) -> usize {
        BATCH_ROWS
    }
}

impl Noting {
    /// Makes a store with all tables as they are before. Rows of `halves` always fit where those of the others don't.
    fn filled(rows: u64, content: Content) -> Self {
        let engine = Self::default();
        let db = engine.options::<before::All>(1).open("memory").unwrap();
        before::Ages::fill(&db, rows, content);
        before::Codes::fill(&db, rows, content);
        before::Few::fill(&db, FEW_ROWS, content);
        before::Halves::fill(&db, FEW_ROWS, content);
        before::Notes::fill(&db, rows, content);
        before::Seats::fill(&db, rows, content);
        engine
    }

    fn fork(&self) -> Self {
        Self {
            inner: self.inner.fork(),
            notes: Arc::default(),
        }
    }

    fn options<E: Entities>(&self, threads: usize) -> Options {
        custom(Arc::new(self.clone()))
            .entities::<E>()
            .clock(|| 0)
            .threads(NonZeroUsize::new(threads).unwrap())
    }

    fn digest(&self) -> [u8; 32] {
        dump_digest(self.inner.snapshot().unwrap().as_ref()).unwrap()
    }

    /// Says how many spaces were read aside since it was asked.
    fn spaces_aside(&self) -> usize {
        std::mem::take(&mut *self.notes.aside.lock().unwrap()).len()
    }
}

/// What comes of a change, in words.
#[derive(Debug, PartialEq)]
struct Outcome {
    plan: String,
    opened: String,
    digest: [u8; 32],
}

fn outcome(engine: &Noting, threads: usize) -> Outcome {
    let plan = engine.options::<after::All>(threads).plan("memory").unwrap();
    let opened = match engine.options::<after::All>(threads).open("memory") {
        Ok(db) => {
            verify(&db);
            format!("{:#?}", db.open_report().plan)
        }
        Err(error) => format!("{:?}: {error}", error.kind()),
    };
    Outcome {
        plan: format!("{plan:#?}"),
        opened,
        digest: engine.digest(),
    }
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let wide = |id| if id % 400 == 9 { 70_000 + id } else { id };
    let twice = |id| if id % 500 == 7 { id - 1 } else { id };
    let cases = [
        ("all fits", FITTING, None),
        (
            "numbers are too large in several tables",
            Content {
                number: wide,
                ..FITTING
            },
            Some("rows don't fit"),
        ),
        (
            "numbers are there twice in several tables, and places are nowhere",
            Content {
                number: twice,
                place: |id| id * 3,
            },
            Some("is unique"),
        ),
    ];
    for (name, content, refused) in cases {
        let engine = Noting::filled(ROWS, content);
        let one = engine.fork();
        let alone = outcome(&one, 1);
        assert_eq!(one.spaces_aside(), 0, "{name}");
        match refused {
            None => assert!(!alone.opened.contains("Refused"), "{name}: {}", alone.opened),
            Some(why) => assert!(alone.opened.contains(why), "{name}: {}", alone.opened),
        }
        for threads in [2, 3, 16] {
            let several = engine.fork();
            let found = outcome(&several, threads);
            assert_eq!(found, alone, "{name}, {threads} threads");
            // Those with rows that may not fit are, of which one has few.
            assert!(several.spaces_aside() >= 4, "{name}, {threads} threads");
        }
    }
}

#[test]
fn small_tables_are_looked_at_where_the_open_is() {
    let engine = Noting::filled(FEW_ROWS, FITTING);
    drop(engine.options::<after::All>(8).open("memory").unwrap());
    assert_eq!(engine.spaces_aside(), 0);
}

#[test]
fn a_way_back_is_looked_at_side_by_side_too() {
    let engine = Noting::filled(ROWS, FITTING);
    drop(engine.options::<after::All>(1).open("memory").unwrap());
    let mut found = BTreeSet::new();
    for threads in [1, 4] {
        let engine = engine.fork();
        let options = || engine.options::<after::All>(threads);
        let plan = options().plan_travel("memory", &Destination::Back(1)).unwrap();
        assert_eq!(engine.spaces_aside() > 1, threads > 1, "{threads} threads");
        options().open("memory").unwrap().rollback(1).unwrap();
        found.insert((format!("{plan:#?}"), engine.digest()));
    }
    assert_eq!(found.len(), 1);
}

/// Opens a store with a hook that ends the open at a report, counted from 0. Returns what was told.
fn told_until(engine: &Noting, report: usize) -> (quantadb::Result<()>, Vec<Progress>) {
    let (told, here) = (Arc::new(Mutex::new(Vec::new())), thread::current().id());
    let (seen, count) = (Arc::clone(&told), AtomicUsize::new(0));
    let options = engine.options::<after::All>(4).progress(move |progress| {
        assert_eq!(
            thread::current().id(),
            here,
            "the hook is called where the open is"
        );
        seen.lock().unwrap().push(progress.clone());
        match count.fetch_add(1, Ordering::Relaxed) == report {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    let opened = options.open("memory").map(drop);
    let told = std::mem::take(&mut *told.lock().unwrap());
    (opened, told)
}

#[test]
fn progress_of_each_table_never_falls_and_ends_with_done() {
    let engine = Noting::filled(ROWS, FITTING);
    let (opened, told) = told_until(&engine, usize::MAX);
    opened.unwrap();
    let stages = check_stages(told);
    let checked = stages.keys().filter(|(phase, _)| *phase == Phase::Check);
    let checked: Vec<&str> = checked.map(|(_, table)| table.as_str()).collect();
    assert_eq!(checked, ["ages", "few", "notes"]);
    let held = stages.keys().filter(|(phase, _)| *phase == Phase::Constraints);
    let held: Vec<&str> = held.map(|(_, table)| table.as_str()).collect();
    assert_eq!(held, ["codes", "halves", "notes", "seats"]);
}

/// Checks what is told of each phase of each table.
fn check_stages(told: Vec<Progress>) -> BTreeMap<(Phase, String), Vec<Progress>> {
    let mut stages: BTreeMap<(Phase, String), Vec<Progress>> = BTreeMap::new();
    for progress in told {
        let stage = stages.entry((progress.phase, progress.table.clone()));
        stage.or_default().push(progress);
    }
    for (stage, told) in &stages {
        assert_eq!(told[0].rows_done, 0, "{stage:?}");
        assert!(told.last().unwrap().is_done, "{stage:?}");
        for pair in told.windows(2) {
            assert!(!pair[0].is_done, "{pair:?}");
            assert!(pair[0].rows_done <= pair[1].rows_done, "{pair:?}");
            assert!(pair[0].fraction() <= pair[1].fraction(), "{pair:?}");
        }
    }
    stages
}

#[test]
fn an_open_is_cancelled_while_tables_are_looked_at() {
    let engine = Noting::filled(ROWS, FITTING);
    let (opened, told) = told_until(&engine.fork(), usize::MAX);
    opened.unwrap();
    let looks = told
        .iter()
        .filter(|progress| matches!(progress.phase, Phase::Check | Phase::Constraints));
    let looks = looks.count();
    assert!(looks > 30, "{looks} reports");
    let reports = [0, 1, 2, 3, looks / 4, looks / 2, looks - 3];
    for report in reports {
        let engine = engine.fork();
        let digest = engine.digest();
        let (opened, told) = told_until(&engine, report);
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(told.len(), report + 1, "nothing is told after that");
        let last = told.last().unwrap();
        if last.phase == Phase::Check {
            assert_eq!(engine.digest(), digest, "cancelled at {last:?}");
        }
        let (opened, _) = told_until(&engine, usize::MAX);
        opened.unwrap();
    }
}
