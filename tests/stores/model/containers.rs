//! Containers whose items change: entries of maps are found by key, items of lists in order; a list that becomes a set,
//! an option around a list, lists of lists.

use std::collections::{BTreeMap, BTreeSet};

use quanta_core::Seed;
use quantadb::{QuantaEntity, QuantaType};

use super::asked::asks;
use super::history::{History, Record, Rows};
use super::rules::{by_key, converted, in_order, rounded, unrounded};
use super::values::{below, byte, chosen, keyed, list, number, text};

macro_rules! generation {
    ($(#[$more:meta])? $name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        $(#[$more])?
        struct $name {
            #[quanta(id)]
            id: u8,
            $($field)*
        }
    };
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Line {
    amount: u8,
    price: f64,
    label: String,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Slim {
    amount: u16,
    price: f32,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Counted {
    amount: u16,
    price: f32,
    #[quanta(new, default = 4)]
    count: u8,
}

generation! { #[quanta(index("lines[].amount"))] Full { lines: Vec<Line>, by_name: BTreeMap<String, Line>, tags: Vec<u8>, rows: Vec<Vec<f64>>, maybe: Option<Vec<f64>> } }
generation! { #[quanta(index("tags[]"), index("lines[].amount"))] Lean { lines: Vec<Slim>, by_name: BTreeMap<String, Slim>, tags: BTreeSet<u8>, rows: Vec<Vec<f32>>, maybe: Option<Vec<f32>> } }
generation! { #[quanta(index("lines[].count"))] Grown { lines: Vec<Counted>, by_name: BTreeMap<String, Counted>, tags: BTreeSet<u8>, maybe: Option<Vec<f32>> } }
generation! { #[quanta(index("tags[]", total))] Scores { by_name: BTreeMap<String, Line>, tags: Vec<u16>, rows: Vec<Vec<f64>>, maybe: Option<Vec<f64>>, #[quanta(new)] total: u32 } }

/// `Lean` and `Scores` are children of `Full`, `Grown` of `Lean`.
pub fn history() -> History {
    History::root::<Full>()
        .child::<Lean>(0, Rows::new(full_to_lean, lean_to_full))
        .child::<Grown>(1, Rows::new(lean_to_grown, grown_to_lean))
        .child::<Scores>(0, Rows::new(full_to_scores, scores_to_full))
}

fn slim(line: &Line) -> Slim {
    Slim {
        amount: line.amount.into(),
        price: rounded(line.price),
    }
}

/// What a line becomes again, with what was kept of it.
fn line(kept: Option<&Line>, slim: &Slim) -> Option<Line> {
    Some(Line {
        amount: slim.amount.try_into().ok()?,
        price: unrounded(kept.map(|kept| &kept.price), slim.price),
        label: kept.map_or_else(String::new, |kept| kept.label.clone()),
    })
}

#[expect(clippy::ptr_arg, reason = "the rules take values of the fields' types")]
fn rounded_list(numbers: &Vec<f64>) -> Vec<f32> {
    numbers.iter().copied().map(rounded).collect()
}

fn list_back(kept: Option<&Vec<f64>>, present: &[f32]) -> Vec<f64> {
    let again = |number: &f64| Some(rounded(*number));
    in_order(kept, present, again, |number| Some(f64::from(*number))).expect("every number is a wider one")
}

fn full_to_lean(row: &Full, _: Option<&Lean>) -> Option<Lean> {
    Some(Lean {
        id: row.id,
        lines: row.lines.iter().map(slim).collect(),
        by_name: by_key(None, &row.by_name, |_: Option<&Slim>, line| Some(slim(line)))?,
        tags: row.tags.iter().copied().collect(),
        rows: row.rows.iter().map(rounded_list).collect(),
        maybe: row.maybe.as_ref().map(rounded_list),
    })
}

fn lean_to_full(row: &Lean, kept: Option<&Full>) -> Option<Full> {
    Some(Full {
        id: row.id,
        lines: in_order(
            kept.map(|kept| &kept.lines),
            &row.lines,
            |kept| Some(slim(kept)),
            |present| line(None, present),
        )?,
        by_name: by_key(kept.map(|kept| &kept.by_name), &row.by_name, line)?,
        // The order and the doubles return with a set that is still the same; else its items are put in order.
        tags: converted(
            kept.map(|kept| &kept.tags),
            &row.tags,
            |kept| Some(kept.iter().copied().collect::<BTreeSet<u8>>()),
            |present| Some(present.iter().copied().collect()),
        )?,
        // A list in a list is an item: as a whole it is the same, or it isn't.
        rows: in_order(
            kept.map(|kept| &kept.rows),
            &row.rows,
            |kept| Some(rounded_list(kept)),
            |present| Some(list_back(None, present)),
        )?,
        maybe: row
            .maybe
            .as_ref()
            .map(|present| list_back(kept.and_then(|kept| kept.maybe.as_ref()), present)),
    })
}

fn counted(kept: Option<&Counted>, slim: &Slim) -> Option<Counted> {
    Some(Counted {
        amount: slim.amount,
        price: slim.price,
        count: kept.map_or(4, |kept| kept.count),
    })
}

fn uncounted(counted: &Counted) -> Slim {
    Slim {
        amount: counted.amount,
        price: counted.price,
    }
}

fn lean_to_grown(row: &Lean, kept: Option<&Grown>) -> Option<Grown> {
    Some(Grown {
        id: row.id,
        lines: in_order(
            kept.map(|kept| &kept.lines),
            &row.lines,
            |kept| Some(uncounted(kept)),
            |present| counted(None, present),
        )?,
        by_name: by_key(kept.map(|kept| &kept.by_name), &row.by_name, counted)?,
        tags: row.tags.clone(),
        maybe: row.maybe.clone(),
    })
}

fn grown_to_lean(row: &Grown, kept: Option<&Lean>) -> Option<Lean> {
    Some(Lean {
        id: row.id,
        lines: row.lines.iter().map(uncounted).collect(),
        by_name: by_key(None, &row.by_name, |_: Option<&Slim>, present| {
            Some(uncounted(present))
        })?,
        tags: row.tags.clone(),
        rows: kept.map_or_else(Vec::new, |kept| kept.rows.clone()),
        maybe: row.maybe.clone(),
    })
}

fn full_to_scores(row: &Full, kept: Option<&Scores>) -> Option<Scores> {
    Some(Scores {
        id: row.id,
        by_name: row.by_name.clone(),
        tags: row.tags.iter().map(|tag| u16::from(*tag)).collect(),
        rows: row.rows.clone(),
        maybe: row.maybe.clone(),
        total: kept.map_or(0, |kept| kept.total),
    })
}

fn scores_to_full(row: &Scores, kept: Option<&Full>) -> Option<Full> {
    let tags: Option<Vec<u8>> = row.tags.iter().map(|tag| (*tag).try_into().ok()).collect();
    Some(Full {
        id: row.id,
        lines: kept.map_or_else(Vec::new, |kept| kept.lines.clone()),
        by_name: row.by_name.clone(),
        tags: tags?,
        rows: row.rows.clone(),
        maybe: row.maybe.clone(),
    })
}

fn random_line(seed: &mut Seed) -> Line {
    Line {
        amount: below(seed, 3),
        price: number(seed),
        label: text(seed),
    }
}

fn random_slim(seed: &mut Seed) -> Slim {
    Slim {
        amount: if seed.one_in(60) { 256 } else { below(seed, 3) },
        price: rounded(number(seed)),
    }
}

fn random_counted(seed: &mut Seed) -> Counted {
    Counted {
        amount: below(seed, 3),
        price: rounded(number(seed)),
        count: below(seed, 6),
    }
}

fn tag(seed: &mut Seed) -> u8 {
    chosen(seed, &[0, 1, 2, 3])
}

fn numbers(seed: &mut Seed) -> Vec<f64> {
    list(seed, number)
}

fn short_numbers(seed: &mut Seed) -> Vec<f32> {
    list(seed, |seed| rounded(number(seed)))
}

impl Record for Full {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            lines: list(seed, random_line),
            by_name: keyed(seed, random_line),
            tags: list(seed, tag),
            rows: list(seed, numbers),
            maybe: seed.one_in(2).then(|| numbers(seed)),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(5) {
            0 => self.lines.reverse(),
            1 => drop(self.by_name.insert("k".to_owned(), random_line(seed))),
            2 => self.tags.push(tag(seed)),
            3 => drop(self.rows.pop()),
            _ => self.maybe = None,
        }
    }
}

impl Record for Lean {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            lines: list(seed, random_slim),
            by_name: keyed(seed, random_slim),
            tags: list(seed, tag).into_iter().collect(),
            rows: list(seed, short_numbers),
            maybe: seed.one_in(2).then(|| short_numbers(seed)),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(7) {
            0 => self.lines.reverse(),
            1 => self.lines.extend(self.lines.first().cloned()),
            2 => drop(self.by_name.insert("k".to_owned(), random_slim(seed))),
            3 => self.by_name.values_mut().for_each(|slim| slim.amount = 1),
            4 => drop(self.tags.insert(tag(seed))),
            5 => self.rows.reverse(),
            _ => self.maybe.iter_mut().for_each(|numbers| numbers.push(0.1)),
        }
    }
}

impl Record for Grown {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            lines: list(seed, random_counted),
            by_name: keyed(seed, random_counted),
            tags: list(seed, tag).into_iter().collect(),
            maybe: seed.one_in(2).then(|| short_numbers(seed)),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            0 => self.lines.reverse(),
            1 => self.lines.iter_mut().for_each(|line| line.count = 1),
            2 => drop(self.by_name.pop_first()),
            _ => drop(self.tags.pop_first()),
        }
    }
}

impl Record for Scores {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            by_name: keyed(seed, random_line),
            tags: list(seed, |seed| if seed.one_in(60) { 256 } else { byte(seed).into() }),
            rows: list(seed, numbers),
            maybe: seed.one_in(2).then(|| numbers(seed)),
            total: below(seed, 3),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(3) {
            0 => self.rows.reverse(),
            1 => self.total += 1,
            _ => drop(self.by_name.pop_last()),
        }
    }
}

asks! { Full: id; each lines.amount; each lines.label }
asks! { Lean: id; each tags; each lines.amount; each lines.price }
asks! { Grown: id; each tags; each lines.count }
asks! { Scores: id, total; each tags }
