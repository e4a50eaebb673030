//! Torn tails of fjall's journal.

use std::path::Path;

use crate::error::Result;
use crate::store::Recovery;

pub(crate) fn recover(_path: &Path) -> Result<Option<Recovery>> {
    Ok(None)
}
