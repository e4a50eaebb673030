//! Giving up what stands behind a damage in a journal.

use std::path::Path;

use quanta_storage::Recovery;

use crate::error::Result;

/// Cuts off a journal behind its last complete batch, where a store refuses to open because whole batches stand behind
/// a damaged one ([`ErrorKind::NeedsRepair`](crate::ErrorKind::NeedsRepair)). What was committed behind the damage is given up,
/// also what was acknowledged: a backup, if there is one, may hold more. The bytes that are cut off stay in a file beside the
/// journal. None if there was nothing to do.
///
/// ```
/// # use quantadb::{Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let dir = tempfile::tempdir().expect("a directory");
/// # let store = dir.path().join("cities.quanta");
/// drop(Options::new().entities::<(City,)>().open(&store)?);
/// assert_eq!(quantadb::cut_damaged_journal(&store)?, None);
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// # Errors
///
/// If somebody has the store open, there is none, its marker is damaged, or a file can't be written.
pub fn cut_damaged_journal(store: impl AsRef<Path>) -> Result<Option<Recovery>> {
    Ok(quanta_storage::repair(store)?)
}
