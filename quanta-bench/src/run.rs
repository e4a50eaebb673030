//! What is run when: repetitions outermost, stores innermost, so that a machine that gets slower does so for all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::child::{self, Task};
use crate::error::Outcome;
use crate::machine::Machine;
use crate::measure::{Spread, copy_store};
use crate::results::{Asked, Cell, Findings, Results};
use crate::stores::{Kind, Place, Role};
use crate::workloads::{Needs, Workload};

/// The workloads whose cost may depend on the number of rows more than all others do.
const GROWING: [&str; 5] = ["load", "get", "scan", "open", "evolve"];

/// What is to be run.
pub struct Request {
    /// How many rows there are, run after run.
    pub rows: Vec<u64>,
    /// More numbers of rows, for what grows with them.
    pub more_rows: Vec<u64>,
    /// Which workloads.
    pub workloads: Vec<&'static Workload>,
    /// On which stores.
    pub stores: Vec<Kind>,
    /// How often.
    pub repetitions: u64,
    /// As little as possible.
    pub quick: bool,
    /// The file of flights.
    pub flights: Option<PathBuf>,
    /// Where stores are made; deleted in the end.
    pub directory: PathBuf,
}

/// Runs it all. `said` is told what is being done.
pub fn run(request: &Request, said: &mut dyn FnMut(&str)) -> Outcome<Results> {
    let mut cells = Vec::new();
    let all: Vec<u64> = request.rows.iter().chain(&request.more_rows).copied().collect();
    for (position, &rows) in all.iter().enumerate() {
        for workload in &request.workloads {
            let is_asked = match workload.needs {
                // The file has as many rows as it has, and no rows are no rows: once is enough.
                Needs::File => position == 0 && request.flights.is_some(),
                needs if !needs.is_of_rows() => position == 0,
                _ => position < request.rows.len() || GROWING.contains(&workload.name),
            };
            if !is_asked {
                continue;
            }
            said(&format!("{} of {rows} rows", workload.name));
            cells.extend(run_workload(request, workload, rows, &cells)?);
        }
        for kind in &request.stores {
            child::remove(&template(request, kind, rows))?;
        }
    }
    Ok(Results {
        machine: Machine::of(&request.directory),
        runs: vec![Asked {
            rows: all,
            repetitions: request.repetitions,
        }],
        quick: request.quick,
        cells,
    })
}

fn run_workload(request: &Request, workload: &Workload, rows: u64, before: &[Cell]) -> Outcome<Vec<Cell>> {
    let cell = |kind: &Kind| Cell {
        workload: workload.name.to_owned(),
        store: kind.name.to_owned(),
        bare: kind.bare.map(str::to_owned),
        rows,
        found: Findings::default(),
    };
    let evolves = ["evolve", "killed", "older"].contains(&workload.name);
    let stores = || {
        request
            .stores
            .iter()
            .filter(|kind| evolves || kind.role == Role::Everything)
    };
    let mut cells: Vec<Cell> = stores().map(cell).collect();
    for (kind, cell) in stores().zip(&mut cells) {
        let over = kind
            .rows_max
            .filter(|(max, _)| workload.needs.is_of_rows() && rows > *max);
        cell.found.not_offered = over.map(|(_, why)| why.to_owned());
    }
    // A comparison within one process has its own rounds.
    let repetitions = if workload.needs == Needs::Pair {
        1
    } else {
        request.repetitions
    };
    for _ in 0..repetitions {
        for (kind, cell) in stores().zip(&mut cells) {
            if cell.found.not_offered.is_some() {
                continue;
            }
            let run = Run {
                request,
                workload,
                kind,
                rows,
            };
            // One store that fails is no reason to know nothing of the others.
            let found = run.once(before).and_then(|found| cell.found.merge(found));
            if let Err(error) = found {
                cell.found = Findings {
                    not_offered: Some(format!("failed: {error}")),
                    ..Findings::default()
                };
            }
        }
    }
    Ok(cells)
}

/// The loaded store that others are copied from.
fn template(request: &Request, kind: &Kind, rows: u64) -> PathBuf {
    request
        .directory
        .join(format!("{}-{rows}", child::slug(kind.name)))
}

/// One repetition on one store.
struct Run<'r> {
    request: &'r Request,
    workload: &'r Workload,
    kind: &'r Kind,
    rows: u64,
}

impl Run<'_> {
    fn task(&self, workload: &str, path: &Path) -> Task {
        Task {
            workload: workload.to_owned(),
            store: self.kind.name.to_owned(),
            rows: self.rows,
            path: path.to_path_buf(),
            quick: self.request.quick,
            flights: self.request.flights.clone(),
        }
    }

    fn once(&self, before: &[Cell]) -> Outcome<Findings> {
        let template = template(self.request, self.kind, self.rows);
        if self.workload.needs == Needs::Nothing {
            child::remove(&template)?;
            return child::run(&self.task(self.workload.name, &template));
        }
        if self.workload.needs == Needs::Loaded {
            self.load(&template)?;
            return child::run(&self.task(self.workload.name, &template));
        }
        let own = self.request.directory.join("own");
        child::remove(&own)?;
        let task = self.task(self.workload.name, &own);
        if matches!(self.workload.needs, Needs::OwnCopy | Needs::Killed) && self.kind.place == Place::Disk {
            self.load(&template)?;
            copy_store(&template, &own)?;
        }
        let found = match self.workload.needs {
            Needs::Itself => {
                // The first one makes it.
                let found = child::run(&task)?;
                if found.not_offered.is_some() {
                    Ok(found)
                } else {
                    child::run(&task)
                }
            }
            Needs::Killed => self.killed(&task, before),
            _ => child::run(&task),
        };
        child::remove(&own)?;
        found
    }

    fn load(&self, template: &Path) -> Outcome<()> {
        if self.kind.place == Place::Disk && !template.exists() {
            child::run(&self.task("load", template))?;
        }
        Ok(())
    }

    /// Kills a process after half of the time that another one took before.
    fn killed(&self, task: &Task, before: &[Cell]) -> Outcome<Findings> {
        let evolved = before.iter().find(|cell| {
            (cell.workload.as_str(), cell.store.as_str(), cell.rows) == ("evolve", self.kind.name, self.rows)
        });
        let took = evolved.and_then(|cell| cell.spread("until every row is rewritten"));
        let Some(Spread { median, .. }) = took else {
            let why = "not known how long it takes: the workload evolve was not run, or rewrites nothing";
            return Ok(Findings {
                not_offered: Some(why.to_owned()),
                ..Findings::default()
            });
        };
        let was_running = child::kill_after(task, Duration::from_secs_f64(median / 2e9))?;
        let mut found = child::run(task)?;
        if !was_running {
            found
                .notes
                .push("it was done before it could be killed".to_owned());
        }
        Ok(found)
    }
}
