//! Guards L1: cut off after any single write, a store holds the old state or the new one, and goes on.

use std::sync::Arc;

use quanta_storage::Engine as _;
use quanta_storage::faults::{Fault, Faulty};
use quantadb::{ErrorKind, Options, Result};

use crate::generations::{Generation, lifted, one, row_one, row_two, texts, three, two};
use crate::support::{Places, Small, Work, check_records, custom, sweep_and_check};

/// One step of the scenario. Each has one moment at which the old state becomes the new one.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Opens with a generation: creates, changes, or takes up what was taken back.
    Open(Generation),
    Write(Generation, fn(&quantadb::Database) -> Result<()>),
    Sweep(Generation),
    Rollback(Generation, Generation),
}

use Generation::{One, Three, Two};

const SCENARIO: &[Step] = &[
    Step::Open(One),
    Step::Write(One, |db| {
        db.write(|tx| (1..7).try_for_each(|id| tx.collection::<one::Item>().put(&row_one(id))))
    }),
    Step::Open(Two),
    Step::Write(Two, write_unswept),
    Step::Sweep(Two),
    Step::Write(Two, |db| {
        db.write(|tx| tx.collection::<two::Item>().put(&renamed(1, "one")))
    }),
    Step::Open(Three),
    Step::Write(Three, |db| {
        db.write(|tx| {
            let items = tx.collection::<three::Item>();
            items.put(&lifted(row_two(6), "changed"))?;
            items.put(&lifted(row_two(8), "born above"))
        })
    }),
    Step::Sweep(Three),
    Step::Rollback(Three, Two),
    Step::Sweep(Two),
    Step::Rollback(Two, One),
    Step::Sweep(One),
    Step::Write(One, |db| {
        db.write(|tx| {
            let items = tx.collection::<one::Item>();
            items.put(&one::Item {
                note: Some("later".to_owned()),
                ..row_one(6)
            })?;
            items.put(&one::Item {
                score: 2.25,
                nick: "two".to_owned(),
                ..row_one(2)
            })?;
            items.delete(&4).map(drop)
        })
    }),
    Step::Open(Two),
    Step::Sweep(Two),
    Step::Open(Three),
    Step::Sweep(Three),
];

fn renamed(id: u64, name: &str) -> two::Item {
    two::Item {
        name: name.to_owned(),
        ..row_two(id)
    }
}

/// Replaces, deletes, adds, and adds anew under the key of a deleted row, before any row was swept.
fn write_unswept(db: &quantadb::Database) -> Result<()> {
    db.write(|tx| {
        let items = tx.collection::<two::Item>();
        items.put(&renamed(2, "two"))?;
        items.delete(&3)?;
        items.put(&two::Item {
            score: 9.5,
            ..row_two(4)
        })?;
        items.delete(&5)?;
        items.put(&row_two(5))?;
        items.put(&row_two(7))
    })
}

