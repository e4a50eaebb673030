//! Rows that don't fit and are taken out, on two branches and beside another key; they come back unless a live row has
//! their key.

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

generation! { Spelled { #[quanta(id)] id: u8, #[quanta(index)] size: String, note: String, score: f64 } }
generation! { Unsigned {
    #[quanta(id)] id: u8,
    #[quanta(on_failure = "drop_row", index)] size: u8,
    #[quanta(new, default = 5)] extra: i32,
    score: f32,
} }
generation! { Small {
    #[quanta(id)] id: u8,
    #[quanta(on_failure = "drop_row", index)] size: i8,
    #[quanta(index)] extra: i32,
    score: f32,
    #[quanta(new)] flag: bool,
} }
generation! { Signed {
    #[quanta(id)] id: u8,
    #[quanta(on_failure = "drop_row")] size: i8,
    #[quanta(index)] note: String,
    score: f64,
} }
generation! { Keyed {
    #[quanta(id)] id: String,
    #[quanta(on_failure = "drop_row", index)] size: u16,
    note: String,
} }

/// `Unsigned`, `Signed` and `Keyed` are children of `Spelled`, `Small` of `Unsigned`.
pub fn history() -> History {
    History::root::<Spelled>()
        .child::<Unsigned>(
            0,
            Rows::new(spelled_to_unsigned, unsigned_to_spelled).unfit_are_dropped(),
        )
        .child::<Small>(
            1,
            Rows::new(unsigned_to_small, small_to_unsigned).unfit_are_dropped(),
        )
        .child::<Signed>(
            0,
            Rows::new(spelled_to_signed, signed_to_spelled).unfit_are_dropped(),
        )
        .child::<Keyed>(
            0,
            Rows::new(spelled_to_keyed, keyed_to_spelled)
                .unfit_are_dropped()
                .rekeyed(Unable::Refuse),
        )
}

/// A number that was text, as text again: the text that it was returns if it is that number.
fn spelled<N: std::fmt::Debug + ToString + std::str::FromStr>(kept: Option<&Spelled>, size: &N) -> String {
    let again = |text: &String| text.parse().ok();
    let text = converted(kept.map(|kept| &kept.size), size, again, |size| {
        Some(size.to_string())
    });
    text.expect("every number is a text")
}

fn spelled_to_unsigned(row: &Spelled, kept: Option<&Unsigned>) -> Option<Unsigned> {
    Some(Unsigned {
        id: row.id,
        size: row.size.parse().ok()?,
        extra: kept.map_or(5, |kept| kept.extra),
        score: rounded(row.score),
    })
}

fn unsigned_to_spelled(row: &Unsigned, kept: Option<&Spelled>) -> Option<Spelled> {
    Some(Spelled {
        id: row.id,
        size: spelled(kept, &row.size),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
        score: unrounded(kept.map(|kept| &kept.score), row.score),
    })
}

fn unsigned_to_small(row: &Unsigned, kept: Option<&Small>) -> Option<Small> {
    Some(Small {
        id: row.id,
        size: row.size.try_into().ok()?,
        extra: row.extra,
        score: row.score,
        flag: kept.is_some_and(|kept| kept.flag),
    })
}

fn small_to_unsigned(row: &Small, _: Option<&Unsigned>) -> Option<Unsigned> {
    Some(Unsigned {
        id: row.id,
        size: row.size.try_into().ok()?,
        extra: row.extra,
        score: row.score,
    })
}

fn spelled_to_signed(row: &Spelled, _: Option<&Signed>) -> Option<Signed> {
    Some(Signed {
        id: row.id,
        size: row.size.parse().ok()?,
        note: row.note.clone(),
        score: row.score,
    })
}

fn signed_to_spelled(row: &Signed, kept: Option<&Spelled>) -> Option<Spelled> {
    Some(Spelled {
        id: row.id,
        size: spelled(kept, &row.size),
        note: row.note.clone(),
        score: row.score,
    })
}

fn spelled_to_keyed(row: &Spelled, kept: Option<&Keyed>) -> Option<Keyed> {
    let again = |id: &String| id.parse().ok();
    Some(Keyed {
        id: converted(kept.map(|kept| &kept.id), &row.id, again, |id| {
            Some(id.to_string())
        })?,
        size: row.size.parse().ok()?,
        note: row.note.clone(),
    })
}

fn keyed_to_spelled(row: &Keyed, kept: Option<&Spelled>) -> Option<Spelled> {
    Some(Spelled {
        id: row.id.parse().ok()?,
        size: spelled(kept, &row.size),
        note: row.note.clone(),
        score: kept.map_or(0.0, |kept| kept.score),
    })
}

fn id(seed: &mut Seed) -> u8 {
    below(seed, 8)
}

/// Sizes that fit everywhere, on some branches, and nowhere.
fn size(seed: &mut Seed) -> String {
    chosen(seed, &["7", "007", "12", "100", "200", "-5", "300", "many", ""]).to_owned()
}

record! {
    Spelled by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        size: size(seed),
        note: text(seed),
        score: number(seed),
    }
    touches size, note, score
}

record! {
    Unsigned by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        size: chosen(seed, &[7, 12, 100, 200]),
        extra: chosen(seed, &[5, -1, 7]),
        score: rounded(number(seed)),
    }
    touches size, extra, score
}

record! {
    Small by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        size: if seed.one_in(30) {
            -1
        } else {
            chosen(seed, &[7, 12, 100])
        },
        extra: chosen(seed, &[5, -1, 7]),
        score: rounded(number(seed)),
        flag: flag(seed),
    }
    touches size, flag, score
}

record! {
    Signed by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        size: chosen(seed, &[7, 12, 100, -5]),
        note: text(seed),
        score: number(seed),
    }
    touches size, note
}

impl Record for Keyed {
    type Id = String;

    fn row_id(&self) -> String {
        self.id.clone()
    }

    fn random(seed: &mut Seed) -> Self {
        let id = match seed.below(40) {
            0 => "seven".to_owned(),
            1 | 2 => format!("0{}", id(seed)),
            _ => id(seed).to_string(),
        };
        Self {
            id,
            size: chosen(seed, &[7, 12, 100, 300]),
            note: text(seed),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(2) {
            0 => self.size = chosen(seed, &[7, 12, 100, 300]),
            _ => self.note = text(seed),
        }
    }
}

asks! { Spelled: id, size, note, score }
asks! { Unsigned: id, size, extra, score }
asks! { Small: id, size, extra, score, flag }
asks! { Signed: id, size, note, score }
asks! { Keyed: id, size, note }
