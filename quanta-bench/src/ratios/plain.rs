//! A table without an index: gets, scans, and puts that don't have to read.

use std::hint::black_box;
use std::path::Path;

use quantadb::Durability;

use super::{Effort, pair::by_turns};
use crate::bare::{self, Index};
use crate::entities::Plain;
use crate::error::Outcome;
use crate::ours;
use crate::raw::{Raw, Sync};
use crate::results::Findings;
use crate::rows::{random_ids, user, users};

pub fn run<R: Raw>(directory: &Path, rows: u64, effort: Effort, found: &mut Findings) -> Outcome<()> {
    let (ours, bare) = (directory.join("ours"), directory.join("bare"));
    std::fs::create_dir_all(directory)?;
    let db = ours::open::<(Plain,)>(&ours, R::NAME, Durability::Sync)?;
    db.collection::<Plain>().load(users(rows).map(Plain::from))?;
    drop(db);
    ours::compact(&ours)?;
    bare::prepare::<R>(&bare, rows, Index::None)?;
    reads::<R>((&ours, &bare), rows, effort, found)?;
    for (name, durability, sync) in [
        ("blind put, buffered", Durability::Buffered, Sync::Buffered),
        ("blind put, synced", Durability::Sync, Sync::Durable),
    ] {
        let db = ours::open::<(Plain,)>(&ours, R::NAME, durability)?;
        let raw = R::open(&bare)?;
        let users = db.collection::<Plain>();
        let block = super::writes_in_block(effort, sync);
        let new = |round: u64| {
            random_ids(rows, block, round).map(move |id| Plain {
                score: 1,
                ..Plain::from(user(id))
            })
        };
        let blocks: Vec<Vec<Plain>> = (0..=effort.rounds).map(|round| new(round).collect()).collect();
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
                    raw.write(&[(bare::key(row.id).to_vec(), Some(bare::encoded(row)?))], sync)?;
                }
                Ok(block)
            },
        )?;
        found.compare(name, paired);
    }
    Ok(())
}

fn reads<R: Raw>(
    (ours, bare): (&Path, &Path),
    rows: u64,
    effort: Effort,
    found: &mut Findings,
) -> Outcome<()> {
    let db = ours::open::<(Plain,)>(ours, R::NAME, Durability::Sync)?;
    let raw = R::open(bare)?;
    let users = db.collection::<Plain>();
    let reader = raw.reader()?;
    let gets = by_turns(
        effort.rounds,
        effort.block,
        |round| {
            random_ids(rows, effort.block, round).try_fold(0, |sum, id| {
                let row = black_box(users.get(&id)?);
                Ok(sum + row.map_or(0, |row| u64::from(row.score)))
            })
        },
        |round| {
            random_ids(rows, effort.block, round).try_fold(0, |sum, id| {
                let row: Option<Plain> = black_box(bare::get(&reader, id)?);
                Ok(sum + row.map_or(0, |row| u64::from(row.score)))
            })
        },
    )?;
    found.compare("get", gets);
    let scanned = rows.min(effort.block * 25);
    let scans = by_turns(
        effort.rounds,
        scanned,
        |round| {
            let from = super::scan_start(rows, scanned, round);
            let mut sum = 0;
            for row in users.range(from..from + scanned) {
                sum += u64::from(black_box(row?).score);
            }
            Ok(sum)
        },
        |round| {
            let from = super::scan_start(rows, scanned, round);
            let mut sum = 0;
            bare::scan(&reader, from, scanned, |row: Plain| {
                sum += u64::from(black_box(row).score);
                Ok(())
            })?;
            Ok(sum)
        },
    )?;
    found.compare("scan", scans);
    Ok(())
}
