//! Queries, against the same question asked of rows in memory: with every kind of index and without, in transactions and
//! views, of rows of earlier versions, in pages and in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use quanta_core::Seed;
use quantadb::query::{Entries, Orders, Way};
use quantadb::{
    Database, DynamicQuery, ErrorKind, Filter, Order, QuantaEntity, QuantaType, Query, Result, Value,
};

use super::counting::{Counting, Counts};
use super::support::{Small, custom};

#[derive(QuantaType, Debug, Clone, PartialEq)]
pub struct Place {
    pub city: String,
    pub zip: Option<u16>,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
pub enum Shape {
    Circle { radius: u8 },
    Dot,
    Pair(u8, String),
}

/// Without any index.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "things", register = false)]
pub struct Plain {
    #[quanta(id)]
    pub id: u16,
    pub age: Option<u8>,
    pub name: String,
    pub place: Option<Place>,
    pub shape: Shape,
    pub tags: Vec<String>,
    pub weight: i32,
}

/// The same rows with indexes.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(
    table = "things",
    register = false,
    index(age, weight),
    index("place.city", name),
    index("tags[]")
)]
#[quanta(index("place.zip"), unique(name = "by_both", fields(age, id)))]
pub struct Indexed {
    #[quanta(id)]
    id: u16,
    age: Option<u8>,
    #[quanta(index)]
    name: String,
    place: Option<Place>,
    shape: Shape,
    tags: Vec<String>,
    weight: i32,
}

impl Indexed {
    fn of(row: &Plain) -> Self {
        let Plain {
            id,
            age,
            name,
            place,
            shape,
            tags,
            weight,
        } = row.clone();
        Self {
            id,
            age,
            name,
            place,
            shape,
            tags,
            weight,
        }
    }
}

fn text(seed: &mut Seed) -> String {
    let words = ["", "a", "ab", "b", "ba", "Oslo", "Os", "z\0", "\u{e9}"];
    (*seed.choose(&words)).to_owned()
}

fn row(id: u16, seed: &mut Seed) -> Plain {
    let small = |seed: &mut Seed| u8::try_from(seed.below(6)).unwrap();
    let maybe_zip = |seed: &mut Seed| seed.one_in(2).then(|| u16::try_from(seed.below(4)).unwrap());
    Plain {
        id,
        age: (!seed.one_in(4)).then(|| small(seed)),
        name: text(seed),
        place: (!seed.one_in(3)).then(|| Place {
            city: text(seed),
            zip: maybe_zip(seed),
        }),
        shape: match seed.below(3) {
            0 => Shape::Circle { radius: small(seed) },
            1 => Shape::Dot,
            _ => Shape::Pair(small(seed), text(seed)),
        },
        tags: (0..seed.below(4)).map(|_| text(seed)).collect(),
        weight: i32::try_from(seed.below(7)).unwrap() - 3,
    }
}

/// A condition, as a query asks it and as Rust does.
pub struct Condition<E> {
    /// As a filter text.
    pub said: String,
    filter: Filter<E>,
    pub holds: Box<dyn Fn(&Plain) -> bool>,
}

