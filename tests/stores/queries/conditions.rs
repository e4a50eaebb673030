//! Random conditions and orders, as queries and as functions of rows.

use super::*;

/// A condition, as a query asks it and as Rust does.
pub struct Condition<E> {
    /// As a filter text.
    pub said: String,
    pub filter: Filter<E>,
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

pub fn order(seed: &mut Seed) -> (&'static str, Option<Vec<Order<Indexed>>>, Less) {
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
