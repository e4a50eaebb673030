//! Giving up what is damaged, because somebody decided to.

use std::path::Path;

use super::directory::DATA_DIR;
use super::lock;
use super::marker::Marker;
use super::options::{EngineKind, Recovery};
use super::rewrite;
use crate::engines;
use crate::error::Result;

/// Makes a store that refuses to open with [`NeedsRepair`](crate::ErrorKind::NeedsRepair) openable again.
///
/// The commits behind the damage are given up, acknowledged or not; those before it stay, and none is kept in part.
/// The bytes that are cut off remain in files beside the damaged one. `None` says that there was nothing to do.
///
/// ```
/// use quanta_storage::{OpenOptions, StoreId, open, repair};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.quanta");
/// drop(open(&path, &OpenOptions::default(), StoreId([7; 16]))?);
/// assert_eq!(repair(&path)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Locked`](crate::ErrorKind), [`ErrorKind::NotAStore`](crate::ErrorKind), the marker's own errors and
/// those of the operating system.
pub fn repair(path: impl AsRef<Path>) -> Result<Option<Recovery>> {
    let path = path.as_ref();
    let marker = Marker::read(path)?;
    let _lock = lock::acquire(path)?;
    rewrite::finish(path)?;
    match EngineKind::from_name(&marker.engine) {
        Some(EngineKind::Fjall) => engines::fjall::repair(&path.join(DATA_DIR)),
        // sled drops its own torn tail at every opening and leaves nothing to decide.
        _ => Ok(None),
    }
}
