//! Values that are replaced where they don't fit: by a default, by a variant that stands in, none by a value; and back,
//! where what was replaced returns unless it was changed.

use quanta_core::Seed;
use quantadb::{QuantaEntity, QuantaType};

use super::asked::asks;
use super::history::{History, Record, Rows};
use super::rules::{converted, in_order};
use super::values::{below, chosen, list, text};

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
enum State {
    Open,
    Sent { to: String },
    Lost { place: String },
    Sold(u8),
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Fewer {
    #[quanta(fallback_for("Lost", "Sold"))]
    Open,
    Sent {
        to: String,
    },
}

generation! { #[quanta(index("one[]"))] Loose {
    #[quanta(index)]
    size: String,
    state: State,
    past: Vec<State>,
    one: Vec<u16>,
    #[quanta(index)]
    level: Option<u8>,
    grades: Vec<String>,
    place: Option<String>,
} }
generation! { Tight {
    #[quanta(on_failure = "default", default = 1, index)]
    size: u8,
    state: Fewer,
    past: Vec<Fewer>,
    #[quanta(on_failure = "default")]
    one: u16,
    #[quanta(default = 9, index)]
    level: u8,
    #[quanta(on_failure = "default")]
    grades: Vec<u16>,
    #[quanta(on_failure = "default", default = "here", index)]
    place: String,
} }
generation! { Wider {
    #[quanta(index)]
    size: u16,
    state: Option<Fewer>,
    past: Vec<Fewer>,
    #[quanta(index)]
    one: Option<u16>,
    grades: Vec<String>,
} }
generation! { Apart {
    size: String,
    past: Vec<State>,
    one: Vec<u16>,
    #[quanta(on_failure = "default")]
    level: i8,
} }

/// `Tight` and `Apart` are children of `Loose`, `Wider` of `Tight`.
pub fn history() -> History {
    History::root::<Loose>()
        .child::<Tight>(0, Rows::new(loose_to_tight, tight_to_loose))
        .child::<Wider>(1, Rows::new(tight_to_wider, wider_to_tight))
        .child::<Apart>(0, Rows::new(loose_to_apart, apart_to_loose))
}

fn fewer(state: &State) -> Fewer {
    match state {
        State::Open | State::Lost { .. } | State::Sold(_) => Fewer::Open,
        State::Sent { to } => Fewer::Sent { to: to.clone() },
    }
}

fn state(fewer: &Fewer) -> State {
    match fewer {
        Fewer::Open => State::Open,
        Fewer::Sent { to } => State::Sent { to: to.clone() },
    }
}

/// One grade that doesn't fit, and the field has its default.
fn grades(texts: &[String]) -> Vec<u16> {
    let grades: Option<_> = texts.iter().map(|text| text.parse().ok()).collect();
    grades.unwrap_or_default()
}

/// The list as a whole returns if it was not changed; else its items do, in order.
fn grades_back(kept: Option<&Vec<String>>, present: &Vec<u16>) -> Option<Vec<String>> {
    converted(
        kept,
        present,
        |kept| Some(grades(kept)),
        |present| {
            in_order(
                kept,
                present,
                |text| text.parse().ok(),
                |grade| Some(grade.to_string()),
            )
        },
    )
}

fn size(text: &str) -> u8 {
    text.parse().unwrap_or(1)
}

/// A list with exactly one item is that item.
fn single(list: &[u16]) -> u16 {
    match list {
        [one] => *one,
        _ => 0,
    }
}

fn loose_to_tight(row: &Loose, _: Option<&Tight>) -> Option<Tight> {
    Some(Tight {
        id: row.id,
        size: size(&row.size),
        state: fewer(&row.state),
        past: row.past.iter().map(fewer).collect(),
        one: single(&row.one),
        level: row.level.unwrap_or(9),
        grades: grades(&row.grades),
        place: row.place.clone().unwrap_or_else(|| "here".to_owned()),
    })
}

fn tight_to_loose(row: &Tight, kept: Option<&Loose>) -> Option<Loose> {
    Some(Loose {
        id: row.id,
        size: converted(
            kept.map(|kept| &kept.size),
            &row.size,
            |text| Some(size(text)),
            |size| Some(size.to_string()),
        )?,
        state: converted(
            kept.map(|kept| &kept.state),
            &row.state,
            |kept| Some(fewer(kept)),
            |present| Some(state(present)),
        )?,
        past: in_order(
            kept.map(|kept| &kept.past),
            &row.past,
            |kept| Some(fewer(kept)),
            |present| Some(state(present)),
        )?,
        one: converted(
            kept.map(|kept| &kept.one),
            &row.one,
            |list| Some(single(list)),
            |one| Some(vec![*one]),
        )?,
        level: converted(
            kept.map(|kept| &kept.level),
            &row.level,
            |level| Some(level.unwrap_or(9)),
            |level| Some(Some(*level)),
        )?,
        grades: grades_back(kept.map(|kept| &kept.grades), &row.grades)?,
        place: converted(
            kept.map(|kept| &kept.place),
            &row.place,
            |place| Some(place.clone().unwrap_or_else(|| "here".to_owned())),
            |place| Some(Some(place.clone())),
        )?,
    })
}

