//! A table with an index: a put has to read what was there.

use std::hint::black_box;
use std::path::Path;

use quantadb::Durability;

use super::{Effort, pair::by_turns};
use crate::bare::{self, Index};
use crate::error::Outcome;
use crate::ours;
use crate::raw::{Raw, Sync};
use crate::results::Findings;
use crate::rows::{User, email, random_ids, user, users};

pub fn run<R: Raw>(directory: &Path, rows: u64, effort: Effort, found: &mut Findings) -> Outcome<()> {
    let (ours, bare) = (directory.join("ours"), directory.join("bare"));
    std::fs::create_dir_all(directory)?;
    let db = ours::open::<(User,)>(&ours, R::NAME, Durability::Sync)?;
    db.collection::<User>().load(users(rows))?;
    drop(db);
    ours::compact(&ours)?;
    bare::prepare::<R>(&bare, rows, Index::Email)?;
    by_address::<R>((&ours, &bare), rows, effort, found)?;
    for (name, durability, sync) in [
        ("put that reads, buffered", Durability::Buffered, Sync::Buffered),
        ("put that reads, synced", Durability::Sync, Sync::Durable),
    ] {
        let db = ours::open::<(User,)>(&ours, R::NAME, durability)?;
        let raw = R::open(&bare)?;
        let users = db.collection::<User>();
        let block = super::writes_in_block(effort, sync);
        let new = |round: u64| random_ids(rows, block, round).map(move |id| User { score: 1, ..user(id) });
        let blocks: Vec<Vec<User>> = (0..=effort.rounds).map(|round| new(round).collect()).collect();
        let block_of = |round: u64| &blocks[usize::try_from(round).expect("rounds are few")];
        let paired = by_turns(
            effort.rounds,
            block,
            |round| {
                for row in block_of(round) {
                    users.put(row)?;
                }
                Ok(block)
            },
            |round| {
                for row in block_of(round) {
                    bare::put_with_entry(&raw, row, sync)?;
                }
                Ok(block)
            },
        )?;
        found.compare(name, paired);
    }
    Ok(())
}

/// Gets by the unique address: two gets of the bare engine.
fn by_address<R: Raw>(
    (ours, bare): (&Path, &Path),
    rows: u64,
    effort: Effort,
    found: &mut Findings,
) -> Outcome<()> {
    let db = ours::open::<(User,)>(ours, R::NAME, Durability::Sync)?;
    let raw = R::open(bare)?;
    let reader = raw.reader()?;
    let block = effort.block / 2;
    let gets = by_turns(
        effort.rounds,
        block,
        |round| {
            random_ids(rows, block, round).try_fold(0, |sum, id| {
                let row = db
                    .query::<User>()
                    .filter(|user| user.email.eq(email(id)))
                    .first()?;
                Ok(sum + black_box(row).map_or(0, |row| u64::from(row.score)))
            })
        },
        |round| {
            random_ids(rows, block, round).try_fold(0, |sum, id| {
                let row = bare::get_by_email(&reader, &email(id))?;
                Ok(sum + black_box(row).map_or(0, |row| u64::from(row.score)))
            })
        },
    )?;
    found.compare("get by unique index", gets);
    Ok(())
}
