//! How safe a change of type is.

use serde::{Deserialize, Serialize};

/// How safe a change is for the values it meets, from harmless to impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Total and injective: nothing can fail, nothing is lost.
    Exact,
    /// Total: nothing can fail, and what the new form can't hold is kept.
    Lossy,
    /// May fail for a row: every row is checked before anything changes.
    Checked,
    /// There is no such conversion.
    Refused,
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::Lossy => "lossy",
            Self::Checked => "checked",
            Self::Refused => "refused",
        })
    }
}

/// How safe a change is in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classes {
    /// From the shape before to the shape after.
    pub up: Class,
    /// And back.
    pub down: Class,
}

impl Classes {
    /// Nothing can fail and nothing is lost in either direction.
    pub const EXACT: Self = Self {
        up: Class::Exact,
        down: Class::Exact,
    };

    /// Returns the more dangerous class in each direction.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        Self {
            up: self.up.max(other.up),
            down: self.down.max(other.down),
        }
    }

    /// Returns the same change seen from the other side.
    #[must_use]
    pub fn flipped(self) -> Self {
        Self {
            up: self.down,
            down: self.up,
        }
    }
}
