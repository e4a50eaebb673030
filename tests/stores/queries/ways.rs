//! By which way rows are found, and where pages and limits end.

use std::sync::Arc;

use quantadb::query::Entries;

use super::super::counting::{Counting, Counts};
use super::super::support::custom;
use super::*;

/// Checks by which way a query finds its rows.
#[track_caller]
fn check_way<O: Orders<Indexed>>(
    db: &Database,
    ask: impl FnOnce(&'static quantadb::query::FieldsOf<Indexed>) -> Filter<Indexed>,
    order: impl FnOnce(&'static quantadb::query::FieldsOf<Indexed>) -> O,
    expected: (Way, &[&str], bool),
) {
    let explained = db
        .query::<Indexed>()
        .filter(ask)
        .order_by(order)
        .explain()
        .unwrap();
    let (way, indexes, sorted) = expected;
    assert_eq!((explained.by, explained.sorted), (way, sorted), "{explained}");
    assert_eq!(explained.indexes, indexes, "{explained}");
}

#[test]
fn ways_are_chosen_by_what_they_find() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(7);
    db.write(|tx| {
        (0..400).try_for_each(|id| {
            let mut row = Indexed::of(&row(id, seed));
            row.name = format!("n{}", id % 100);
            row.age = Some(u8::try_from(id % 200).unwrap());
            tx.collection::<Indexed>().put(&row)
        })
    })
    .unwrap();
    let none = || Vec::<Order<Indexed>>::new();
    check_way(&db, |_| Filter::always(), |_| none(), (Way::Scan, &[], false));
    check_way(&db, |_| Filter::never(), |_| none(), (Way::Nothing, &[], false));
    check_way(&db, |u| u.id.eq(7), |_| none(), (Way::Key, &[], false));
    check_way(
        &db,
        |u| u.name.eq("n7"),
        |_| none(),
        (Way::Index, &["things_name"], false),
    );
    check_way(
        &db,
        |u| u.name.eq("n7"),
        |u| u.id.asc(),
        (Way::Index, &["things_name"], false),
    );
    check_way(
        &db,
        |u| u.name.eq("n7"),
        |u| u.age.asc(),
        (Way::Index, &["things_name"], true),
    );
    check_way(
        &db,
        |u| u.age.eq(3) & u.weight.gt(0),
        |_| none(),
        (Way::Index, &["things_age_weight"], false),
    );
    check_way(&db, |u| u.age.is_some(), |_| none(), (Way::Scan, &[], false));
    check_way(
        &db,
        |u| u.shape.Circle.is(),
        |u| u.weight.asc(),
        (Way::Scan, &[], true),
    );
    check_way(
        &db,
        |u| u.tags.contains("Oslo"),
        |_| none(),
        (Way::Index, &["things_tags"], false),
    );
    check_way(
        &db,
        |_| Filter::always(),
        |u| (u.age.asc(), u.weight.asc()),
        (Way::Index, &["things_age_weight"], false),
    );
    // A unique index lacks the rows without an age.
    check_way(
        &db,
        |_| Filter::always(),
        |u| (u.age.asc(), u.id.asc()),
        (Way::Scan, &[], true),
    );
}

#[test]
fn cursors_of_other_queries_and_texts_that_are_none_are_refused() {
    let engine = Small::default();
    let db = engine.open::<(Plain,)>().unwrap();
    let seed = &mut Seed::new(3);
    (0..9).for_each(|id| db.collection::<Plain>().put(&row(id, seed)).unwrap());
    let page = db
        .query::<Plain>()
        .order_by(|u| u.weight.asc())
        .limit(2)
        .page()
        .unwrap();
    let cursor = page.next.unwrap();
    let refused = db
        .query::<Plain>()
        .order_by(|u| u.weight.desc())
        .after(&cursor)
        .page()
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Query);
    // A cursor lives as long as the types by which its rows are ordered.
    drop(db);
    let db = engine.open::<(Indexed,)>().unwrap();
    let query = db.query::<Indexed>().order_by(|u| u.weight.asc());
    assert_eq!(query.clone().after(&cursor).count().unwrap(), 7);
    assert_eq!(query.after(&cursor).page().unwrap().rows.len(), 7);
    let text = cursor.to_string();
    for end in 0..text.len() {
        let cut = text[..end].parse::<quantadb::Cursor>();
        if let Ok(cursor) = cut {
            // The rest is a shorter key.
            assert!(
                db.query::<Indexed>()
                    .order_by(|u| u.weight.asc())
                    .after(&cursor)
                    .collect()
                    .is_ok()
            );
        }
    }
    for hostile in ["", "zz", "é", "00", "ffffffffffffffffffffffff", &"f".repeat(1001)] {
        assert_eq!(
            hostile.parse::<quantadb::Cursor>().unwrap_err().kind(),
            ErrorKind::Query,
            "{hostile}"
        );
    }
}

