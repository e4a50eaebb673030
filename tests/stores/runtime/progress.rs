//! What a program is told of long work, and how it ends it: at every report in turn, the store is as it was, and the next
//! open finishes.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use quantadb::{Error, OnOlder, Phase, Progress};

use crate::support::verify;

use super::*;

/// What changes the key of [`two::Item`], holds it to a new unique index, and drops what it keeps.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "items", register = false)]
struct Moved {
    #[quanta(unique)]
    id: u64,
    #[quanta(id)]
    name: String,
    age: u32,
    #[quanta(index)]
    rank: u8,
}

/// What is told while `work` runs.
type Told = Arc<Mutex<Vec<Progress>>>;

fn listening(options: Options) -> (Options, Told) {
    let told = Told::default();
    let seen = Arc::clone(&told);
    let options = options.progress(move |progress| {
        seen.lock().unwrap().push(progress.clone());
        ControlFlow::Continue(())
    });
    (options, told)
}

/// Ends the work at a report, counted from 0.
fn ending_at(options: Options, report: usize) -> Options {
    let count = AtomicUsize::new(0);
    options.progress(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) == report {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
}

fn cancelled(result: quantadb::Result<Database>) -> Option<Error> {
    let error = result.err()?;
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    Some(error)
}

/// Rows at the second generation that kept values on their way there.
fn at_two(count: u64) -> Small {
    let engine = filled(count);
    drop(engine.open::<(two::Item,)>().unwrap());
    engine
}

fn moved(count: u64) -> Vec<String> {
    let rows = (0..count).map(row_two).map(|row| Moved {
        id: row.id,
        name: row.name,
        age: row.age,
        rank: row.rank,
    });
    texts(rows)
}

/// Cancels an open at every report, and opens the store afterwards with the program of before and with the new one.
fn cancel_everywhere<E: QuantaEntity + std::fmt::Debug>(expected: &[String], reports_min: usize)
where
    (E,): quantadb::Entities,
{
    let start = at_two(9);
    let before = rows::<two::Item>(&start.duplicate().open::<(two::Item,)>().unwrap());
    let mut reports = 0;
    loop {
        let engine = start.duplicate();
        let result = ending_at(engine.options::<(E,)>(), reports).open("memory");
        let Some(error) = cancelled(result) else { break };
        assert!(error.to_string().contains("table items"), "{error}");
        let older = engine.duplicate();
        let db = older.open::<(two::Item,)>().unwrap();
        assert_eq!(rows::<two::Item>(&db), before, "after report {reports}");
        sweep_and_check(&db, &older);
        drop(db);
        for engine in [engine, older] {
            let db = engine.open::<(E,)>().unwrap();
            assert_eq!(rows::<E>(&db), expected, "after report {reports}");
            sweep_and_check(&db, &engine);
            assert_eq!(rows::<E>(&db), expected, "swept after report {reports}");
            db.rollback(1).unwrap();
            let db = engine.open::<(two::Item,)>().unwrap();
            assert_eq!(rows::<two::Item>(&db), before, "back after report {reports}");
        }
        reports += 1;
    }
    assert!(
        reports >= reports_min,
        "the change tells of itself {reports} times"
    );
}

#[test]
fn l5_an_open_that_builds_is_cancelled_at_every_report() {
    cancel_everywhere::<three::Item>(&Generation::Three.unwritten(0..9), 6);
}

#[test]
fn l5_an_open_that_moves_rows_and_fills_indexes_is_cancelled_at_every_report() {
    cancel_everywhere::<Moved>(&moved(9), 20);
}

#[test]
fn l5_what_is_built_and_filled_goes_on_where_it_was_cancelled() {
    for phase in [Phase::Rekey, Phase::Index] {
        let engine = at_two(9);
        let options = engine.options::<(Moved,)>().progress(move |progress| {
            if progress.phase == phase && progress.rows_done >= 4 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        cancelled(options.open("memory")).unwrap();
        let (options, told) = listening(engine.options::<(Moved,)>());
        let db = options.open("memory").unwrap();
        let told = told.lock().unwrap();
        let first = told.iter().find(|progress| progress.phase == phase).unwrap();
        assert_eq!((first.rows_done, first.rows_resumed), (4, 4));
        check_told(&told);
        assert_eq!(rows::<Moved>(&db), moved(9));
        sweep_and_check(&db, &engine);
    }
}

#[test]
fn l5_a_rollback_is_cancelled_and_other_handles_go_on_writing() {
    let start = at_two(9);
    drop(start.open::<(Moved,)>().unwrap());
    let mut reports = 0;
    loop {
        let engine = start.duplicate();
        let db = ending_at(engine.options::<(Moved,)>(), reports)
            .open("memory")
            .unwrap();
        let other = db.clone();
        let error = match db.rollback(1) {
            Ok(_) => break,
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert_eq!(rows::<Moved>(&other), moved(9));
        // What was built for the rollback doesn't have this row.
        let late = Moved {
            id: 40,
            name: "late".to_owned(),
            age: 3,
            rank: 1,
        };
        other.collection::<Moved>().insert(&late).unwrap();
        other.collection::<Moved>().delete("nick 0").unwrap();
        drop(other);
        // The program of before takes the store back by itself.
        let older = engine.duplicate();
        let options = older.options::<(two::Item,)>().on_older(OnOlder::RollBack);
        drop(options.open("memory").unwrap());
        let db = engine.open::<(Moved,)>().unwrap();
        db.rollback(1).unwrap();
        for engine in [engine, older] {
            let db = engine.open::<(two::Item,)>().unwrap();
            let items = db.collection::<two::Item>();
            assert_eq!(items.len().unwrap(), 9, "after report {reports}");
            assert_eq!(items.get(&40).unwrap().unwrap().name, "late");
            assert_eq!(items.get(&0).unwrap(), None);
            assert_eq!(items.get(&8).unwrap(), Some(row_two(8)));
            sweep_and_check(&db, &engine);
        }
        reports += 1;
    }
    assert!(reports >= 5, "the rollback tells of itself {reports} times");
}

#[test]
fn l5_a_rollback_after_a_cancelled_one_in_the_same_process_carries_what_was_written_between() {
    let engine = at_two(9);
    drop(engine.open::<(Moved,)>().unwrap());
    let is_first = AtomicUsize::new(0);
    let options = engine.options::<(Moved,)>().progress(move |progress| {
        if progress.phase == Phase::Rekey && is_first.fetch_add(1, Ordering::Relaxed) == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let db = options.open("memory").unwrap();
    let error = db.clone().rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    db.collection::<Moved>().delete("nick 0").unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(two::Item,)>().unwrap();
    assert_eq!(db.collection::<two::Item>().get(&0).unwrap(), None);
    assert_eq!(db.collection::<two::Item>().len().unwrap(), 8);
    sweep_and_check(&db, &engine);
}

#[test]
fn l5_a_panic_of_the_hook_changes_nothing() {
    let engine = at_two(9);
    let before = rows::<two::Item>(&engine.open::<(two::Item,)>().unwrap());
    for phase in [Phase::Check, Phase::Rekey, Phase::Constraints, Phase::Index] {
        let options = engine.options::<(Moved,)>().progress(move |progress| {
            assert!(progress.phase != phase, "nobody wants to know");
            ControlFlow::Continue(())
        });
        let error = options.open("memory").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
        assert!(error.to_string().contains("nobody wants to know"), "{error}");
        let db = engine.open::<(two::Item,)>().unwrap();
        assert_eq!(rows::<two::Item>(&db), before);
        verify(&db);
    }
    assert_eq!(rows::<Moved>(&engine.open::<(Moved,)>().unwrap()), moved(9));
}

#[test]
fn l5_a_plan_is_cancelled_and_changes_nothing() {
    let engine = at_two(9);
    let digest = engine.digest();
    let error = ending_at(engine.options::<(Moved,)>(), 2)
        .plan("memory")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
    assert_eq!(engine.digest(), digest);
}

#[test]
fn l5_a_cancelled_sweep_goes_on_when_it_is_asked_for_again() {
    let engine = at_two(9);
    let db = ending_at(engine.options::<(two::Item,)>(), 3)
        .open("memory")
        .unwrap();
    assert_eq!(db.sweep().wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..9));
    sweep_and_check(&db, &engine);
    assert_eq!(rows::<two::Item>(&db), Generation::Two.unwritten(0..9));
}

/// Checks what is told of each phase of each table, and returns the phases in order.
fn check_told(told: &[Progress]) -> Vec<Phase> {
    let mut phases: Vec<Vec<&Progress>> = Vec::new();
    for progress in told {
        match phases.last_mut() {
            Some(phase) if phase[0].phase == progress.phase => phase.push(progress),
            _ => phases.push(vec![progress]),
        }
    }
    for phase in &phases {
        let (first, last) = (phase[0], phase[phase.len() - 1]);
        assert_eq!(first.table, "items");
        assert_eq!(first.rows_done, first.rows_resumed, "{first:?}");
        assert!(last.is_done, "{last:?}");
        assert_eq!(
            (last.rows_total.rows(), last.fraction()),
            (Some(last.rows_done), Some(1.0))
        );
        assert_eq!(last.remaining(), Some(std::time::Duration::ZERO), "{last:?}");
        for pair in phase.windows(2) {
            assert!(!pair[0].is_done, "{pair:?}");
            assert!(pair[0].rows_done <= pair[1].rows_done, "{pair:?}");
            assert!(pair[0].elapsed <= pair[1].elapsed, "{pair:?}");
            assert!(pair[0].fraction() <= pair[1].fraction(), "{pair:?}");
            assert!(pair[1].fraction() <= Some(1.0), "{pair:?}");
            assert!(
                pair[1]
                    .rows_total
                    .rows()
                    .is_none_or(|total| pair[1].rows_done <= total)
            );
        }
    }
    phases.iter().map(|phase| phase[0].phase).collect()
}

#[test]
fn l6_progress_never_falls_and_ends_with_done() {
    let engine = at_two(200);
    let (options, told) = listening(engine.options::<(Moved,)>());
    let db = options.open("memory").unwrap();
    let phases = check_told(&told.lock().unwrap());
    assert_eq!(
        phases,
        [Phase::Check, Phase::Rekey, Phase::Constraints, Phase::Index]
    );
    let rows_told = told
        .lock()
        .unwrap()
        .iter()
        .filter(|told| told.is_done)
        .map(|told| told.rows_done)
        .collect::<Vec<_>>();
    assert_eq!(rows_told, [200; 4]);
    told.lock().unwrap().clear();
    db.rollback(1).unwrap();
    assert!(check_told(&told.lock().unwrap()).contains(&Phase::Rekey));
}

#[test]
fn l6_the_sweep_tells_how_far_it_is() {
    let engine = at_two(200);
    let (options, told) = listening(engine.options::<(two::Item,)>());
    let db = options.open("memory").unwrap();
    let progress = db.sweep().wait().unwrap();
    assert_eq!((progress.rows_seen, progress.rows_total.rows()), (200, Some(200)));
    assert_eq!(progress.fraction(), Some(1.0));
    assert_eq!(check_told(&told.lock().unwrap()), [Phase::Sweep]);
    assert!(told.lock().unwrap().len() > 100, "one report for each batch");
}
