//! Rows that refer to rows of another table: the reference comes, says something else of deletions, and goes, beside
//! rows that are taken out and come back.

use quanta_core::Seed;
use quantadb::{QuantaEntity, Ref};

use super::asked::asks;
use super::history::{Cell, History, Record, Reference, Rows, Then};
use super::values::{below, text};

/// What rows refer to.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "teams", register = false)]
pub struct Team {
    #[quanta(id)]
    pub id: u8,
}

/// Teams that there may be.
pub const TEAMS: u8 = 5;

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false, lock = "off")]
        struct $name {
            #[quanta(id)]
            id: u8,
            $($field)*
        }
    };
}

generation! { Free { #[quanta(index)] team: Option<u8>, size: u16, note: String } }
generation! { Bound { #[quanta(on_delete = "set_null", index)] team: Option<Ref<Team>>, size: u16, note: String } }
generation! { Held { team: Option<Ref<Team>>, #[quanta(on_failure = "drop_row", index)] size: u8, #[quanta(new)] rank: u8 } }
generation! { Owned { #[quanta(on_delete = "cascade")] team: Option<Ref<Team>>, size: u32, note: String } }

/// `Bound` and `Owned` are children of `Free`, `Held` of `Bound`.
pub fn history() -> History {
    History::root::<Free>()
        .beside_teams()
        .child::<Bound>(0, Rows::new(free_to_bound, bound_to_free))
        .refers(Reference {
            team: |row: &Cell| team_of(row.of::<Bound>().team),
            then: Then::SetNull(|row: &Cell| {
                let row = row.of::<Bound>().clone();
                Cell::new(Bound { team: None, ..row })
            }),
        })
        .child::<Held>(1, Rows::new(bound_to_held, held_to_bound).unfit_are_dropped())
        .refers(Reference {
            team: |row: &Cell| team_of(row.of::<Held>().team),
            then: Then::Restrict,
        })
        .child::<Owned>(0, Rows::new(free_to_owned, owned_to_free))
        .refers(Reference {
            team: |row: &Cell| team_of(row.of::<Owned>().team),
            then: Then::Cascade,
        })
}

fn team_of(team: Option<Ref<Team>>) -> Option<u8> {
    team.map(Ref::into_key)
}

fn free_to_bound(row: &Free, _: Option<&Bound>) -> Option<Bound> {
    Some(Bound {
        id: row.id,
        team: row.team.map(Ref::new),
        size: row.size,
        note: row.note.clone(),
    })
}

fn bound_to_free(row: &Bound, _: Option<&Free>) -> Option<Free> {
    Some(Free {
        id: row.id,
        team: team_of(row.team),
        size: row.size,
        note: row.note.clone(),
    })
}

fn bound_to_held(row: &Bound, kept: Option<&Held>) -> Option<Held> {
    Some(Held {
        id: row.id,
        team: row.team,
        size: row.size.try_into().ok()?,
        rank: kept.map_or(0, |kept| kept.rank),
    })
}

fn held_to_bound(row: &Held, kept: Option<&Bound>) -> Option<Bound> {
    Some(Bound {
        id: row.id,
        team: row.team,
        size: row.size.into(),
        note: kept.map_or_else(String::new, |kept| kept.note.clone()),
    })
}

fn free_to_owned(row: &Free, _: Option<&Owned>) -> Option<Owned> {
    Some(Owned {
        id: row.id,
        team: row.team.map(Ref::new),
        size: row.size.into(),
        note: row.note.clone(),
    })
}

fn owned_to_free(row: &Owned, _: Option<&Free>) -> Option<Free> {
    Some(Free {
        id: row.id,
        team: team_of(row.team),
        size: row.size.try_into().ok()?,
        note: row.note.clone(),
    })
}

fn id(seed: &mut Seed) -> u8 {
    below(seed, 8)
}

fn team(seed: &mut Seed) -> Option<u8> {
    (!seed.one_in(3)).then(|| below(seed, TEAMS.into()))
}

fn refers(seed: &mut Seed) -> Option<Ref<Team>> {
    team(seed).map(Ref::new)
}

record! {
    Free by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        team: team(seed),
        size: if seed.one_in(4) { 300 } else { below(seed, 5) },
        note: text(seed),
    }
    touches team, size, note
}

record! {
    Bound by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        team: refers(seed),
        size: if seed.one_in(4) { 300 } else { below(seed, 5) },
        note: text(seed),
    }
    touches team, size, note
}

record! {
    Held by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        team: refers(seed),
        size: below(seed, 5),
        rank: below(seed, 3),
    }
    touches team, size, rank
}

record! {
    Owned by u8 = |row| row.id;
    |seed| {
        id: id(seed),
        team: refers(seed),
        size: if seed.one_in(40) { 70_000 } else { below(seed, 5) },
        note: text(seed),
    }
    touches team, size
}

asks! { Free: id, team, size, note }
asks! { Bound: id, team, size, note }
asks! { Held: id, team, size, rank }
asks! { Owned: id, team, size, note }
