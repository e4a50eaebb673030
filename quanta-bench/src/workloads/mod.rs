//! What the stores are asked to do. No workload knows a store.

mod entities;
mod evolve;
mod flights;
mod open;
mod reads;
mod writes;

use std::path::PathBuf;

use crate::error::Outcome;
use crate::ratios;
use crate::raw::{fjall::Fjall, redb::Redb, sled::Sled};
use crate::results::Findings;
use crate::stores::{Kind, Place, Store};

/// One workload on one store: what a child process gets to do.
pub struct Job {
    /// The store.
    pub kind: Kind,
    /// How many rows it has.
    pub rows: u64,
    /// Where it is.
    pub path: PathBuf,
    /// How much is done.
    pub effort: Effort,
    /// The file of flights.
    pub flights: Option<PathBuf>,
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As much as figures need that can be quoted.
    Full,
    /// As little as shows that it works.
    Quick,
}

impl Effort {
    /// This many, or a few of them.
    pub fn of(self, full: u64) -> u64 {
        match self {
            Self::Full => full,
            Self::Quick => (full / 50).max(2),
        }
    }
}

/// What has to be there before a workload begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the store is made.
    Nothing,
    /// A loaded store, which is left as it is.
    Loaded,
    /// A loaded store of its own.
    OwnCopy,
    /// A loaded store of its own, on which the process is killed halfway. It is then run again.
    Killed,
    /// What the same workload left behind in a process before, which isn't measured.
    Itself,
    /// A file of real rows, and nothing of the store.
    File,
    /// An empty directory for two stores.
    Pair,
}

impl Needs {
    /// Tells whether it matters how many rows a run has.
    pub fn is_of_rows(self) -> bool {
        !matches!(self, Self::Itself | Self::File)
    }
}

/// A workload.
pub struct Workload {
    /// How it is asked for.
    pub name: &'static str,
    /// What the report calls it.
    pub title: &'static str,
    /// What has to be there.
    pub needs: Needs,
    /// Does it.
    pub run: fn(&Job) -> Outcome<Findings>,
}

const fn workload(
    name: &'static str,
    title: &'static str,
    needs: Needs,
    run: fn(&Job) -> Outcome<Findings>,
) -> Workload {
    Workload {
        name,
        title,
        needs,
        run,
    }
}

/// All workloads, in the order in which they are run.
pub const ALL: &[Workload] = &[
    workload("load", "Bulk load", Needs::Nothing, writes::load),
    workload(
        "put-1",
        "Durable single writes, one thread",
        Needs::OwnCopy,
        |job| writes::put(job, 1),
    ),
    workload(
        "put-4",
        "Durable single writes, 4 threads",
        Needs::OwnCopy,
        |job| writes::put(job, 4),
    ),
    workload(
        "put-16",
        "Durable single writes, 16 threads",
        Needs::OwnCopy,
        |job| writes::put(job, 16),
    ),
    workload("get", "Random gets", Needs::Loaded, reads::get),
    workload(
        "get-by-index",
        "Gets by a unique secondary index",
        Needs::Loaded,
        reads::get_by_email,
    ),
    workload("scan", "Full scan", Needs::Loaded, reads::scan),
    workload("range", "Range scans of 1,000 rows", Needs::Loaded, reads::range),
    workload(
        "update",
        "Updates of 1,000 rows in a transaction",
        Needs::OwnCopy,
        writes::update,
    ),
    workload(
        "delete",
        "Deletes of 1,000 rows in a transaction",
        Needs::OwnCopy,
        writes::delete,
    ),
    workload("open", "Open, nothing changed", Needs::Loaded, open::open),
    workload("open-1", "Open with 1 entity, no rows", Needs::Itself, |job| {
        entities::open(job, 1)
    }),
    workload(
        "open-10",
        "Open with 10 entities, no rows",
        Needs::Itself,
        |job| entities::open(job, 10),
    ),
    workload(
        "open-100",
        "Open with 100 entities, no rows",
        Needs::Itself,
        |job| entities::open(job, 100),
    ),
    workload(
        "open-1000",
        "Open with 1,000 entities, no rows",
        Needs::Itself,
        |job| entities::open(job, 1_000),
    ),
    workload("evolve", "Evolve", Needs::OwnCopy, evolve::evolve),
    workload(
        "killed",
        "Evolve, killed halfway and run again",
        Needs::Killed,
        evolve::again,
    ),
    workload(
        "older",
        "The older program on the newer store",
        Needs::OwnCopy,
        evolve::older,
    ),
    workload(
        "flights",
        "Real flights: load, scan, and an indexed query",
        Needs::File,
        flights::flights,
    ),
    workload(
        "ratios",
        "Over the bare engine, by turns in one process",
        Needs::Pair,
        over_bare,
    ),
];

/// The workload of a name.
pub fn find(name: &str) -> Outcome<&'static Workload> {
    let names = || {
        ALL.iter()
            .map(|workload| workload.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = ALL.iter().find(|workload| workload.name == name);
    found.ok_or_else(|| format!("there is no workload {name}: there are {}", names()).into())
}

impl Job {
    /// Opens the store with its rows: what is in memory is loaded first.
    fn loaded(&self) -> Outcome<Box<dyn Store>> {
        let store = (self.kind.open)(&self.path)?;
        if self.kind.place == Place::Memory {
            store.load(&mut crate::rows::users(self.rows))?;
        }
        Ok(store)
    }

    /// Says that the store doesn't do this.
    fn not_offered(why: &str) -> Findings {
        Findings {
            not_offered: Some(why.to_owned()),
            ..Findings::default()
        }
    }
}

/// Only for what has a bare engine on disk, and is that engine: one comparison for each.
fn over_bare(job: &Job) -> Outcome<Findings> {
    let effort = match job.effort {
        Effort::Full => ratios::Effort::FULL,
        Effort::Quick => ratios::Effort::QUICK,
    };
    match job.kind.name {
        "fjall" => ratios::run::<Fjall>(&job.path, job.rows, effort),
        "sled" => ratios::run::<Sled>(&job.path, job.rows, effort),
        "redb" => ratios::run::<Redb>(&job.path, job.rows, effort),
        _ => Ok(Job::not_offered("stands beside the bare engine in its row")),
    }
}
