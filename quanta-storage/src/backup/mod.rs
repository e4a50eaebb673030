//! Backups: all records of one instant in one file, compressed and checksummed (docs/format.md, "Backups").
//!
//! A file is read whole before anything is believed that it says: its last bytes are a hash of all others.

mod read;
mod write;

use std::io;
use std::path::Path;

use crate::engine::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use crate::error::{Error, ErrorKind};
use crate::store::Marker;

pub use read::{CheckedBackup, check_backup};
pub use write::backup;

/// The version of the format of backups.
pub const BACKUP_VERSION: u32 = 1;

pub(crate) const BACKUP_MAGIC: [u8; 8] = *b"QUANTABK";

/// How many bytes of records a block has, unless a single record has more.
const BLOCK_BYTES: usize = 256 * 1024;

/// How many bytes a block may have before it is compressed.
const BLOCK_BYTES_MAX: usize = BLOCK_BYTES + 8 + KEY_BYTES_MAX + VALUE_BYTES_MAX;

/// How long the note is that a backup may carry.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupHead {
    /// The store that it was taken of.
    pub marker: Marker,
    /// What whoever took it says of it, at most 64 KiB. This crate doesn't look at it.
    pub note: Vec<u8>,
}

/// Makes an error of the operating system, or of a file that ends too early.
fn file_error(action: &str, path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return damaged(path, "it ends too early");
    }
    Error::io(format_args!("{action} {}", path.display()), error)
}

fn damaged(path: &Path, problem: &str) -> Error {
    let message = format!(
        "the backup {} is damaged: {problem}; use another one",
        path.display()
    );
    Error::new(ErrorKind::Corrupt, message)
}
