//! Rows that meet in another key: all but the one with the lowest key are taken out, and come back.

use quanta_core::Seed;
use quantadb::QuantaEntity;

use super::asked::asks;
use super::history::{History, Record, Rows, Unable};
use super::rules::{rounded, unrounded};
use super::values::{below, chosen, number, text};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false, on_failure(key = "drop_row"))]
        struct $name { $($field)* }
    };
}

generation! { ById { #[quanta(id)] id: u8, #[quanta(index)] mail: String, place: u8, score: f64, note: String } }
generation! { ByMail { id: u8, #[quanta(id)] mail: String, #[quanta(index)] place: u8, #[quanta(index)] score: f32 } }
generation! { ByPlace { #[quanta(index)] id: u8, #[quanta(index)] mail: String, #[quanta(id)] place: u8, score: f32, #[quanta(new, default = 1)] rank: u8 } }
generation! { Plain { #[quanta(id)] id: u8, #[quanta(index)] mail: String, #[quanta(index)] place: u8, score: f64, #[quanta(new)] extra: String } }
generation! { Placed { id: u8, mail: String, #[quanta(id)] place: u8, score: f64, note: String } }

/// `ByMail`, `Plain` and `Placed` are children of `ById`, `ByPlace` of `ByMail`.
pub fn history() -> History {
    History::root::<ById>()
        .child::<ByMail>(0, Rows::new(id_to_mail, mail_to_id).rekeyed(Unable::DropRow))
        .child::<ByPlace>(
            1,
            Rows::new(mail_to_place, place_to_mail).rekeyed(Unable::DropRow),
        )
        .child::<Plain>(0, Rows::new(id_to_plain, plain_to_id))
        .child::<Placed>(0, Rows::new(id_to_placed, placed_to_id).rekeyed(Unable::DropRow))
}

fn id_to_mail(row: &ById, _: Option<&ByMail>) -> Option<ByMail> {
    Some(ByMail {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: rounded(row.score),
    })
}

fn mail_to_id(row: &ByMail, kept: Option<&ById>) -> Option<ById> {
    Some(ById {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: unrounded(kept.map(|kept| &kept.score), row.score),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn mail_to_place(row: &ByMail, kept: Option<&ByPlace>) -> Option<ByPlace> {
    Some(ByPlace {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
        rank: kept.map_or(1, |kept| kept.rank),
    })
}

fn place_to_mail(row: &ByPlace, _: Option<&ByMail>) -> Option<ByMail> {
    Some(ByMail {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
    })
}

fn id_to_plain(row: &ById, kept: Option<&Plain>) -> Option<Plain> {
    Some(Plain {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
        extra: kept.map_or_else(String::new, |kept| kept.extra.clone()),
    })
}

fn plain_to_id(row: &Plain, kept: Option<&ById>) -> Option<ById> {
    Some(ById {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn id_to_placed(row: &ById, _: Option<&Placed>) -> Option<Placed> {
    Some(Placed {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
        note: row.note.clone(),
    })
}

fn placed_to_id(row: &Placed, _: Option<&ById>) -> Option<ById> {
    Some(ById {
        id: row.id,
        mail: row.mail.clone(),
        place: row.place,
        score: row.score,
        note: row.note.clone(),
    })
}

fn mail(seed: &mut Seed) -> String {
    chosen(seed, &["a", "b", "c", "d", "e"]).to_owned()
}

/// Places in another order than ids and mails.
fn place(seed: &mut Seed) -> u8 {
    below(seed, 6)
}

/// Many ids, so that rows born above seldom meet below.
fn id(seed: &mut Seed) -> u8 {
    below(seed, 12)
}

record! {
    ById by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        mail: mail(seed),
        place: place(seed),
        score: number(seed),
        note: text(seed),
    }
    touches mail, place, score, note
}

record! {
    ByMail by String = |row| row.mail.clone();
    |seed| {
        id: id(seed),
        mail: mail(seed),
        place: place(seed),
        score: rounded(number(seed)),
    }
    touches id, place, score
}

record! {
    ByPlace by u8 = |row| row.place;
    |seed| {
        id: id(seed),
        mail: mail(seed),
        place: place(seed),
        score: rounded(number(seed)),
        rank: below(seed, 3),
    }
    touches mail, rank, score
}

record! {
    Plain by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        mail: mail(seed),
        place: place(seed),
        score: number(seed),
        extra: text(seed),
    }
    touches mail, place, extra
}

record! {
    Placed by u8 = |row| row.place;
    |seed| {
        id: id(seed),
        mail: mail(seed),
        place: place(seed),
        score: number(seed),
        note: text(seed),
    }
    touches id, mail, note
}

asks! { ById: id, mail, place, score, note }
asks! { ByMail: mail, id, place, score }
asks! { ByPlace: place, id, mail, score, rank }
asks! { Plain: id, mail, place, score, extra }
asks! { Placed: place, id, mail, score, note }
