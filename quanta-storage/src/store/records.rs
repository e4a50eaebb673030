//! The marker among the records.

use super::marker::{MARKER_KEY, Marker};
use crate::batch::{Batch, Commit, Condition, Durability};
use crate::engine::{Direction, Engine, KeyRange};
use crate::error::{Error, ErrorKind, Result};

pub(super) fn stored_marker(engine: &dyn Engine, place: impl std::fmt::Display) -> Result<Option<Marker>> {
    let mut bytes = Vec::new();
    if !engine.get(MARKER_KEY, &mut |value| bytes = value.to_vec())? {
        return Ok(None);
    }
    Marker::decode(&bytes, format_args!("the records of {place}")).map(Some)
}

pub(super) fn store_marker(engine: &dyn Engine, marker: &Marker) -> Result<()> {
    let mut batch = Batch::new();
    batch.require(Condition::Absent(MARKER_KEY.to_vec()));
    batch.put(MARKER_KEY, marker.encode());
    match engine.commit(&batch, Durability::Sync)? {
        Commit::Done => Ok(()),
        Commit::Refused { .. } => {
            let message = "another opener made a store of this engine at the same time: open it again";
            Err(Error::new(ErrorKind::NotEmpty, message))
        }
    }
}

pub(crate) fn is_empty(engine: &dyn Engine) -> Result<bool> {
    let mut all = engine.snapshot()?.scan(&KeyRange::all(), Direction::Forward)?;
    Ok(all.next()?.is_none())
}
