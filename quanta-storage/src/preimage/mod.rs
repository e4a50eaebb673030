//! Consistent snapshots over engines whose iterators are none.
//!
//! Before a batch overwrites a key, the key's old value is kept for the snapshots that are older than the batch:
//! its *pre-image*. A reader always reads the live tree first and the pre-images afterwards. As the pre-images
//! of a batch are recorded before it touches the tree, whatever the reader saw of the batch is taken back.

mod cursor;
mod images;
mod live;
mod versioned;

pub(crate) use live::{Chunk, LiveTree, Writes, take_chunk};
pub use versioned::PREIMAGE_BYTES_MAX;
pub(crate) use versioned::Versioned;