#[test]
fn limits_and_cursors_hold_whatever_is_asked() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(5);
    db.write(|tx| {
        (0..20).try_for_each(|id| {
            let mut row = Indexed::of(&row(id, seed));
            (row.age, row.weight) = (Some(3 + u8::try_from(id % 3).unwrap()), i32::from(id));
            tx.collection::<Indexed>().put(&row)
        })
    })
    .unwrap();
    let query = || db.query::<Indexed>();
    assert_eq!(query().limit(0).first().unwrap(), None);
    assert_eq!(query().limit(0).select(|u| u.id).first().unwrap(), None);
    assert!(query().limit(1).one().is_ok());
    // A cursor goes with its order also where only the number of rows is asked.
    let order = |u: &'static quantadb::query::FieldsOf<Indexed>| (u.age.desc(), u.weight.desc());
    let first = query()
        .filter(|u| u.age.le(5))
        .order_by(order)
        .limit(2)
        .page()
        .unwrap();
    let cursor = first.next.unwrap();
    assert!(query().order_by(order).after(&cursor).exists().unwrap());
    // A cursor of another filter doesn't widen this one.
    let behind = query()
        .filter(|u| u.age.lt(5))
        .order_by(order)
        .after(&cursor)
        .collect()
        .unwrap();
    assert!(behind.iter().all(|row| row.age < Some(5)));
    assert_eq!(
        behind.len(),
        query().filter(|u| u.age.lt(5)).collect().unwrap().len()
    );
    let order = |u: &'static quantadb::query::FieldsOf<Indexed>| (u.age.asc(), u.weight.asc());
    let first = query()
        .filter(|u| u.age.ge(4))
        .order_by(order)
        .limit(2)
        .page()
        .unwrap();
    let above = query()
        .filter(|u| u.age.gt(4))
        .order_by(order)
        .after(&first.next.unwrap())
        .collect()
        .unwrap();
    assert!(above.iter().all(|row| row.age > Some(4)));
}

/// Whatever is read of rows, or said of groups of them: they are found by the same way.
#[test]
fn fields_and_groups_are_found_as_rows_are() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(5);
    for id in 0..9 {
        let row = Indexed::of(&row(id, seed));
        db.collection::<Indexed>().put(&row).unwrap();
    }
    let query = || {
        let named = db.query::<Indexed>().filter(|u| u.name.eq("Oslo"));
        named.order_by(|u| u.weight.desc()).limit(3)
    };
    let text = || {
        let named = db.table("things").unwrap().query().filter("name = 'Oslo'");
        named.order_by("weight desc").limit(3)
    };
    let way = query().explain().unwrap();
    assert_eq!(way.indexes, ["things_name"], "{way}");
    assert_eq!(query().select(|u| (u.id, u.age)).explain().unwrap(), way);
    assert_eq!(query().group_by(|u| u.age).explain().unwrap(), way);
    assert_eq!(text().select(&["id", "age"]).explain().unwrap(), way);
    assert_eq!(text().group_by(&["age"]).explain().unwrap(), way);
    for refused in [
        text().select(&["nothing"]).explain(),
        text().group_by(&["nothing"]).explain(),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Query);
    }
}

