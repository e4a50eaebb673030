//! Queries, against the same question asked of rows in memory: with every kind of index and without, in transactions and
//! snapshots, of rows of earlier versions, in pages and in any order.

use std::collections::{BTreeMap, BTreeSet};

use quanta_core::Seed;
use quantadb::query::{Orders, Way};
use quantadb::{
    Database, DynamicQuery, ErrorKind, Filter, Order, QuantaEntity, QuantaType, Query, Result, Value,
};

use super::support::Small;

pub mod answers;
pub mod conditions;
mod fields;
mod ways;
mod writes;

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