fn tight_to_wider(row: &Tight, kept: Option<&Wider>) -> Option<Wider> {
    Some(Wider {
        id: row.id,
        size: row.size.into(),
        state: Some(row.state.clone()),
        past: row.past.clone(),
        one: Some(row.one),
        grades: in_order(
            kept.map(|kept| &kept.grades),
            &row.grades,
            |text| text.parse().ok(),
            |grade| Some(grade.to_string()),
        )?,
    })
}

fn wider_to_tight(row: &Wider, kept: Option<&Tight>) -> Option<Tight> {
    let grades: Option<Vec<u16>> = row.grades.iter().map(|text| text.parse().ok()).collect();
    Some(Tight {
        id: row.id,
        size: row.size.try_into().ok()?,
        state: row.state.clone()?,
        past: row.past.clone(),
        one: row.one?,
        level: kept.map_or(9, |kept| kept.level),
        grades: grades?,
        place: kept.map_or_else(|| "here".to_owned(), |kept| kept.place.clone()),
    })
}

fn loose_to_apart(row: &Loose, _: Option<&Apart>) -> Option<Apart> {
    Some(Apart {
        id: row.id,
        size: row.size.clone(),
        past: row.past.clone(),
        one: row.one.clone(),
        level: seen_apart(&row.level),
    })
}

/// What an option becomes where neither none nor a large number fits.
fn seen_apart(level: &Option<u8>) -> i8 {
    level.and_then(|level| level.try_into().ok()).unwrap_or(0)
}

fn apart_to_loose(row: &Apart, kept: Option<&Loose>) -> Option<Loose> {
    let level = converted(
        kept.map(|kept| &kept.level),
        &row.level,
        |level| Some(seen_apart(level)),
        |level| Some(Some(u8::try_from(*level).ok()?)),
    )?;
    Some(Loose {
        id: row.id,
        size: row.size.clone(),
        // A variant has to stand for rows born above: it is the first write that says which.
        state: kept?.state.clone(),
        past: row.past.clone(),
        one: row.one.clone(),
        level,
        grades: kept.map_or_else(Vec::new, |kept| kept.grades.clone()),
        place: kept.and_then(|kept| kept.place.clone()),
    })
}

const SIZES: [&str; 7] = ["1", "7", "007", "200", "256", "many", ""];

fn random_state(seed: &mut Seed) -> State {
    match seed.below(4) {
        0 => State::Open,
        1 => State::Sent { to: text(seed) },
        2 => State::Lost { place: text(seed) },
        _ => State::Sold(below(seed, 3)),
    }
}

fn random_fewer(seed: &mut Seed) -> Fewer {
    match seed.below(2) {
        0 => Fewer::Open,
        _ => Fewer::Sent { to: text(seed) },
    }
}

fn small<N: From<u8> + Clone>(seed: &mut Seed) -> N {
    chosen(seed, &[0, 1, 7, 9].map(N::from))
}

impl Record for Loose {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            size: chosen(seed, &SIZES).to_owned(),
            state: random_state(seed),
            past: list(seed, random_state),
            one: list(seed, small),
            level: (!seed.one_in(3)).then(|| chosen(seed, &[0, 9, 200])),
            grades: list(seed, |seed| {
                chosen(seed, &["0", "7", "07", "9", "bad"]).to_owned()
            }),
            place: (!seed.one_in(2)).then(|| text(seed)),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(5) {
            0 => self.size = chosen(seed, &SIZES).to_owned(),
            1 => self.state = random_state(seed),
            2 => self.past.reverse(),
            3 => self.one.push(7),
            _ => drop(self.grades.pop()),
        }
    }
}

impl Record for Tight {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            size: small(seed),
            state: random_fewer(seed),
            past: list(seed, random_fewer),
            one: small(seed),
            level: small(seed),
            grades: list(seed, small),
            place: chosen(seed, &["here", "there"]).to_owned(),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(7) {
            0 => self.size = small(seed),
            1 => self.state = random_fewer(seed),
            2 => self.past.push(Fewer::Open),
            3 => self.one = small(seed),
            4 => self.level = small(seed),
            5 => self.past.reverse(),
            _ => self.grades.reverse(),
        }
    }
}

impl Record for Wider {
    type Id = u8;

    fn row_id(&self) -> u8 {
        self.id
    }

    fn random(seed: &mut Seed) -> Self {
        Self {
            id: below(seed, 8),
            size: if seed.one_in(30) { 256 } else { small(seed) },
            state: (!seed.one_in(30)).then(|| random_fewer(seed)),
            past: list(seed, random_fewer),
            one: (!seed.one_in(30)).then(|| small(seed)),
            grades: list(seed, |seed| chosen(seed, &["0", "7", "07"]).to_owned()),
        }
    }

    fn touch(&mut self, seed: &mut Seed) {
        match seed.below(4) {
            0 => self.size = small(seed),
            1 => self.state = Some(random_fewer(seed)),
            2 => drop(self.past.pop()),
            _ => self.grades.reverse(),
        }
    }
}

record! {
    Apart by u8 = |row| row.id;
    |seed| {
        id: below(seed, 8),
        size: chosen(seed, &SIZES).to_owned(),
        past: list(seed, random_state),
        one: list(seed, small),
        level: if seed.one_in(30) {
            -1
        } else {
            chosen(seed, &[0, 9, 100])
        },
    }
    touches level, size
}

asks! { Loose: id, size, level, place; each one; each grades }
asks! { Tight: id, size, one, level, place; each grades }
asks! { Wider: id, size, one; each grades }
asks! { Apart: id, size, level; each one }
