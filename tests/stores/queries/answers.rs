//! One question asked in every way, of rows of one version and of two, and in transactions.

use super::conditions::{condition, order, plain_condition};
use super::*;

fn asked<'a>(
    query: Query<'a, Indexed>,
    filter: &Filter<Indexed>,
    order: Option<&Vec<Order<Indexed>>>,
) -> Query<'a, Indexed> {
    let query = query.filter(|_| filter.clone());
    match order {
        Some(order) => query.order_by(|_| order.clone()),
        None => query,
    }
}

/// Asks one question in every way, and compares the answers with those of the rows in memory.
fn check_one(db: &Database, rows: &BTreeMap<u16, Plain>, seed: &mut Seed) {
    let condition = condition(seed, 3);
    let (order_said, order, less) = order(seed);
    let said = format!("{} by {order_said}", condition.said);
    let mut expected: Vec<&Plain> = rows.values().filter(|row| (condition.holds)(row)).collect();
    expected.sort_by(|one, other| less(one, other));
    let ids: Vec<u16> = expected.iter().map(|row| row.id).collect();
    let query = || asked(db.query(), &condition.filter, order.as_ref());
    let explained = || query().explain().unwrap().to_string();
    let sorted = |mut ids: Vec<u16>| {
        // Without an order, rows come in any.
        if order.is_none() {
            ids.sort_unstable();
        }
        ids
    };
    let found: Vec<Indexed> = query().collect().unwrap();
    for row in &found {
        assert_eq!(*row, Indexed::of(&rows[&row.id]));
    }
    assert_eq!(
        sorted(found.iter().map(|row| row.id).collect()),
        ids,
        "{said}\n{}",
        explained()
    );
    assert_eq!(
        query().count().unwrap(),
        ids.len() as u64,
        "{said}\n{}",
        explained()
    );
    assert_eq!(query().exists().unwrap(), !ids.is_empty(), "{said}");
    let sum: i128 = expected.iter().map(|row| i128::from(row.weight)).sum();
    assert_eq!(query().sum(|u| u.weight).unwrap(), sum, "{said}");
    let lowest = expected.iter().filter_map(|row| row.age).min();
    assert_eq!(query().min(|u| u.age).unwrap().flatten(), lowest, "{said}");
    let highest = expected.iter().map(|row| row.weight).max();
    assert_eq!(query().max(|u| u.weight).unwrap(), highest, "{said}");
    let mut groups: BTreeMap<Option<u8>, u64> = BTreeMap::new();
    expected
        .iter()
        .for_each(|row| *groups.entry(row.age).or_default() += 1);
    assert_eq!(
        query().group_by(|u| u.age).count().unwrap(),
        groups.into_iter().collect::<Vec<_>>(),
        "{said}"
    );
    let (offset, limit) = (seed.below(5), seed.below(7));
    let some = query()
        .offset(offset as u64)
        .limit(limit as u64)
        .select(|u| (u.id, u.place.city))
        .collect()
        .unwrap();
    if order.is_some() {
        let expected = expected.iter().skip(offset).take(limit);
        let expected = expected.map(|row| (row.id, row.place.as_ref().map(|place| place.city.clone())));
        assert_eq!(
            some,
            expected.collect::<Vec<_>>(),
            "{said}, {limit} from {offset}\n{}",
            explained()
        );
    } else {
        assert_eq!(some.len(), ids.len().saturating_sub(offset).min(limit));
    }
    check_text(db, (&condition.said, order_said), &query);
    let pages = pages(&query, seed.below(4) as u64 + 1);
    assert_eq!(pages, ids, "{said}, in pages\n{}", explained());
    assert_eq!(
        db.read()
            .unwrap()
            .query::<Indexed>()
            .filter(|_| condition.filter.clone())
            .count()
            .unwrap(),
        ids.len() as u64
    );
}

/// Asks the same question as text: the way, the rows and their order have to be the same.
fn check_text(db: &Database, (filter, order): (&str, &str), typed: &dyn Fn() -> Query<'static, Indexed>) {
    let things = db.table("things").unwrap();
    let ordered = |query: DynamicQuery<'static>| match order {
        "" => query,
        order => query.order_by(order),
    };
    let query = || ordered(things.query().filter(filter));
    assert_eq!(query().explain().unwrap(), typed().explain().unwrap(), "{filter}");
    let ids = |rows: Vec<Value>| {
        rows.iter()
            .map(|row| row.get("id").unwrap().as_u128().unwrap())
            .collect::<Vec<_>>()
    };
    let expected: Vec<u128> = typed()
        .collect()
        .unwrap()
        .iter()
        .map(|row| row.id.into())
        .collect();
    assert_eq!(ids(query().collect().unwrap()), expected, "{filter}");
    assert_eq!(query().count().unwrap(), expected.len() as u64, "{filter}");
    assert_eq!(query().exists().unwrap(), !expected.is_empty(), "{filter}");
    let cities = typed().select(|u| (u.id, u.place.city)).collect().unwrap();
    let cities: Vec<Vec<Value>> = cities
        .into_iter()
        .map(|(id, city)| vec![id.into(), Value::Option(city.map(|city| Box::new(city.into())))])
        .collect();
    assert_eq!(
        query().select(&["id", "place.city"]).collect().unwrap(),
        cities,
        "{filter}"
    );
    let groups = typed().group_by(|u| u.age).count().unwrap().into_iter();
    let groups = groups.map(|(age, count)| (vec![Value::Option(age.map(|age| Box::new(age.into())))], count));
    assert_eq!(
        query().group_by(&["age"]).count().unwrap(),
        groups.collect::<Vec<_>>(),
        "{filter}"
    );
    let (page, other) = (
        query().offset(1).limit(2).page().unwrap(),
        typed().offset(1).limit(2).page().unwrap(),
    );
    assert_eq!(
        ids(page.rows),
        other.rows.iter().map(|row| row.id.into()).collect::<Vec<u128>>(),
        "{filter}"
    );
    assert_eq!(page.next, other.next, "{filter}");
}

