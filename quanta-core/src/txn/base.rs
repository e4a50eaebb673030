//! What a transaction begins with: the state of the engine, and over it the commits that wait to be written to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanta_storage::{Cursor, Direction, KeyRange, Operation, Snapshot};

use crate::error::Result;

use super::core::Core;
use super::merged::Merged;
use super::queue::Queued;
use super::row::Source;

/// What a transaction begins with.
///
/// The engine may get the commits meanwhile: read over what it has then, they change nothing. Nobody else writes, as
/// the transaction has the right to.
pub(super) struct Base<'c> {
    core: &'c Core,
    /// Oldest first.
    queued: Vec<Arc<Queued>>,
}

impl<'c> Base<'c> {
    pub fn new(core: &'c Core, queued: Vec<Arc<Queued>>) -> Self {
        Self { core, queued }
    }

    pub fn queued(&self) -> &[Arc<Queued>] {
        &self.queued
    }

    /// Opens a view of it.
    ///
    /// # Errors
    ///
    /// If the schema has moved, or the engine fails.
    pub fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        // Before the view: it shows what was written until now.
        let queued: Vec<Arc<Queued>> = self
            .queued
            .iter()
            .filter(|queued| !queued.is_written())
            .cloned()
            .collect();
        let snapshot = self.core.snapshot()?;
        if queued.is_empty() {
            return Ok(snapshot);
        }
        Ok(Arc::new(Overlaid { queued, snapshot }))
    }
}

impl Drop for Base<'_> {
    /// Nobody learns what a transaction saw before everybody may see it.
    fn drop(&mut self) {
        self.core.wait_for(&self.queued);
    }
}

impl Source for Base<'_> {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        match find(&self.queued, key) {
            Some(operation) => Ok(show(operation, read)),
            None => Ok(self.core.engine().get(key, read)?),
        }
    }
}

/// A view of the engine with commits over it.
struct Overlaid {
    queued: Vec<Arc<Queued>>,
    snapshot: Arc<dyn Snapshot>,
}

impl Snapshot for Overlaid {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> quanta_storage::Result<bool> {
        match find(&self.queued, key) {
            Some(operation) => Ok(show(operation, read)),
            None => self.snapshot.get(key, read),
        }
    }

    fn scan(&self, range: &KeyRange, direction: Direction) -> quanta_storage::Result<Box<dyn Cursor>> {
        let base = self.snapshot.scan(range, direction)?;
        let mut inside = BTreeMap::new();
        for operation in self.queued.iter().flat_map(|queued| queued.within(range)) {
            inside.insert(operation.key().to_vec(), operation.value().map(<[u8]>::to_vec));
        }
        if inside.is_empty() {
            return Ok(base);
        }
        Ok(Box::new(Merged::new(
            base,
            inside.into_iter().collect(),
            direction,
        )))
    }
}

/// Returns the last write of a key.
fn find<'q>(queued: &'q [Arc<Queued>], key: &[u8]) -> Option<&'q Operation> {
    queued.iter().rev().find_map(|queued| queued.find(key))
}

fn show(operation: &Operation, read: &mut dyn FnMut(&[u8])) -> bool {
    match operation.value() {
        Some(value) => {
            read(value);
            true
        }
        None => false,
    }
}
