//! A table that is dropped on purpose, another one of its name, and rollbacks that give both back as they were left.

use quanta_core::Seed;
use quantadb::QuantaEntity;

use super::asked::asks;
use super::history::{History, Record, Rows};
use super::rules::{rounded, unrounded};
use super::values::{below, number, text};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name {
            #[quanta(id)]
            id: u8,
            $($field)*
        }
    };
}

generation! { First { #[quanta(index)] note: String, #[quanta(index)] score: f64 } }
generation! { Second { #[quanta(index)] score: f32, #[quanta(new, default = 9, index)] rank: u16 } }
generation! { Other { #[quanta(index)] title: String } }
generation! { Titled { #[quanta(renamed_from = "title", index)] name: String, #[quanta(new)] size: u32 } }

/// `Second` is a child of `First`; then the table is dropped, `Other` is made, and `Titled` is a child of it. The table is
/// also dropped right after `First`.
pub fn history() -> History {
    History::root::<First>()
        .child::<Second>(0, Rows::new(first_to_second, second_to_first))
        .dropped(1)
        .created::<Other>(2)
        .child::<Titled>(3, Rows::new(other_to_titled, titled_to_other))
        .dropped(0)
}

fn first_to_second(row: &First, kept: Option<&Second>) -> Option<Second> {
    Some(Second {
        id: row.id,
        score: rounded(row.score),
        rank: kept.map_or(9, |kept| kept.rank),
    })
}

fn second_to_first(row: &Second, kept: Option<&First>) -> Option<First> {
    Some(First {
        id: row.id,
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
        score: unrounded(kept.map(|kept| &kept.score), row.score),
    })
}

fn other_to_titled(row: &Other, kept: Option<&Titled>) -> Option<Titled> {
    Some(Titled {
        id: row.id,
        name: row.title.clone(),
        size: kept.map_or(0, |kept| kept.size),
    })
}

fn titled_to_other(row: &Titled, _: Option<&Other>) -> Option<Other> {
    Some(Other {
        id: row.id,
        title: row.name.clone(),
    })
}

fn id(seed: &mut Seed) -> u8 {
    below(seed, 8)
}

record! {
    First by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        note: text(seed),
        score: number(seed),
    }
    touches note, score
}

record! {
    Second by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        score: rounded(number(seed)),
        rank: below(seed, 12),
    }
    touches score, rank
}

record! {
    Other by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        title: text(seed),
    }
    touches title
}

record! {
    Titled by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        name: text(seed),
        size: below(seed, 5),
    }
    touches name, size
}

asks! { First: id, note, score }
asks! { Second: id, score, rank }
asks! { Other: id, title }
asks! { Titled: id, name, size }
