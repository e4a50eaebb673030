//! The engines without us: bytes under bytes, called directly, with the settings that we open them with.

pub mod fjall;
pub mod redb;
pub mod sled;

use std::path::Path;

use crate::error::Outcome;

/// One write of a batch; `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// What is written because of what was there.
pub type Follow<'f> = &'f mut dyn FnMut(Option<&[u8]>) -> Outcome<Vec<Write>>;

/// How far a write has to have got before it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Into the hands of the engine.
    Buffered,
    /// Onto the disk: it survives power loss.
    Durable,
}

/// An engine as a program would use it that has no layer over it. Nothing here is behind a pointer: this is what the
/// ratios are held against.
pub trait Raw: Sized + Send + std::marker::Sync + 'static {
    /// What the tables call it.
    const NAME: &'static str;

    /// What reads go through, opened once for many of them where that is faster.
    type Reader: Reader;

    /// Opens or creates the engine.
    fn open(directory: &Path) -> Outcome<Self>;

    /// Opens a reader of the present state.
    fn reader(&self) -> Outcome<Self::Reader>;

    /// Writes a batch as one.
    fn write(&self, writes: &[Write], sync: Sync) -> Outcome<()>;

    /// Reads a row and writes what follows from it, as one if the engine can do that.
    fn read_and_write(&self, key: &[u8], follow: Follow<'_>, sync: Sync) -> Outcome<()>;

    /// Puts onto the disk what was only buffered.
    fn sync(&self) -> Outcome<()>;

    /// Gives back what was overwritten, if the engine can do that on demand.
    fn compact(&mut self) -> Outcome<()>;
}

/// Reads of an engine.
pub trait Reader {
    /// Shows the value of a key.
    fn read<T>(&self, key: &[u8], read: impl FnOnce(&[u8]) -> T) -> Outcome<Option<T>>;

    /// Shows all entries from one key on, to one before the end, in order, until it is told to stop.
    fn scan(&self, from: &[u8], to: &[u8], each: impl FnMut(&[u8], &[u8]) -> Outcome<Flow>) -> Outcome<()>;
}

/// Whether a scan goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// To the next entry.
    On,
    /// No further.
    Stop,
}