macro_rules! conditions {
    ($entity:ty, $random:ident, $leaf:ident) => {
        fn $leaf(seed: &mut Seed) -> Condition<$entity> {
            let u = quantadb::query::fields_of::<$entity>();
            let (word, number) = (text(seed), u8::try_from(seed.below(6)).unwrap());
            let weight = i32::from(number) - 3;
            let zip = u16::from(number);
            let cased = seed.below(28);
            let (said, filter, holds): (String, Filter<$entity>, Box<dyn Fn(&Plain) -> bool>) = match cased {
                0 => (format!("age = {number}"), u.age.eq(number), Box::new(move |r| r.age == Some(number))),
                1 => (format!("age != {number}"), u.age.ne(number), Box::new(move |r| r.age != Some(number))),
                2 => (format!("age < {number}"), u.age.lt(number), Box::new(move |r| r.age.is_some_and(|age| age < number))),
                3 => (format!("age >= {number}"), u.age.ge(number), Box::new(move |r| r.age.is_some_and(|age| age >= number))),
                4 => ("age is none".to_owned(), u.age.is_none(), Box::new(|r| r.age.is_none())),
                5 => ("age = none".to_owned(), u.age.eq(None), Box::new(|r| r.age.is_none())),
                6 => (
                    format!("age in ({number}, none, 5)"),
                    u.age.is_in([Some(number), None, Some(5)]),
                    Box::new(move |r| [Some(number), None, Some(5)].contains(&r.age)),
                ),
                7 => (format!("name = {word:?}"), u.name.eq(&word), Box::new(move |r| r.name == word)),
                8 => (format!("name > {word:?}"), u.name.gt(word.as_str()), Box::new(move |r| r.name > word)),
                9 => (format!("name starts with {word:?}"), u.name.starts_with(&word), Box::new(move |r| r.name.starts_with(&word))),
                10 => (format!("name contains {word:?}"), u.name.contains(&word), Box::new(move |r| r.name.contains(&word))),
                11 => (format!("name ends with {word:?}"), u.name.ends_with(&word), Box::new(move |r| r.name.ends_with(&word))),
                12 => (
                    format!("place.city = {word:?}"),
                    u.place.city.eq(&word),
                    Box::new(move |r| r.place.as_ref().is_some_and(|place| place.city == word)),
                ),
                13 => (
                    format!("place.city starts with {word:?}"),
                    u.place.city.starts_with(&word),
                    Box::new(move |r| r.place.as_ref().is_some_and(|place| place.city.starts_with(&word))),
                ),
                14 => (
                    format!("place.zip <= {zip}"),
                    u.place.zip.le(zip),
                    Box::new(move |r| r.place.as_ref().and_then(|place| place.zip).is_some_and(|it| it <= zip)),
                ),
                15 => (
                    "place.zip is none".to_owned(),
                    u.place.zip.is_none(),
                    Box::new(|r| r.place.as_ref().and_then(|place| place.zip).is_none()),
                ),
                16 => ("place is some".to_owned(), u.place.is_some(), Box::new(|r| r.place.is_some())),
                17 => ("shape is Circle".to_owned(), u.shape.Circle.is(), Box::new(|r| matches!(r.shape, Shape::Circle { .. }))),
                18 => (
                    format!("shape::Circle.radius > {number}"),
                    u.shape.Circle.radius.gt(number),
                    Box::new(move |r| matches!(r.shape, Shape::Circle { radius } if radius > number)),
                ),
                19 => (
                    format!("shape::Pair.1 = {word:?}"),
                    u.shape.Pair.1.eq(&word),
                    Box::new(move |r| matches!(&r.shape, Shape::Pair(_, text) if *text == word)),
                ),
                20 => ("shape = 'Dot'".to_owned(), u.shape.eq(Shape::Dot), Box::new(|r| r.shape == Shape::Dot)),
                21 => (format!("tags[] = {word:?}"), u.tags.contains(&word), Box::new(move |r| r.tags.contains(&word))),
                22 => (
                    format!("tags[] starts with {word:?}"),
                    u.tags.any(|tag| tag.starts_with(&word)),
                    Box::new(move |r| r.tags.iter().any(|tag| tag.starts_with(&word))),
                ),
                23 => (
                    format!("all tags[] >= {word:?}"),
                    u.tags.all(|tag| tag.ge(word.as_str())),
                    Box::new(move |r| r.tags.iter().all(|tag| *tag >= word)),
                ),
                24 => ("length(tags) = 0".to_owned(), u.tags.is_empty(), Box::new(|r| r.tags.is_empty())),
                25 => (
                    format!("weight between {weight} and {}", weight + 2),
                    u.weight.between(weight, weight + 2),
                    Box::new(move |r| (weight..=weight + 2).contains(&r.weight)),
                ),
                26 => (format!("id < {}", zip * 7), u.id.lt(zip * 7), Box::new(move |r| r.id < zip * 7)),
                _ => (format!("id in ({zip}, 20, 9)"), u.id.is_in([zip, 20, 9]), Box::new(move |r| [zip, 20, 9].contains(&r.id))),
            };
            Condition {
                said,
                filter,
                holds,
            }
        }

        pub fn $random(seed: &mut Seed, depth: usize) -> Condition<$entity> {
            if depth == 0 || seed.one_in(3) {
                return $leaf(seed);
            }
            let one = $random(seed, depth - 1);
            if seed.one_in(5) {
                let holds = one.holds;
                return Condition {
                    said: format!("not ({})", one.said),
                    filter: !one.filter,
                    holds: Box::new(move |row| !holds(row)),
                };
            }
            let other = $random(seed, depth - 1);
            let (left, right) = (one.holds, other.holds);
            if seed.one_in(3) {
                Condition {
                    said: format!("({} or {})", one.said, other.said),
                    filter: one.filter | other.filter,
                    holds: Box::new(move |row| left(row) || right(row)),
                }
            } else {
                Condition {
                    said: format!("({} and {})", one.said, other.said),
                    filter: one.filter & other.filter,
                    holds: Box::new(move |row| left(row) && right(row)),
                }
            }
        }
    };
}

