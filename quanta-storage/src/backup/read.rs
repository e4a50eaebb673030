//! Reading backups.

use std::fs::File;
use std::io::{BufReader, ErrorKind as IoErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{BACKUP_MAGIC, BACKUP_VERSION, BLOCK_BYTES_MAX, BackupHead, NOTE_BYTES_MAX, damaged, file_error};
use crate::copy::{Copied, DumpHasher};
use crate::engine::{Cursor, Entry};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Marker;

/// What LZ4 may make of a block that can't be compressed: 20 bytes more, and 1 in 110.
const STORED_BYTES_MAX: usize = BLOCK_BYTES_MAX + BLOCK_BYTES_MAX / 110 + 20;

/// How long the encoded marker may be: as today, or longer in a later format.
const MARKER_BYTES_MAX: usize = 4096;

/// A backup that was read from its first byte to its last, and is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBackup {
    path: PathBuf,
    head: BackupHead,
    copied: Copied,
    digest: [u8; 32],
}

impl CheckedBackup {
    /// Returns what it says of itself.
    #[must_use]
    pub fn head(&self) -> &BackupHead {
        &self.head
    }

    /// Returns how much is in it.
    #[must_use]
    pub fn copied(&self) -> Copied {
        self.copied
    }

    /// Returns the digest of its records, as [`dump_digest`](crate::dump_digest) gives it of the store.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Goes through its records.
    pub(crate) fn records(&self) -> Result<Records> {
        Records::open(&self.path).map(|(_, records)| records)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Reads a backup whole, and checks every byte of it. `progress` is called after each block.
///
/// # Errors
///
/// [`ErrorKind::NotABackup`] if the file is none, [`ErrorKind::NewerFormat`], [`ErrorKind::Corrupt`] if it is damaged or
/// ends too early, and those of the operating system.
pub fn check_backup(path: impl AsRef<Path>, progress: &mut dyn FnMut(Copied)) -> Result<CheckedBackup> {
    let path = path.as_ref();
    let (head, mut records) = Records::open(path)?;
    let (mut copied, mut hasher) = (Copied::default(), DumpHasher::default());
    let mut last: Option<Vec<u8>> = None;
    let mut blocks = 0;
    while let Some((key, value)) = records.next()? {
        if last.as_deref().is_some_and(|last| last >= key) {
            return Err(damaged(path, "its keys are not in order"));
        }
        let last = last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(key);
        hasher.add(key, value);
        copied.records += 1;
        copied.bytes += (key.len() + value.len()) as u64;
        if records.blocks != blocks {
            blocks = records.blocks;
            progress(copied);
        }
    }
    progress(copied);
    let end = records.end()?;
    let digest = hasher.finish();
    if (end.copied, end.digest) != (copied, digest) {
        return Err(damaged(path, "it doesn't hold the records that it says"));
    }
    Ok(CheckedBackup {
        path: path.to_path_buf(),
        head,
        copied,
        digest,
    })
}

/// The records of a backup, in the order of their keys.
pub(crate) struct Records {
    path: PathBuf,
    file: Hashed,
    block: Vec<u8>,
    /// Where in the block the next record begins.
    at: usize,
    is_over: bool,
    /// How many blocks were read.
    blocks: u64,
}

/// What stands behind the records.
struct End {
    copied: Copied,
    digest: [u8; 32],
}

impl Records {
    fn open(path: &Path) -> Result<(BackupHead, Self)> {
        let failed = |error| file_error("reading", path, error);
        let file = File::open(path).map_err(|error| match error.kind() {
            IoErrorKind::NotFound => {
                let message = format!("there is no backup at {}: check the path", path.display());
                Error::new(ErrorKind::Missing, message)
            }
            _ => failed(error),
        })?;
        let mut file = Hashed {
            file: BufReader::new(file),
            hasher: blake3::Hasher::new(),
        };
        let not_a_backup = || {
            let message = format!("{} is no backup: it doesn't start with QUANTABK", path.display());
            Error::new(ErrorKind::NotABackup, message)
        };
        let magic: [u8; 8] = file.array().map_err(|error| match error.kind() {
            IoErrorKind::UnexpectedEof => not_a_backup(),
            _ => failed(error),
        })?;
        if magic != BACKUP_MAGIC {
            return Err(not_a_backup());
        }
        let found = file.number().map_err(failed)?;
        if found > BACKUP_VERSION {
            let message = format!(
                "the backup {} has format {found}, and this program knows {BACKUP_VERSION}: use a newer one",
                path.display()
            );
            return Err(Error::new(ErrorKind::NewerFormat { found }, message));
        }
        let mut sized = |max: usize, what: &str| {
            let length = file.number().map_err(failed)? as usize;
            if length > max {
                return Err(damaged(path, &format!("{what} claims {length} bytes")));
            }
            file.bytes(length).map_err(failed)
        };
        let marker = sized(MARKER_BYTES_MAX, "its marker")?;
        let note = sized(NOTE_BYTES_MAX, "its note")?;
        let marker = Marker::decode(&marker, format_args!("the backup {}", path.display()))?;
        let records = Self {
            path: path.to_path_buf(),
            file,
            block: Vec::new(),
            at: 0,
            is_over: false,
            blocks: 0,
        };
        Ok((BackupHead { marker, note }, records))
    }

    /// Reads the next block; false at the end.
    fn next_block(&mut self) -> Result<bool> {
        let failed = |error| file_error("reading", &self.path, error);
        let stored = self.file.number().map_err(failed)? as usize;
        if stored == 0 {
            self.is_over = true;
            return Ok(false);
        }
        let length = self.file.number().map_err(failed)? as usize;
        if stored > STORED_BYTES_MAX || length > BLOCK_BYTES_MAX {
            return Err(damaged(&self.path, &format!("a block claims {length} bytes")));
        }
        let bytes = self.file.bytes(stored).map_err(failed)?;
        let block = lz4_flex::block::decompress(&bytes, length);
        self.block =
            block.map_err(|error| damaged(&self.path, &format!("a block can't be read: {error}")))?;
        if self.block.len() != length {
            return Err(damaged(&self.path, "a block has another length than it says"));
        }
        self.at = 0;
        self.blocks += 1;
        Ok(true)
    }

    /// Finds one part of a record, and the place behind it.
    fn part(&self, at: usize) -> Option<(std::ops::Range<usize>, usize)> {
        let (length, _) = self.block.get(at..)?.split_first_chunk::<4>()?;
        let start = at + 4;
        let end = start.checked_add(u32::from_le_bytes(*length) as usize)?;
        (end <= self.block.len()).then_some((start..end, end))
    }

    /// Reads what stands behind the records, and checks the hash of the whole file.
    fn end(mut self) -> Result<End> {
        let path = self.path;
        let failed = |error| file_error("reading", &path, error);
        let records = self.file.array().map_err(failed)?;
        let bytes = self.file.array().map_err(failed)?;
        let digest = self.file.array().map_err(failed)?;
        let hash = self.file.hasher.finalize();
        let stored: [u8; 32] = self.file.array().map_err(failed)?;
        if *hash.as_bytes() != stored {
            return Err(damaged(&path, "its checksum doesn't match"));
        }
        if !self.file.is_at_end().map_err(failed)? {
            return Err(damaged(&path, "there is more behind its end"));
        }
        let copied = Copied {
            records: u64::from_le_bytes(records),
            bytes: u64::from_le_bytes(bytes),
        };
        Ok(End { copied, digest })
    }
}

impl Cursor for Records {
    fn next(&mut self) -> Result<Option<Entry<'_>>> {
        if self.is_over {
            return Ok(None);
        }
        // No block is empty, but a damaged file may say so.
        while self.at == self.block.len() {
            if !self.next_block()? {
                return Ok(None);
            }
        }
        let parts = self.part(self.at).and_then(|(key, at)| {
            let (value, end) = self.part(at)?;
            Some((key, value, end))
        });
        let Some((key, value, end)) = parts else {
            return Err(damaged(&self.path, "a record is not whole"));
        };
        self.at = end;
        Ok(Some((&self.block[key], &self.block[value])))
    }
}

/// A file of which all bytes are hashed.
struct Hashed {
    file: BufReader<File>,
    hasher: blake3::Hasher,
}

impl Hashed {
    fn bytes(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    fn number(&mut self) -> std::io::Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn is_at_end(&mut self) -> std::io::Result<bool> {
        Ok(self.file.read(&mut [0])? == 0)
    }
}
