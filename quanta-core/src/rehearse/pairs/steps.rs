//! Going from version to version.

use crate::error::Result;

use super::super::scratch::Scratch;
use super::build::Built;

/// A store that goes from version to version, always in one direction. A version that refuses its rows is passed over.
pub(super) struct Steps {
    pub store: Scratch,
    /// The version that it went to last, or tried to.
    at: usize,
}

impl Steps {
    pub fn new(store: &Scratch, from: usize) -> Self {
        Self {
            store: store.fork(),
            at: from,
        }
    }

    /// Goes on to a version by all that lie between; false if it is not there then, or was not at all of them.
    pub fn advance(&mut self, built: &Built, to: usize) -> Result<bool> {
        let mut arrived = true;
        while self.at != to {
            self.at = if self.at < to { self.at + 1 } else { self.at - 1 };
            arrived = built.go(&self.store, self.at)?.is_none();
        }
        Ok(arrived)
    }
}
