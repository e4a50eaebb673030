//! What a repair does about findings.

use std::fmt;

use serde::Serialize;

/// What a repair does about a finding: see [`Options::repair`](crate::Options::repair).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// What is certain, and done.
    Repair(&'static str),
    /// Why nothing is done.
    Refuse(&'static str),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repair(text) | Self::Refuse(text) => f.write_str(text),
        }
    }
}