conditions! { Plain, plain_condition, plain_leaf }
conditions! { Indexed, condition, leaf }

/// How rows are compared.
pub type Less = fn(&Plain, &Plain) -> std::cmp::Ordering;

fn order(seed: &mut Seed) -> (&'static str, Option<Vec<Order<Indexed>>>, Less) {
    let u = quantadb::query::fields_of::<Indexed>();
    match seed.below(9) {
        0 => ("", None, |one, other| one.id.cmp(&other.id)),
        1 => ("age", Some(vec![u.age.asc()]), |one, other| {
            (one.age, one.id).cmp(&(other.age, other.id))
        }),
        2 => ("age desc", Some(vec![u.age.desc()]), |one, other| {
            (other.age, other.id).cmp(&(one.age, one.id))
        }),
        3 => (
            "age, weight",
            Some(vec![u.age.asc(), u.weight.asc()]),
            |one, other| (one.age, one.weight, one.id).cmp(&(other.age, other.weight, other.id)),
        ),
        4 => (
            "age desc, weight desc",
            Some(vec![u.age.desc(), u.weight.desc()]),
            |one, other| (other.age, other.weight, other.id).cmp(&(one.age, one.weight, one.id)),
        ),
        5 => (
            "weight, age desc",
            Some(vec![u.weight.asc(), u.age.desc()]),
            |one, other| {
                one.weight
                    .cmp(&other.weight)
                    .then((other.age, other.id).cmp(&(one.age, one.id)))
            },
        ),
        6 => ("id desc", Some(vec![u.id.desc()]), |one, other| {
            other.id.cmp(&one.id)
        }),
        7 => (
            "place.city, name",
            Some(vec![u.place.city.asc(), u.name.asc()]),
            |one, other| {
                let city = |row: &Plain| row.place.as_ref().map(|place| place.city.clone());
                (city(one), &one.name, one.id).cmp(&(city(other), &other.name, other.id))
            },
        ),
        _ => ("name desc", Some(vec![u.name.desc()]), |one, other| {
            (&other.name, other.id).cmp(&(&one.name, one.id))
        }),
    }
}

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
        (Vec::new(), Some(Entries::Exactly(1)), 1, 0, 0)
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

#[test]
fn transactions_find_long_values_that_they_wrote() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(6);
    let named = |id: u16, end: &str, seed: &mut Seed| {
        let mut row = Indexed::of(&row(id, seed));
        row.name = "x".repeat(900) + end;
        row
    };
    let users = db.collection::<Indexed>();
    users.put(&named(1, "old", seed)).unwrap();
    users.put(&named(2, "other", seed)).unwrap();
    let new = named(1, "new", seed);
    let done: Result<()> = db.write(|tx| {
        let users = tx.collection::<Indexed>();
        users.put(&new)?;
        users.put(&named(3, "three", seed))?;
        users.delete(&2)?;
        let long = || {
            tx.query::<Indexed>()
                .filter(|u| u.name.starts_with("x".repeat(900)))
        };
        assert_eq!(
            long().order_by(|u| u.name.asc()).select(|u| u.id).collect()?,
            [1, 3]
        );
        assert_eq!(
            tx.query::<Indexed>().filter(|u| u.name.eq(&new.name)).collect()?,
            std::slice::from_ref(&new)
        );
        // What is gone by the time that the walk comes to it is passed over.
        let mut seen = 0;
        for found in long().iter() {
            found?;
            seen += 1;
            users.delete(&1)?;
            users.delete(&3)?;
        }
        assert_eq!(seen, 1);
        Ok(())
    });
    done.unwrap();
    assert!(users.is_empty().unwrap() && db.verify().unwrap().is_sound());
}

