//! What was measured, as it stands in the JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::Outcome;
use crate::machine::Machine;
use crate::measure::Spread;
use crate::workloads;

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Nanoseconds for one operation.
    NanosEach,
    /// Nanoseconds for all of it.
    Nanos,
    /// Bytes.
    Bytes,
    /// How many times as long, or as much.
    Times,
}

/// One thing that was measured, several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What was measured.
    pub metric: String,
    /// What the values count.
    pub unit: Unit,
    /// In the order in which they were measured.
    pub values: Vec<f64>,
}

impl Reading {
    /// A thing that was measured.
    pub fn new(metric: impl Into<String>, unit: Unit, values: Vec<f64>) -> Self {
        let metric = metric.into();
        Self { metric, unit, values }
    }
}

/// What one process has to say about one workload on one store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// What was measured.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// What the store answered: equal for all stores.
    #[serde(default)]
    pub answers: BTreeMap<String, u64>,
    /// Why the store doesn't do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_offered: Option<String>,
    /// What is said beside the figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One workload on one store, with what all repetitions found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The name of the workload.
    pub workload: String,
    /// The name of the store.
    pub store: String,
    /// The bare engine beneath it.
    #[serde(default)]
    pub bare: Option<String>,
    /// How many rows it had.
    pub rows: u64,
    /// What was found.
    #[serde(flatten)]
    pub found: Findings,
}

impl Cell {
    /// The values of a metric, summed up.
    pub fn spread(&self, metric: &str) -> Option<Spread> {
        let reading = self
            .found
            .readings
            .iter()
            .find(|reading| reading.metric == metric)?;
        Spread::of(&reading.values)
    }
}

/// What was asked of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How many rows there were.
    pub rows: Vec<u64>,
    /// How often each workload was repeated, but for comparisons within one process.
    pub repetitions: u64,
}

/// Runs of the benchmarks on one machine: everything that a report says comes from here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// What it was measured on, and with.
    pub machine: Machine,
    /// What was asked of each run.
    pub runs: Vec<Asked>,
    /// Whether it was only tried out.
    pub quick: bool,
    /// What was found, in the order in which it was measured.
    pub cells: Vec<Cell>,
}

impl Results {
    /// All numbers of rows, from the smallest on.
    pub fn rows(&self) -> BTreeSet<u64> {
        self.runs
            .iter()
            .flat_map(|run| run.rows.iter().copied())
            .collect()
    }

    /// Adds another run on the same machine, with the same versions of all crates, which measured something else.
    pub fn join(&mut self, other: Self) -> Outcome<()> {
        if (&self.machine, self.quick) != (&other.machine, other.quick) {
            let (ours, theirs) = (&self.machine, &other.machine);
            let problem = "a report is of one machine and one build, and no smoke test among others";
            return Err(format!("{problem}: this is {ours:?}, and {theirs:?}").into());
        }
        // Where rows don't matter, it is one workload with any number of them.
        let place = |cell: &Cell| {
            let is_of_rows =
                workloads::find(&cell.workload).is_ok_and(|workload| workload.needs.is_of_rows());
            (
                cell.workload.clone(),
                cell.store.clone(),
                is_of_rows.then_some(cell.rows),
            )
        };
        let known: BTreeSet<_> = self.cells.iter().map(place).collect();
        if let Some((workload, store, rows)) = other.cells.iter().map(place).find(|at| known.contains(at)) {
            let rows = rows.map_or_else(String::new, |rows| format!(" with {rows} rows"));
            return Err(format!("{workload} on {store}{rows} was measured in two of the runs").into());
        }
        self.runs.extend(other.runs);
        self.cells.extend(other.cells);
        Ok(())
    }
}

impl Findings {
    /// Adds what another repetition found. Answers and notes are the same each time, or something is wrong.
    pub fn merge(&mut self, other: Self) -> Outcome<()> {
        if self.readings.is_empty() && self.not_offered.is_none() && self.notes.is_empty() {
            *self = other;
            return Ok(());
        }
        if self.answers != other.answers {
            return Err(format!("answered {:?}, and then {:?}", self.answers, other.answers).into());
        }
        for reading in other.readings {
            match self
                .readings
                .iter_mut()
                .find(|known| known.metric == reading.metric)
            {
                Some(known) => known.values.extend(reading.values),
                None => self.readings.push(reading),
            }
        }
        Ok(())
    }
}
