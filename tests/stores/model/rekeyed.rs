//! Other keys: of another type, composite, another field, and one of another type whose rows don't move.

use quanta_core::Seed;
use quantadb::QuantaEntity;

use super::asked::asks;
use super::history::{History, Record, Rows, Unable};
use super::rules::{converted, rounded, unrounded};
use super::values::{below, chosen, flag, number, text};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name { $($field)* }
    };
}

generation! { Number { #[quanta(id)] id: u32, #[quanta(index)] name: String, score: f64, note: String } }
generation! { Text { #[quanta(id)] id: String, #[quanta(index)] name: String, #[quanta(index)] score: f32 } }
generation! { Pair { #[quanta(id = 0)] id: String, #[quanta(id = 1)] name: String, score: f32, #[quanta(new)] flag: bool } }
generation! { Wide { #[quanta(id)] id: i64, #[quanta(index)] name: Option<String>, score: f64, note: String } }
generation! { Name { #[quanta(index)] id: String, #[quanta(id)] name: String, #[quanta(new, default = 3)] size: u8 } }

/// Text and Wide are children of Number, Pair and Name of Text.
pub fn history() -> History {
    History::root::<Number>()
        .child::<Text>(
            0,
            Rows::new(number_to_text, text_to_number).rekeyed(Unable::Refuse),
        )
        .child::<Pair>(1, Rows::new(text_to_pair, pair_to_text).rekeyed(Unable::Refuse))
        .child::<Wide>(0, Rows::new(number_to_wide, wide_to_number))
        .child::<Name>(1, Rows::new(text_to_name, name_to_text).rekeyed(Unable::Refuse))
}

#[expect(clippy::ptr_arg, reason = "the rules take values of the fields' types")]
fn parsed(id: &String) -> Option<u32> {
    id.parse().ok()
}

fn number_to_text(row: &Number, kept: Option<&Text>) -> Option<Text> {
    Some(Text {
        // A key such as `007` comes back as it was.
        id: converted(kept.map(|kept| &kept.id), &row.id, parsed, |id| {
            Some(id.to_string())
        })?,
        name: row.name.clone(),
        score: rounded(row.score),
    })
}

fn text_to_number(row: &Text, kept: Option<&Number>) -> Option<Number> {
    Some(Number {
        id: parsed(&row.id)?,
        name: row.name.clone(),
        score: unrounded(kept.map(|kept| &kept.score), row.score),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn text_to_pair(row: &Text, kept: Option<&Pair>) -> Option<Pair> {
    Some(Pair {
        id: row.id.clone(),
        name: row.name.clone(),
        score: row.score,
        flag: kept.is_some_and(|kept| kept.flag),
    })
}

fn pair_to_text(row: &Pair, _: Option<&Text>) -> Option<Text> {
    Some(Text {
        id: row.id.clone(),
        name: row.name.clone(),
        score: row.score,
    })
}

fn number_to_wide(row: &Number, _: Option<&Wide>) -> Option<Wide> {
    Some(Wide {
        id: row.id.into(),
        name: Some(row.name.clone()),
        score: row.score,
        note: row.note.clone(),
    })
}

fn wide_to_number(row: &Wide, _: Option<&Number>) -> Option<Number> {
    Some(Number {
        id: row.id.try_into().ok()?,
        name: row.name.clone()?,
        score: row.score,
        note: row.note.clone(),
    })
}

fn text_to_name(row: &Text, kept: Option<&Name>) -> Option<Name> {
    Some(Name {
        id: row.id.clone(),
        name: row.name.clone(),
        size: kept.map_or(3, |kept| kept.size),
    })
}

fn name_to_text(row: &Name, kept: Option<&Text>) -> Option<Text> {
    Some(Text {
        id: row.id.clone(),
        name: row.name.clone(),
        score: kept.map_or(0.0, |kept| kept.score),
    })
}

/// Names that seldom meet.
fn name(seed: &mut Seed) -> String {
    format!("{}{}", text(seed), seed.below(8))
}

/// Texts that are mostly numbers, some of them written in two ways.
fn text_id(seed: &mut Seed) -> String {
    match seed.below(30) {
        0 => "seven".to_owned(),
        1..=5 => format!("0{}", seed.below(8)),
        _ => seed.below(8).to_string(),
    }
}

fn short(seed: &mut Seed) -> f32 {
    rounded(number(seed))
}

record! {
    Number by u32 = |row| row.id;
    |seed| {
        id: chosen(seed, &[0, 1, 2, 3, 4, 5, 10, 300, 70_000]),
        name: name(seed),
        score: number(seed),
        note: text(seed),
    }
    touches name, score, note
}

record! {
    Text by String = |row| row.id.clone();
    |seed| {
        id: text_id(seed),
        name: name(seed),
        score: short(seed),
    }
    touches name, score
}

record! {
    Pair by (String, String) = |row| (row.id.clone(), row.name.clone());
    |seed| {
        id: text_id(seed),
        name: chosen(seed, &["", "a", "a0"]).to_owned(),
        score: short(seed),
        flag: flag(seed),
    }
    touches score, flag
}

record! {
    Wide by i64 = |row| row.id;
    |seed| {
        id: if seed.one_in(30) { -1 } else { below(seed, 10) },
        name: (!seed.one_in(30)).then(|| name(seed)),
        score: number(seed),
        note: text(seed),
    }
    touches name, score
}

record! {
    Name by String = |row| row.name.clone();
    |seed| {
        id: text_id(seed),
        name: name(seed),
        size: below(seed, 5),
    }
    touches id, size
}

asks! { Number: id, name, score, note }
asks! { Text: id, name, score }
asks! { Pair: id, name, score, flag; key of 2 }
asks! { Wide: id, name, score, note }
asks! { Name: name, id, size }
