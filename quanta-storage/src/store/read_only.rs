//! An engine that refuses writes.

use std::sync::Arc;

use crate::batch::{Batch, Commit, Durability};
use crate::engine::{Engine, Snapshot};
use crate::error::{Error, ErrorKind, Result};

#[derive(Debug)]
pub(super) struct ReadOnly(pub(super) Arc<dyn Engine>);

fn refused(what: &str) -> Error {
    let message =
        format!("the store was opened for reading only, so it can't {what}: open it with Access::ReadWrite");
    Error::new(ErrorKind::ReadOnly, message)
}

impl Engine for ReadOnly {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.0.get(key, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        self.0.snapshot()
    }

    fn commit(&self, _: &Batch, _: Durability) -> Result<Commit> {
        Err(refused("take a commit"))
    }

    fn flush(&self) -> Result<()> {
        self.0.flush()
    }

    fn disk_bytes(&self) -> Result<u64> {
        self.0.disk_bytes()
    }

    fn compact(&self) -> Result<()> {
        Err(refused("be compacted"))
    }

    fn batch_rows_max(&self) -> usize {
        self.0.batch_rows_max()
    }
}
