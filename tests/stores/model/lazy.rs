//! Changes that no row has to wait for: fields that are renamed, widened, narrowed, dropped and added, an option that
//! comes; on two branches.

use std::collections::BTreeMap;

use quanta_core::Seed;
use quantadb::{QuantaEntity, QuantaType};

use super::asked::asks;
use super::history::{History, Record, Rows};
use super::rules::{by_key, in_order, rounded, unrounded};
use super::values::{below, byte, chosen, flag, keyed, list, number, text};

macro_rules! generation {
    ($(#[$more:meta])? $name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        $(#[$more])?
        struct $name {
            #[quanta(id)]
            id: u16,
            $($field)*
        }
    };
}

#[derive(QuantaType, Debug, Clone, Copy, PartialEq)]
enum Colour {
    #[quanta(default)]
    Red,
    Blue,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Entry {
    size: u16,
    label: String,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Slim {
    size: u32,
}

generation! { #[quanta(index("marks[]"))] A { #[quanta(index)] nick: String, level: u8, note: String, score: f64, entries: BTreeMap<String, Entry>, marks: Vec<f64> } }
generation! { #[quanta(index("marks[]", level))] B {
    #[quanta(renamed_from = "nick", index)]
    name: String,
    level: u32,
    score: f32,
    #[quanta(new, default = 5)]
    extra: i32,
    entries: BTreeMap<String, Slim>,
    marks: Vec<f32>,
} }
generation! { C {
    name: Option<String>,
    #[quanta(index)]
    level: u32,
    #[quanta(index)]
    score: f32,
    #[quanta(new)]
    flag: bool,
    entries: BTreeMap<String, Slim>,
    marks: Vec<f32>,
} }
generation! { #[quanta(index(score, note))] D {
    nick: String,
    level: u16,
    #[quanta(index)]
    note: Option<String>,
    score: f64,
    #[quanta(new)]
    colour: Colour,
    entries: BTreeMap<String, Entry>,
} }

/// B is a child of A, C of B, D of A.
pub fn history() -> History {
    History::root::<A>()
        .child::<B>(0, Rows::new(a_to_b, b_to_a))
        .child::<C>(1, Rows::new(b_to_c, c_to_b))
        .child::<D>(0, Rows::new(a_to_d, d_to_a))
}

fn a_to_b(row: &A, kept: Option<&B>) -> Option<B> {
    let slim = |_: Option<&Slim>, entry: &Entry| {
        Some(Slim {
            size: entry.size.into(),
        })
    };
    Some(B {
        id: row.id,
        name: row.nick.clone(),
        level: row.level.into(),
        score: rounded(row.score),
        extra: kept.map_or(5, |kept| kept.extra),
        entries: by_key(None, &row.entries, slim)?,
        marks: row.marks.iter().copied().map(rounded).collect(),
    })
}

fn b_to_a(row: &B, kept: Option<&A>) -> Option<A> {
    let entry = |kept: Option<&Entry>, slim: &Slim| {
        Some(Entry {
            size: slim.size.try_into().ok()?,
            label: kept.map_or_else(String::new, |kept| kept.label.clone()),
        })
    };
    Some(A {
        id: row.id,
        nick: row.name.clone(),
        level: row.level.try_into().ok()?,
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
        score: unrounded(kept.map(|kept| &kept.score), row.score),
        entries: by_key(kept.map(|kept| &kept.entries), &row.entries, entry)?,
        marks: in_order(
            kept.map(|kept| &kept.marks),
            &row.marks,
            |mark| Some(rounded(*mark)),
            |mark| Some(f64::from(*mark)),
        )?,
    })
}

fn b_to_c(row: &B, kept: Option<&C>) -> Option<C> {
    Some(C {
        id: row.id,
        name: Some(row.name.clone()),
        level: row.level,
        score: row.score,
        flag: kept.is_some_and(|kept| kept.flag),
        entries: row.entries.clone(),
        marks: row.marks.clone(),
    })
}

fn c_to_b(row: &C, kept: Option<&B>) -> Option<B> {
    Some(B {
        id: row.id,
        name: row.name.clone()?,
        level: row.level,
        score: row.score,
        // What is left to rows born above is the last default of the field.
        extra: kept.map_or(5, |kept| kept.extra),
        entries: row.entries.clone(),
        marks: row.marks.clone(),
    })
}

fn a_to_d(row: &A, kept: Option<&D>) -> Option<D> {
    Some(D {
        id: row.id,
        nick: row.nick.clone(),
        level: row.level.into(),
        note: Some(row.note.clone()),
        score: row.score,
        colour: kept.map_or(Colour::Red, |kept| kept.colour),
        entries: row.entries.clone(),
    })
}

fn d_to_a(row: &D, kept: Option<&A>) -> Option<A> {
    Some(A {
        id: row.id,
        nick: row.nick.clone(),
        level: row.level.try_into().ok()?,
        note: row.note.clone()?,
        score: row.score,
        entries: row.entries.clone(),
        marks: kept.map_or_else(Vec::new, |kept| kept.marks.clone()),
    })
}

/// A level that fits everywhere, and now and then one that fits only above.
fn level(seed: &mut Seed) -> u32 {
    if seed.one_in(20) {
        chosen(seed, &[256, 300, 65_536])
    } else {
        byte(seed).into()
    }
}

fn slim(seed: &mut Seed) -> Slim {
    let size = if seed.one_in(40) {
        70_000
    } else {
        below(seed, 1000)
    };
    Slim { size }
}

fn entry(seed: &mut Seed) -> Entry {
    Entry {
        size: below(seed, 1000),
        label: text(seed),
    }
}

fn short(seed: &mut Seed) -> f32 {
    rounded(number(seed))
}

impl Record for A {
    type Id = u16;

    fn row_id(&self) -> u16 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 10),
            nick: text(seed),
            level: byte(seed),
            note: text(seed),
            score: number(seed),
            entries: keyed(seed, entry),
            marks: list(seed, number),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            0 => self.nick = text(seed),
            1 => self.score = number(seed),
            2 => drop(self.entries.pop_first()),
            _ => self.marks.reverse(),
        }
    }
}