#[test]
fn a_write_by_a_query_is_whole_or_breaks_its_transaction() {
    let db = Small::default().open::<(Indexed,)>().unwrap();
    let seed = &mut Seed::new(8);
    (0..4).for_each(|id| {
        let row = Indexed::of(&row(id, seed));
        db.collection::<Indexed>().put(&row).unwrap();
    });
    let before: Vec<Indexed> = db.query::<Indexed>().collect().unwrap();
    let swallowed: Result<()> = db.write(|tx| {
        let failed = tx.query::<Indexed>().update(|row| row.id = 1).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::KeyExists);
        Ok(())
    });
    let swallowed = swallowed.unwrap_err();
    assert_eq!(swallowed.kind(), ErrorKind::KeyExists);
    let text = swallowed.to_string();
    assert!(text.starts_with("the transaction can't be committed"), "{text}");
    assert_eq!(db.query::<Indexed>().collect().unwrap(), before);
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

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Mail(String);

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Node {
    next: Option<Box<Self>>,
    value: u8,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Labelled<T> {
    label: String,
    of: T,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, index("at.1", "at.0"), index(mail))]
struct Odd {
    #[quanta(id)]
    id: u8,
    at: (u8, Option<i16>),
    eq: bool,
    labelled: Labelled<(u8, String)>,
    mail: Mail,
    node: Node,
    #[quanta(name = "kind")]
    r#type: Option<Shape>,
}

/// Fields of tuples, newtypes, recursive and generic types, and such as are called like a method.
#[test]
fn fields_of_every_kind_can_be_asked() {
    let db = Small::default().open::<(Odd,)>().unwrap();
    let odd = |id: u8| Odd {
        id,
        at: (id, (id > 1).then(|| i16::from(id) * 100)),
        eq: id == 1,
        labelled: Labelled {
            label: format!("l{id}"),
            of: (id, "x".to_owned()),
        },
        mail: Mail(format!("{id}@x")),
        node: Node {
            next: Some(Box::new(Node {
                next: None,
                value: id,
            })),
            value: 0,
        },
        r#type: Some(Shape::Pair(id, "p".to_owned())),
    };
    db.collection::<Odd>()
        .insert_many([odd(1), odd(2), odd(3)])
        .unwrap();
    let check = |ask: fn(&'static quantadb::query::FieldsOf<Odd>) -> Filter<Odd>, expected: &[u8]| {
        let found = db
            .query::<Odd>()
            .filter(ask)
            .order_by(|o| o.id.asc())
            .select(|o| o.id)
            .collect();
        assert_eq!(found.unwrap(), expected);
    };
    check(|o| o.at.0.ge(2), &[2, 3]);
    check(|o| o.at.1.eq(300), &[3]);
    check(|o| o.at.1.is_none(), &[1]);
    check(|o| o.eq.eq(true), &[1]);
    check(|o| o.labelled.label.eq("l2") & o.labelled.of.1.eq("x"), &[2]);
    check(|o| o.labelled.of.0.lt(3), &[1, 2]);
    check(|o| o.mail.0.eq("2@x"), &[2]);
    check(|o| o.mail.eq(Mail("3@x".to_owned())), &[3]);
    check(|o| o.node.next.value.gt(1), &[2, 3]);
    check(|o| o.node.next.next.value.is_none(), &[1, 2, 3]);
    check(|o| o.r#type.Pair.0.eq(1), &[1]);
    check(|o| o.r#type.Circle.is(), &[]);
    let read = db
        .query::<Odd>()
        .order_by(|o| o.at.1.desc())
        .select(|o| (o.at.0, o.node.next.value))
        .collect();
    assert_eq!(read.unwrap(), [(3, Some(3)), (2, Some(2)), (1, Some(1))]);
}