/// The rows after each step, as the rules of docs/migrations.md give them.
fn expected(step: usize) -> Vec<String> {
    let twos = |one: &str| {
        vec![
            renamed(1, one),
            renamed(2, "two"),
            two::Item {
                score: 9.5,
                ..row_two(4)
            },
            row_two(5),
            row_two(6),
            row_two(7),
        ]
    };
    let threes = || -> Vec<three::Item> {
        twos("one")
            .into_iter()
            .map(|row| lifted(row.clone(), &row.name.to_uppercase()))
            .collect()
    };
    let above = || {
        let mut rows = threes();
        rows[4].shout = "changed".to_owned();
        rows.push(lifted(row_two(8), "born above"));
        rows
    };
    let below = || {
        let born_later = |id: u64| one::Item {
            note: None,
            score: f64::from(row_two(id).score),
            ..row_one(id)
        };
        vec![
            one::Item {
                nick: "one".to_owned(),
                ..row_one(1)
            },
            one::Item {
                nick: "two".to_owned(),
                ..row_one(2)
            },
            one::Item {
                score: 9.5,
                ..row_one(4)
            },
            born_later(5),
            row_one(6),
            born_later(7),
            born_later(8),
        ]
    };
    let again = || {
        let mut rows = twos("one");
        rows[1].score = 2.25;
        rows.remove(2);
        rows.push(row_two(8));
        rows
    };
    match step {
        0 => Vec::new(),
        1 => texts((1..7).map(row_one)),
        2 => texts((1..7).map(row_two)),
        3 | 4 => texts(twos("nick 1")),
        5 => texts(twos("one")),
        6 => texts(threes()),
        7 | 8 => texts(above()),
        9 | 10 => texts(above().into_iter().map(|row| two::Item {
            id: row.id,
            name: row.name,
            age: row.age,
            score: row.score,
            home: row.home,
            tags: row.tags,
            rank: row.rank,
        })),
        11 | 12 => texts(below()),
        13 => {
            let mut rows = below();
            rows[1].score = 2.25;
            rows[4].note = Some("later".to_owned());
            rows.remove(2);
            texts(rows)
        }
        14 | 15 => texts(again()),
        _ => {
            let mut rows: Vec<three::Item> = again()
                .into_iter()
                .map(|row| lifted(row.clone(), &row.name.to_uppercase()))
                .collect();
            rows[3].shout = "changed".to_owned();
            rows[5].shout = "born above".to_owned();
            texts(rows)
        }
    }
}

impl Step {
    fn generations(self) -> (Option<Generation>, Generation) {
        match self {
            Self::Open(to) => (None, to),
            Self::Write(at, _) | Self::Sweep(at) => (Some(at), at),
            Self::Rollback(from, to) => (Some(from), to),
        }
    }

    /// Runs the step; does again what it takes if it was cut off.
    fn run(self, options: &dyn Fn() -> Options, stands_at: Option<Generation>) -> Result<()> {
        let open = |generation: Generation| generation.entities(options()).release_hold().open("memory");
        match self {
            Self::Open(to) => open(to).map(drop),
            Self::Write(at, write) => write(&open(at)?),
            Self::Sweep(at) => open(at)?.sweep().wait().map(drop),
            // A rollback is not run twice.
            Self::Rollback(_, to) if stands_at == Some(to) => Ok(()),
            Self::Rollback(from, _) => open(from)?.rollback(1).map(drop),
        }
    }
}

/// Where a store stands, looked at on a duplicate, so that nothing is mended.
fn stands_at(engine: &Small) -> Option<Generation> {
    let copy = engine.duplicate();
    let digest = copy.digest();
    let db = match copy.options::<()>().read_only().open("memory") {
        Ok(db) => db,
        // Not even the marker was written.
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
            return None;
        }
    };
    let generation = Generation::of(&db);
    assert_eq!(digest, copy.digest(), "reading changed the store");
    if generation.is_some() {
        check_records(
            copy.0.snapshot().unwrap().as_ref(),
            &Places::of(&db),
            Work::MayBeLeft,
        );
        crate::support::verify(&db);
    }
    generation
}

/// Runs the scenario from a step on, and checks the rows after each.
fn finish(engine: &Small, from: usize) -> Vec<&'static str> {
    let options = || custom(Arc::new(engine.clone()));
    for (position, step) in SCENARIO.iter().enumerate().skip(from) {
        step.run(&options, stands_at(engine)).unwrap();
        let (_, after) = step.generations();
        let db = after.entities(options()).open("memory").unwrap();
        assert_eq!(
            after.rows(&db),
            expected(position),
            "after step {position}, {step:?}"
        );
        if matches!(step, Step::Sweep(_)) {
            sweep_and_check(&db, &engine.0);
        }
    }
    let db = Three.entities(options()).open("memory").unwrap();
    db.history()
        .unwrap()
        .records
        .iter()
        .map(|record| record.kind.name())
        .collect()
}

