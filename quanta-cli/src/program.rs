//! Whose entities are linked.

use quanta_core::Options;

/// Whose entities are linked.
#[derive(Debug)]
pub enum Program {
    /// Those of an app, and how it opens its store.
    Own(Box<Options>),
    /// Nobody's: the command stands alone.
    Standalone,
}