impl Record for B {
    type Id = u16;

    fn row_id(&self) -> u16 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 10),
            name: text(seed),
            level: level(seed),
            score: short(seed),
            extra: chosen(seed, &[5, -1, 7]),
            entries: keyed(seed, slim),
            marks: list(seed, short),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(5) {
            0 => self.name = text(seed),
            1 => self.score = short(seed),
            2 => drop(self.entries.pop_last()),
            3 => self.marks.push(0.1),
            _ => self.extra += 1,
        }
    }
}

impl Record for C {
    type Id = u16;

    fn row_id(&self) -> u16 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 10),
            name: (!seed.one_in(20)).then(|| text(seed)),
            level: level(seed),
            score: short(seed),
            flag: flag(seed),
            entries: keyed(seed, slim),
            marks: list(seed, short),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            0 => self.flag = !self.flag,
            1 => self.level = level(seed),
            2 => self.marks.reverse(),
            _ => drop(self.entries.insert("k".to_owned(), Slim { size: 1 })),
        }
    }
}

impl Record for D {
    type Id = u16;

    fn row_id(&self) -> u16 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 10),
            nick: text(seed),
            level: u16::try_from(level(seed).min(300)).unwrap(),
            note: (!seed.one_in(20)).then(|| text(seed)),
            score: number(seed),
            colour: chosen(seed, &[Colour::Red, Colour::Blue]),
            entries: keyed(seed, entry),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            0 => self.colour = Colour::Blue,
            1 => self.note = Some(text(seed)),
            2 => self.score = number(seed),
            _ => self.entries.clear(),
        }
    }
}

asks! { A: id, nick, level, note, score; each marks }
asks! { B: id, name, level, score, extra; each marks }
asks! { C: id, name, level, score, flag; each marks }
asks! { D: id, nick, level, note, score }