#[test]
fn one_row_is_one() {
    let db = Small::default().open::<(Plain,)>().unwrap();
    let seed = &mut Seed::new(4);
    (0..3).for_each(|id| db.collection::<Plain>().put(&row(id, seed)).unwrap());
    let query = || db.query::<Plain>();
    assert_eq!(query().filter(|u| u.id.eq(1)).one().unwrap().id, 1);
    assert_eq!(
        query().filter(|u| u.id.eq(9)).one().unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let several = query().one().unwrap_err();
    assert_eq!(
        several.to_string(),
        "a query of table things finds several rows, where one was asked for"
    );
    assert!(db.read().unwrap().query::<Plain>().delete().is_err());
}

/// How many entries a query looks at, and how many rows it reads, beside what its explanation says was counted.
#[test]
fn few_entries_are_counted_where_one_way_finds_few() {
    let engine = Counting::default();
    let options = custom(Arc::new(engine.clone())).entities::<(Indexed,)>();
    let db = options.open("memory").unwrap();
    let seed = &mut Seed::new(9);
    db.write(|tx| {
        (0..3000).try_for_each(|id| {
            let mut row = Indexed::of(&row(id, seed));
            row.name = format!("n{}", id % 2);
            row.age = Some(u8::try_from(id / 20).unwrap());
            tx.collection::<Indexed>().put(&row)
        })
    })
    .unwrap();
    let asked = |filter: &dyn Fn(&'static quantadb::query::FieldsOf<Indexed>) -> Filter<Indexed>| {
        let query = || db.query::<Indexed>().filter(filter);
        let explained = query().explain().unwrap();
        engine.take();
        let rows = query().collect().unwrap().len() as u64;
        let Counts {
            rows_by_key,
            index_entries,
            ..
        } = engine.take();
        (
            explained.indexes,
            explained.entries,
            rows,
            rows_by_key,
            index_entries,
        )
    };
    let by = |name: &str| vec![name.to_owned()];
    // The key finds one row: 1500 others have its name.
    assert_eq!(
        asked(&|u| u.age.eq(7) & u.id.eq(147) & u.name.eq("n1")),
        (Vec::new(), Some(Entries::AtMost(1)), 1, 1, 0)
    );
    // One entry of an index, once to count it and once to read it.
    assert_eq!(
        asked(&|u| u.age.eq(7) & u.id.gt(158) & u.name.eq("n1")),
        (by("by_both"), Some(Entries::Exactly(1)), 1, 1, 2)
    );
    // 20 rows of that age, of which half have the name. Two indexes have the age, and of that with the names no more is
    // counted than would cost as much.
    assert_eq!(
        asked(&|u| u.age.eq(7) & u.name.eq("n1")),
        (by("by_both"), Some(Entries::Exactly(20)), 10, 20, 20 * 3 + 81)
    );
    // Where nothing is found, nothing else is looked for.
    assert_eq!(
        asked(&|u| u.age.eq(200) & u.name.eq("n1")),
        (by("by_both"), Some(Entries::Exactly(0)), 0, 0, 0)
    );
}

/// A key whose end no condition can be asked about: the rows of one beginning are several.
#[test]
fn the_beginning_of_a_key_finds_several_rows() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "pairs", register = false)]
    struct Pair {
        #[quanta(id = 0)]
        first: u8,
        #[quanta(id = 1)]
        second: Option<Option<u8>>,
        #[quanta(index)]
        size: u8,
    }
    let db = Small::default().open::<(Pair,)>().unwrap();
    for (first, second) in [(1, None), (1, Some(None)), (1, Some(Some(7))), (2, Some(Some(7)))] {
        let pair = Pair {
            first,
            second,
            size: 3,
        };
        db.collection::<Pair>().insert(&pair).unwrap();
    }
    let of_one = || db.query::<Pair>().filter(|pair| pair.first.eq(1));
    assert_eq!(
        (of_one().collect().unwrap().len(), of_one().count().unwrap()),
        (3, 3)
    );
    let in_both = db.query::<Pair>().filter(|pair| pair.first.is_in([1, 2]));
    assert_eq!(in_both.collect().unwrap().len(), 4);
    let sized = db.query::<Pair>().filter(|pair| pair.size.eq(3));
    assert_eq!(sized.collect().unwrap().len(), 4);
}
