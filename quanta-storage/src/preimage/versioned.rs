//! An engine made of a tree without snapshots.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cursor::Reader;
use super::images::{Images, Sequence};
use super::live::{LiveTree, Writes};
use crate::batch::{Batch, Commit, Durability};
use crate::commits::Commits;
use crate::engine::{Engine, Snapshot};
use crate::error::{Error, ErrorKind, Result};

/// How many bytes of overwritten values an engine without snapshots of its own keeps for older ones, unless told otherwise:
/// 64 MiB.
pub const PREIMAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

pub(super) struct Shared<T: LiveTree> {
    pub(super) tree: T,
    images: Mutex<Images<T::Bytes>>,
    /// Their turn is taken before `images`, never after it.
    commits: Commits,
}

impl<T: LiveTree> Shared<T> {
    pub(super) fn images(&self) -> MutexGuard<'_, Images<T::Bytes>> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the images for a reader, unless its own are gone.
    pub(super) fn readable(&self, at: Sequence) -> Result<MutexGuard<'_, Images<T::Bytes>>> {
        let images = self.images();
        if images.is_too_old(at) {
            let message =
                "the snapshot is too old: more was overwritten since than is kept for it; open a new one";
            return Err(Error::new(ErrorKind::SnapshotTooOld, message));
        }
        Ok(images)
    }

    fn read(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let live = self.tree.get(key)?;
        let images = self.images();
        let seen = images.seen(key, images.published());
        drop(images);
        let value = seen.unwrap_or(live);
        if let Some(value) = &value {
            read(value.as_ref());
        }
        Ok(value.is_some())
    }

    fn write(&self, writes: Writes<'_>, durability: Durability) -> Result<()> {
        let sync = T::SYNCS && durability == Durability::Sync;
        let mut images = self.images();
        if !sync && !images.has_readers() {
            // New readers wait for the lock, so nobody can need what is replaced.
            self.tree.apply(writes)?;
            images.publish();
            return Ok(());
        }
        drop(images);
        let mut replaced = Vec::with_capacity(writes.len());
        for write in writes {
            replaced.push((T::Bytes::from(write.key()), self.tree.get(write.key())?));
        }
        self.images().record(replaced);
        self.tree.apply(writes)?;
        if sync {
            self.tree.sync()?;
        }
        self.images().publish();
        Ok(())
    }
}

/// An engine with consistent snapshots over a tree that has none.
pub(crate) struct Versioned<T: LiveTree>(Arc<Shared<T>>);

impl<T: LiveTree> Versioned<T> {
    pub(crate) fn new(tree: T, preimage_bytes_max: usize) -> Self {
        Self(Arc::new(Shared {
            tree,
            images: Mutex::new(Images::new(preimage_bytes_max)),
            commits: Commits::default(),
        }))
    }

    pub(crate) fn tree(&self) -> &T {
        &self.0.tree
    }
}

impl<T: LiveTree> Clone for Versioned<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: LiveTree> std::fmt::Debug for Versioned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("name", &T::NAME)
            .finish_non_exhaustive()
    }
}

impl<T: LiveTree> Engine for Versioned<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.0.read(key, read)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        Ok(Box::new(Reader::enter(&self.0)))
    }

    fn commit(&self, batch: &Batch, durability: Durability) -> Result<Commit> {
        let shared = &self.0;
        let write = || {
            if batch.is_empty() && (durability == Durability::Buffered || !T::SYNCS) {
                return Ok(());
            }
            shared.write(&batch.effective(), durability)
        };
        shared
            .commits
            .commit(batch, |key, read| shared.read(key, read), write)
    }

    fn flush(&self) -> Result<()> {
        self.0.commits.sync(|| self.0.tree.sync())
    }

    fn disk_bytes(&self) -> Result<u64> {
        self.0.tree.disk_bytes()
    }

    fn free_bytes(&self) -> Result<Option<u64>> {
        self.0.tree.free_bytes()
    }

    fn batch_rows_max(&self) -> usize {
        self.0.tree.batch_rows_max()
    }
}
