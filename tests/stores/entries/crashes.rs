//! Guards L1: the entries match the rows after a crash behind every write of a change of indexes.

use std::sync::Arc;

use quanta_storage::faults::{Fault, Faulty};
use quantadb::{Options, Result};
use serde_json::{Value as Json, json};

use super::super::documents::Store;
use super::super::support::{custom, sweep_and_check, verify};
use super::{counted, counts, entries, user, user_fields, users};

type Change<'c> = &'c dyn Fn(&Store, Options) -> Result<()>;

/// L1: cut off after every single write of a change and of the way back, the store is as it was or as it becomes, and the
/// next open finishes.
#[track_caller]
fn check_crashes(versions: &Json, expected: [&[usize]; 2]) {
    let rows: Vec<_> = (1..12)
        .map(|id| user(id, json!(format!("m{id}")), json!("Ox"), json!(["t", "u"])))
        .collect();
    let before = Store::new(versions);
    before.fill(0, &rows);
    let forward = |store: &Store, options: Options| -> Result<()> {
        let db = options.tables_of(&store.document.versions[1]).open("")?;
        db.sweep().wait().map(drop)
    };
    let back = |store: &Store, options: Options| -> Result<()> {
        let db = options.tables_of(&store.document.versions[1]).open("")?;
        db.rollback(1).map(drop)
    };
    let after = before.duplicate();
    forward(&after, custom(Arc::new(after.small.clone()))).unwrap();
    for (start, stood, stands, run) in [(&before, 0, 1, &forward as Change<'_>), (&after, 1, 0, &back)] {
        let mut cuts = 0;
        loop {
            let store = start.duplicate();
            let faulty = Faulty::new(Arc::new(store.small.clone()));
            faulty.inject(Fault::CutOff { writes: cuts });
            let result = run(&store, custom(Arc::new(faulty)));
            let looked_at = store.duplicate();
            let db = custom(Arc::new(looked_at.small.clone()))
                .entities::<()>()
                .read_only()
                .open("")
                .unwrap();
            verify(&db);
            drop(db);
            if stands == 1 || result.is_ok() {
                assert_eq!(counts(&store, stands), expected[stands], "after {cuts} writes");
            } else {
                // The way back is not taken by itself: it was, or it is not.
                let db = store.options(stood).release_hold().open("").unwrap();
                sweep_and_check(&db, &store.small.0);
                assert_eq!(
                    counted(&db, &entries(&store.small.0)),
                    expected[stood],
                    "after {cuts} writes"
                );
            }
            if result.is_ok() {
                break;
            }
            cuts += 1;
        }
        assert!(cuts > 5, "there are {cuts} writes: batches are no longer small");
    }
}

#[test]
fn l1_building_indexes_survives_a_crash_after_every_write() {
    let all = user_fields();
    let versions = json!([
        users("1", &all, &["home.city", "mail"], &json!({})),
        users("2", &all, &["unique mail", "tags[]"], &json!({})),
    ]);
    check_crashes(&versions, [&[11, 11], &[11, 22]]);
}

/// The table itself is built anew in the same open: its rows get another key, under which the indexes lead to them.
#[test]
fn l1_building_indexes_of_a_table_that_is_rebuilt_survives_a_crash_after_every_write() {
    let all = user_fields();
    let mut versions = json!([
        users("1", &all, &["home.city", "unique mail"], &json!({})),
        users(
            "2",
            &all,
            &["home.city", "unique mail desc", "tags[]"],
            &json!({})
        ),
    ]);
    versions[1]["tables"][0]["key"] = json!(["name"]);
    check_crashes(&versions, [&[11, 11], &[11, 11, 22]]);
}