#[test]
fn l1_the_scenario_itself_follows_the_merge_rules() {
    let kinds = finish(&Small::default(), 0);
    assert_eq!(
        kinds,
        [
            "create", "auto", "auto", "rollback", "rollback", "reapply", "reapply"
        ]
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    /// The process ends: what was written stays.
    Process,
    /// The power goes: what was not synced is gone.
    Power,
}

/// Runs the scenario until the engine is cut off; returns what survives and the step that failed.
fn run_until(writes: u64, crash: Crash) -> (Small, usize) {
    let survivor = Small::default();
    let faulty = Faulty::new(Arc::new(survivor.clone()));
    faulty.inject(Fault::CutOff { writes });
    let options = || custom(Arc::new(faulty.clone()));
    let failed = SCENARIO.iter().position(|step| match step.run(&options, None) {
        Ok(()) => false,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Storage, "{step:?}: {error}");
            true
        }
    });
    if crash == Crash::Power {
        faulty.lose_unsynced().unwrap();
    }
    (
        survivor,
        failed.expect("the scenario makes more writes than that"),
    )
}

fn count_writes() -> u64 {
    let faulty = Faulty::new(Arc::new(Small::default()));
    for step in SCENARIO {
        step.run(&|| custom(Arc::new(faulty.clone())), None).unwrap();
    }
    faulty.writes()
}

/// Cuts off after every single write, and opens with the program from before or from after the step.
fn check_every_cut(crash: Crash) {
    let writes = count_writes();
    assert!(
        writes > 40,
        "the scenario makes {writes} writes: its batches are no longer small"
    );
    for cut in 0..writes {
        let (survivor, failed) = run_until(cut, crash);
        let stands = stands_at(&survivor);
        let step = SCENARIO[failed];
        let before = failed
            .checked_sub(1)
            .map(|before| SCENARIO[before].generations().1);
        let (_, after) = step.generations();
        assert!(
            stands == before || stands == Some(after),
            "cut {cut} in {step:?}: the store stands at {stands:?}"
        );
        for opener in before.into_iter().chain([after]) {
            let engine = survivor.duplicate();
            check_first_open(&engine, (failed, cut), opener, stands);
            let kinds = finish(&engine, failed);
            assert_eq!(
                kinds,
                [
                    "create", "auto", "auto", "rollback", "rollback", "reapply", "reapply"
                ],
                "cut {cut} in {step:?}, opened with {opener:?}"
            );
        }
    }
}

/// Opens for the first time after a cut.
fn check_first_open(
    engine: &Small,
    (failed, cut): (usize, u64),
    opener: Generation,
    stands: Option<Generation>,
) {
    let opened = opener.entities(custom(Arc::new(engine.clone()))).open("memory");
    let place = format!(
        "cut {cut} in step {failed}, {:?}, opened with {opener:?}",
        SCENARIO[failed]
    );
    match opened {
        Ok(db) => {
            let rows = opener.rows(&db);
            let is_old = failed > 0 && rows == expected(failed - 1);
            let is_new = rows == expected(failed);
            assert!(
                is_old || is_new,
                "{place}: the rows are neither old nor new: {rows:#?}"
            );
            let is_at_end = stands.is_some_and(|stands| stands != opener);
            assert!(!is_at_end || is_new, "{place}: the change did not finish");
            // Whatever was begun is taken up or taken away, whether or not anyone changes something.
            let copy = engine.duplicate();
            let db = opener
                .entities(custom(Arc::new(copy.clone())))
                .open("memory")
                .unwrap();
            sweep_and_check(&db, &copy.0);
        }
        Err(error) => {
            let older = matches!(error.kind(), ErrorKind::Older | ErrorKind::Held);
            assert!(older && stands != Some(opener), "{place}: {error}");
        }
    }
}

#[test]
fn l1_crash_after_every_write() {
    check_every_cut(Crash::Process);
}

#[test]
fn l1_power_loss_after_every_write() {
    check_every_cut(Crash::Power);
}
