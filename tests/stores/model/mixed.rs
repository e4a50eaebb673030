//! Everything at once: fields that are renamed, widened, dropped, added and nested, indexes that come, go and become
//! unique, another key.

use quanta_core::Seed;
use quantadb::{QuantaEntity, QuantaType};

use super::asked::asks;
use super::history::{Cell, History, Part, Record, Rows, Unable};
use super::rules::{rounded, unrounded};
use super::values::{below, chosen, number, text};

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Home {
    town: String,
    zip: u16,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Place {
    #[quanta(renamed_from = "town")]
    city: String,
    zip: Option<u32>,
    #[quanta(new, default = 2)]
    floor: i8,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false, index("home.town", level))]
struct Plain {
    #[quanta(id)]
    id: u16,
    #[quanta(index)]
    nick: String,
    level: u8,
    home: Home,
    score: f64,
    note: String,
}

/// The name is unique, and the home has other fields.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false, on_failure(index(rows_name) = "drop_row"))]
#[quanta(index("home.city", "home.zip"), index("home.floor"))]
struct Named {
    #[quanta(id)]
    id: u16,
    #[quanta(renamed_from = "nick", unique)]
    name: String,
    #[quanta(index)]
    level: u32,
    home: Option<Place>,
    score: f32,
}

/// The name is the key.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false, index("home.city"))]
struct ByName {
    #[quanta(index)]
    id: u32,
    #[quanta(id)]
    name: String,
    level: Option<u32>,
    home: Option<Place>,
    #[quanta(index)]
    score: f32,
    #[quanta(new, default = 3, index)]
    rank: u8,
}

/// The home is gone, and two fields together are unique.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "rows", register = false, unique(nick, level), index(score, nick))]
struct Homeless {
    #[quanta(id)]
    id: u16,
    nick: String,
    level: Option<u8>,
    score: f64,
    note: String,
}

/// `Named` and `Homeless` are children of `Plain`, `ByName` of `Named`.
pub fn history() -> History {
    History::root::<Plain>()
        .child::<Named>(
            0,
            Rows::new(plain_to_named, named_to_plain).unique(Unable::DropRow),
        )
        .unique(|row: &Cell| Some(Part::Text(row.of::<Named>().name.clone())))
        .child::<ByName>(
            1,
            Rows::new(named_to_by_name, by_name_to_named).rekeyed(Unable::Refuse),
        )
        .child::<Homeless>(
            0,
            Rows::new(plain_to_homeless, homeless_to_plain).unique(Unable::Refuse),
        )
        .unique(|row: &Cell| {
            let Homeless { nick, level, .. } = row.of();
            level.map(|level| Part::Text(format!("{nick} {level}")))
        })
}

fn plain_to_named(row: &Plain, kept: Option<&Named>) -> Option<Named> {
    let kept_home = kept.and_then(|kept| kept.home.as_ref());
    Some(Named {
        id: row.id,
        name: row.nick.clone(),
        level: row.level.into(),
        home: Some(Place {
            city: row.home.town.clone(),
            zip: Some(row.home.zip.into()),
            floor: kept_home.map_or(2, |kept| kept.floor),
        }),
        score: rounded(row.score),
    })
}

fn named_to_plain(row: &Named, kept: Option<&Plain>) -> Option<Plain> {
    let home = row.home.as_ref()?;
    Some(Plain {
        id: row.id,
        nick: row.name.clone(),
        level: row.level.try_into().ok()?,
        home: Home {
            town: home.city.clone(),
            zip: home.zip?.try_into().ok()?,
        },
        score: unrounded(kept.map(|kept| &kept.score), row.score),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn named_to_by_name(row: &Named, kept: Option<&ByName>) -> Option<ByName> {
    Some(ByName {
        id: row.id.into(),
        name: row.name.clone(),
        level: Some(row.level),
        home: row.home.clone(),
        score: row.score,
        rank: kept.map_or(3, |kept| kept.rank),
    })
}

fn by_name_to_named(row: &ByName, _: Option<&Named>) -> Option<Named> {
    Some(Named {
        id: row.id.try_into().ok()?,
        name: row.name.clone(),
        level: row.level?,
        home: row.home.clone(),
        score: row.score,
    })
}

fn plain_to_homeless(row: &Plain, _: Option<&Homeless>) -> Option<Homeless> {
    Some(Homeless {
        id: row.id,
        nick: row.nick.clone(),
        level: Some(row.level),
        score: row.score,
        note: row.note.clone(),
    })
}

fn homeless_to_plain(row: &Homeless, kept: Option<&Plain>) -> Option<Plain> {
    let nowhere = || Home {
        town: String::new(),
        zip: 0,
    };
    Some(Plain {
        id: row.id,
        nick: row.nick.clone(),
        level: row.level?,
        home: kept.map_or_else(nowhere, |kept| kept.home.clone()),
        score: row.score,
        note: row.note.clone(),
    })
}

fn id(seed: &mut Seed) -> u16 {
    below(seed, 10)
}

/// Names that meet now and then.
fn name(seed: &mut Seed) -> String {
    format!("{}{}", chosen(seed, &["", "a", "ß"]), seed.below(10))
}

fn level(seed: &mut Seed) -> u32 {
    if seed.one_in(40) { 300 } else { below(seed, 5) }
}

fn place(seed: &mut Seed) -> Option<Place> {
    let zip = if seed.one_in(40) { 70_000 } else { below(seed, 4) };
    (!seed.one_in(40)).then(|| Place {
        city: text(seed),
        zip: (!seed.one_in(40)).then_some(zip),
        floor: chosen(seed, &[2, 0, -1]),
    })
}

record! {
    Plain by u16 = |row| row.id;
    |seed| {
        id: id(seed),
        nick: name(seed),
        level: below(seed, 5),
        home: Home { town: text(seed), zip: below(seed, 4) },
        score: number(seed),
        note: text(seed),
    }
    touches nick, level, home, score, note
}

record! {
    Named by u16 = |row| row.id;
    |seed| {
        id: id(seed),
        name: name(seed),
        level: level(seed),
        home: place(seed),
        score: rounded(number(seed)),
    }
    touches name, level, home, score
}

record! {
    ByName by String = |row| row.name.clone();
    |seed| {
        id: below(seed, 12),
        name: name(seed),
        level: (!seed.one_in(40)).then(|| level(seed)),
        home: place(seed),
        score: rounded(number(seed)),
        rank: below(seed, 4),
    }
    touches level, home, score, rank
}

record! {
    Homeless by u16 = |row| row.id;
    |seed| {
        id: id(seed),
        nick: name(seed),
        level: (!seed.one_in(40)).then(|| below(seed, 5)),
        score: number(seed),
        note: text(seed),
    }
    touches nick, level, score
}

asks! {
    Plain: id, nick, level, score, note;
    at home.town as "home.town" = |row| row.home.town.clone();
    at home.zip as "home.zip" = |row| row.home.zip
}

asks! {
    Named: id, name, level, score;
    at home.city as "home.city" = |row| row.home.as_ref().map(|home| home.city.clone());
    at home.zip as "home.zip" = |row| row.home.as_ref().map(|home| home.zip);
    at home.floor as "home.floor" = |row| row.home.as_ref().map(|home| home.floor)
}

asks! {
    ByName: name, id, level, score, rank;
    at home.city as "home.city" = |row| row.home.as_ref().map(|home| home.city.clone());
    at home.floor as "home.floor" = |row| row.home.as_ref().map(|home| home.floor)
}

asks! { Homeless: id, nick, level, score, note }
