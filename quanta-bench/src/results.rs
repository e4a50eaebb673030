//! What was measured, as it stands in the JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// Operations in a second.
    PerSecond,
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
