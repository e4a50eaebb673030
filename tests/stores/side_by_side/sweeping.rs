//! The sweep of several tables at once: it ends where one thread ends, also paused, cancelled, and beside writers.

use std::sync::OnceLock;
use std::sync::mpsc::channel;

use quantadb::SweepHandle;

use super::*;

/// Tables whose rows the sweep rewrites: the rows of another one were carried before.
const ROWS_SWEPT: u64 = 3 * ROWS + FEW_ROWS;

/// A store that is open after the change, with nothing swept, and what it is once all is.
fn unswept() -> (Noting, [u8; 32]) {
    let engine = Noting::filled(ROWS, FITTING);
    drop(engine.options::<after::All>(1).open("memory").unwrap());
    let swept = engine.fork();
    let db = swept.options::<after::All>(1).open("memory").unwrap();
    assert_eq!(db.sweep().wait().unwrap().rows_rewritten, ROWS_SWEPT);
    (engine, swept.digest())
}

#[test]
fn tables_are_swept_side_by_side() {
    let (engine, swept) = unswept();
    for threads in [2, 3] {
        let mut engine = engine.fork();
        engine.notes = Notes::of_sweeps_that_meet(threads);
        let db = engine.options::<after::All>(threads).open("memory").unwrap();
        let progress = db.sweep().wait().unwrap();
        assert_eq!(
            (progress.rows_seen, progress.rows_rewritten),
            (ROWS_SWEPT, ROWS_SWEPT)
        );
        assert_eq!((progress.is_done, progress.fraction()), (true, Some(1.0)));
        assert_eq!(engine.digest(), swept, "{threads} threads");
        verify(&db);
    }
}

#[test]
fn a_sweep_of_several_tables_is_cancelled_and_goes_on() {
    let (engine, swept) = unswept();
    for report in [0, 1, 2, 5, 9] {
        let engine = engine.fork();
        let (told, count) = (Arc::new(Mutex::new(Vec::new())), AtomicUsize::new(0));
        let seen = Arc::clone(&told);
        let options = engine.options::<after::All>(4).progress(move |progress| {
            assert_eq!(thread::current().name(), Some("quanta-sweep"));
            seen.lock().unwrap().push(progress.clone());
            if count.fetch_add(1, Ordering::Relaxed) == report {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        let db = options.open("memory").unwrap();
        let error = db.sweep().wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(
            told.lock().unwrap().len(),
            report + 1,
            "nothing is told after that"
        );
        told.lock().unwrap().clear();
        assert!(db.sweep().wait().unwrap().is_done);
        check_stages(std::mem::take(&mut *told.lock().unwrap()));
        assert_eq!(engine.digest(), swept, "cancelled at report {report}");
    }
}

#[test]
fn a_sweep_of_several_tables_is_paused_while_others_write() {
    let (engine, _) = unswept();
    let (slot, count) = (Arc::new(OnceLock::<SweepHandle>::new()), AtomicUsize::new(0));
    let (paused, told) = channel();
    let handle = Arc::clone(&slot);
    let options = engine.options::<after::All>(4).progress(move |progress| {
        assert_eq!(progress.phase, Phase::Sweep);
        let sweep = handle.wait();
        if count.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
            sweep.pause();
            let _ = paused.send(());
        }
        ControlFlow::Continue(())
    });
    let db = options.open("memory").unwrap();
    let sweep = db.sweep();
    slot.set(sweep.clone()).unwrap();
    for round in 0..2 {
        told.recv().unwrap();
        let progress = sweep.progress();
        assert!(!progress.is_done, "{progress:?}");
        write_some(&db, 10 + round);
        sweep.resume();
    }
    // From then on, others write whether it is paused or not.
    let resumed = sweep.clone();
    let resuming = thread::spawn(move || told.into_iter().for_each(|()| resumed.resume()));
    (0..20).for_each(|round| write_some(&db, 100 + round));
    assert!(sweep.wait().unwrap().is_done);
    verify(&db);
    assert!(
        db.inspect()
            .unwrap()
            .tables
            .iter()
            .all(|table| !table.is_sweep_pending)
    );
    let ages = db.collection::<after::Ages>();
    assert_eq!(ages.len().unwrap(), ROWS);
    for age in ages.iter() {
        let age = age.unwrap();
        let place = age.id % 400;
        let is_written = (10..12).contains(&place) || (100..120).contains(&place);
        let expected = if is_written { place } else { age.id };
        assert_eq!(u64::from(age.number), expected, "row {}", age.id);
    }
    drop((ages, db));
    resuming.join().unwrap();
}

/// Writes rows of two tables, which are told by their number.
fn write_some(db: &Database, number: u16) {
    let ids = (0..ROWS).filter(|id| id % 400 == u64::from(number));
    db.write(|tx| {
        ids.clone().try_for_each(|id| {
            let note = "written".to_owned();
            tx.collection::<after::Ages>().put(&after::Ages {
                id,
                number,
                place: 0,
                note,
            })?;
            tx.collection::<after::Codes>().delete(&id).map(drop)
        })
    })
    .unwrap();
}

#[test]
fn a_damaged_row_stops_the_sweep_of_its_table_alone() {
    let (whole, _) = unswept();
    for threads in [1, 2, 3] {
        let engine = whole.fork();
        let rows = KeyRange::prefix(&[0x06]);
        let snapshot = engine.inner.snapshot().unwrap();
        let mut cursor = snapshot.scan(&rows, Direction::Forward).unwrap();
        let (key, value) = cursor.next().unwrap().unwrap();
        let mut batch = Batch::new();
        batch.put(key, &value[..2]);
        drop(cursor);
        assert_eq!(engine.commit(&batch, Durability::Sync).unwrap(), Commit::Done);
        let db = engine.options::<after::All>(threads).open("memory").unwrap();
        let error = db.sweep().wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        let tables = db.inspect().unwrap().tables;
        let unswept = tables.iter().filter(|table| table.rows_unswept() > 0);
        let unswept: Vec<&str> = unswept.map(|table| table.name.as_str()).collect();
        assert_eq!(unswept, ["ages"], "{threads} threads");
    }
}