fn pages<'a>(query: &dyn Fn() -> Query<'a, Indexed>, rows: u64) -> Vec<u16> {
    let mut ids = Vec::new();
    let mut after: Option<quantadb::Cursor> = None;
    loop {
        let query = query().limit(rows);
        let page = match &after {
            Some(cursor) => query.after(cursor).page().unwrap(),
            None => query.page().unwrap(),
        };
        ids.extend(page.rows.iter().map(|row| row.id));
        match page.next {
            None => return ids,
            Some(cursor) => after = Some(cursor.to_string().parse().unwrap()),
        }
    }
}

pub fn random_rows(seed: &mut Seed) -> BTreeMap<u16, Plain> {
    let ids: BTreeSet<u16> = (0..seed.below(60))
        .map(|_| u16::try_from(seed.below(70)).unwrap())
        .collect();
    ids.into_iter().map(|id| (id, row(id, seed))).collect()
}

pub fn cases() -> u64 {
    std::env::var("QUANTA_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(40)
}

#[test]
fn answers_are_those_of_rows_in_memory() {
    for case in 0..cases() {
        let seed = &mut Seed::new(case);
        let rows = random_rows(seed);
        let engine = Small::default();
        let db = engine.open::<(Indexed,)>().unwrap();
        rows.values()
            .for_each(|row| db.collection::<Indexed>().put(&Indexed::of(row)).unwrap());
        for _ in 0..20 {
            check_one(&db, &rows, seed);
        }
    }
}

#[test]
fn f3_answers_are_the_same_of_rows_of_an_earlier_version() {
    for case in 0..cases() / 3 {
        let seed = &mut Seed::new(1_000_000 + case);
        let rows = random_rows(seed);
        let engine = Small::default();
        let db = engine.open::<(Plain,)>().unwrap();
        rows.values()
            .for_each(|row| db.collection::<Plain>().put(row).unwrap());
        for _ in 0..5 {
            let condition = plain_condition(seed, 3);
            let expected = rows.values().filter(|row| (condition.holds)(row)).count();
            let query = db.query::<Plain>().filter(|_| condition.filter.clone());
            assert_eq!(query.count().unwrap(), expected as u64, "{}", condition.said);
        }
        drop(db);
        let db = engine.open::<(Indexed,)>().unwrap();
        for _ in 0..10 {
            check_one(&db, &rows, seed);
        }
    }
}

#[test]
fn transactions_answer_with_what_they_wrote() {
    for case in 0..cases() / 3 {
        let seed = &mut Seed::new(2_000_000 + case);
        let mut rows = random_rows(seed);
        let db = Small::default().open::<(Indexed,)>().unwrap();
        rows.values()
            .for_each(|row| db.collection::<Indexed>().put(&Indexed::of(row)).unwrap());
        let written: Result<()> = db.write(|tx| {
            for _ in 0..4 {
                let condition = condition(seed, 2);
                let query = || tx.query::<Indexed>().filter(|_| condition.filter.clone());
                let matching = rows.values().filter(|row| (condition.holds)(row)).count() as u64;
                assert_eq!(query().count()?, matching, "{}", condition.said);
                assert_eq!(query().collect()?.len() as u64, matching);
                if seed.one_in(2) {
                    assert_eq!(query().delete()?, matching);
                    rows.retain(|_, row| !(condition.holds)(row));
                } else {
                    assert_eq!(query().update(|row| row.weight += 1)?, matching);
                    rows.values_mut()
                        .filter(|row| (condition.holds)(row))
                        .for_each(|row| row.weight += 1);
                }
                let id = u16::try_from(seed.below(70)).unwrap();
                let new = row(id, seed);
                tx.collection::<Indexed>().put(&Indexed::of(&new))?;
                rows.insert(id, new);
            }
            Ok(())
        });
        written.unwrap();
        let found: Vec<Indexed> = db.query::<Indexed>().order_by(|u| u.id.asc()).collect().unwrap();
        assert_eq!(found, rows.values().map(Indexed::of).collect::<Vec<_>>());
        assert!(db.verify().unwrap().is_sound());
    }
}
