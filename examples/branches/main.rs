//! Two branches of a program take turns on one store, and no value is lost.
//!
//! `cargo run --release --example branches`: both branches came from one parent. One renames and adds; the other drops,
//! narrows and adds, in the row, in an embedded type and in the items of a list. For 20 rounds each takes the store from
//! the other with `OnOlder::RollBack`, and inserts, updates and deletes. What every row must be is worked out beside the
//! store, from the merge rules; all rows are compared with that at each turn. In the end every value that was ever
//! written is accounted for.

mod account;
mod changes;
mod structs;
mod truth;
mod turns;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use quantadb::{Database, Entities, ErrorKind, OnOlder, Options};

use self::structs::{left, parent, right};
use self::turns::{Rewriting, Turns, options};

/// What can go wrong here: the store, a row that is not as it must be, the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 20;
/// The parent and the two branches: going back and forth makes no version.
const VERSIONS: usize = 3;

fn main() -> Outcome<()> {
    run(&mut io::stdout().lock())
}

/// Runs the example.
///
/// # Errors
///
/// If a row is not as it must be: the text shows it.
pub fn run(out: &mut dyn Write) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("books.quanta");
    branch_off(&path)?;
    let mut turns = Turns::new(&path);
    for round in 0..ROUNDS {
        let rewriting = [
            Rewriting::Never,
            Rewriting::Beside,
            Rewriting::Never,
            Rewriting::First,
        ];
        let pick = |turn: usize| rewriting[turn % rewriting.len()];
        turns.turn::<left::Book>(pick(round))?;
        turns.turn::<right::Book>(pick(round + round / 4))?;
        turns.account.rounds += 1;
    }
    turns.turn::<left::Book>(Rewriting::Never)?;
    look_at_the_end(&turns, &path)?;
    turns.account.close()?;
    turns.account.print(out)?;
    writeln!(
        out,
        "every value is where it has to be, or was replaced by a write"
    )?;
    Ok(())
}

/// Makes the store with the parent, and both branches from there. Each comment names the rule by which an open goes.
fn branch_off(path: &Path) -> Outcome<()> {
    let stands = |db: Database, version: u32, versions: usize| {
        let head = db.head();
        let (id, table) = head.tables.iter().next().ok_or("there is no table")?;
        let (current, count) = (table.state.version, db.versions(*id)?.len());
        if (current, count) != (version, versions) {
            return Err(format!("at version {current} of {count}, not {version} of {versions}").into());
        }
        Ok::<(), Box<dyn Error>>(())
    };
    stands(Options::new().entities::<(parent::Book,)>().open(path)?, 1, 1)?;
    // Unknown: a new child of the current version.
    stands(Options::new().entities::<(left::Book,)>().open(path)?, 2, 2)?;
    // Current: nothing is done.
    stands(Options::new().entities::<(left::Book,)>().open(path)?, 2, 2)?;
    // Elsewhere in the tree, so the program is the older one, and has to say what is meant.
    refused::<(parent::Book,)>(path)?;
    stands(options::<(parent::Book,)>().open(path)?, 1, 2)?;
    // Below the current version: the recorded edge again. Nobody took the store back by hand, so nothing is held.
    stands(Options::new().entities::<(left::Book,)>().open(path)?, 2, 2)?;
    stands(options::<(parent::Book,)>().open(path)?, 1, 2)?;
    // Unknown, and the parent is current: the second branch.
    stands(
        Options::new().entities::<(right::Book,)>().open(path)?,
        3,
        VERSIONS,
    )?;
    // Neither branch lies below the other: each is the older one on the store of the other.
    refused::<(left::Book,)>(path)
}

fn refused<E: Entities>(path: &Path) -> Outcome<()> {
    match Options::new().entities::<E>().open(path) {
        Err(error) if error.kind() == ErrorKind::Older => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("an older program was let in without a word".into()),
    }
}

/// Reads with the branch that doesn't have the store, and has the store look for contradictions.
fn look_at_the_end(turns: &Turns, path: &Path) -> Outcome<()> {
    let reads = Options::new()
        .entities::<(right::Book,)>()
        .on_older(OnOlder::ReadOnly);
    turns.compare::<right::Book>(&reads.open(path)?)?;
    let db = Options::new().entities::<(left::Book,)>().open(path)?;
    turns.compare::<left::Book>(&db)?;
    for sweep_is_done in [false, true] {
        if sweep_is_done {
            db.sweep().wait()?;
            turns.compare::<left::Book>(&db)?;
        }
        let findings = db.verify()?.findings;
        if !findings.is_empty() {
            return Err(format!("{findings:#?}").into());
        }
    }
    let head = db.head();
    let id = head.tables.keys().next().ok_or("there is no table")?;
    let versions = db.versions(*id)?.len();
    if versions != VERSIONS {
        return Err(format!("{versions} versions were made, not {VERSIONS}").into());
    }
    Ok(())
}
