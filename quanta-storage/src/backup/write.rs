//! Taking backups.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{BACKUP_MAGIC, BACKUP_VERSION, BLOCK_BYTES, BackupHead, NOTE_BYTES_MAX, file_error};
use crate::copy::{Copied, DumpHasher};
use crate::engine::{Direction, KeyRange, Snapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::fs as durable;
use crate::store::MARKER_KEY;

/// Writes all records of a snapshot to a new file, which is there whole or not at all. `progress` is called after each
/// block.
///
/// ```
/// use quanta_storage::{BackupHead, Batch, Durability, Engine, Marker, Memory, StoreId, backup, check_backup};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("app.backup");
/// let engine = Memory::new();
/// let mut batch = Batch::new();
/// batch.put(*b"key", *b"value");
/// # let _ =
/// engine.commit(&batch, Durability::Sync)?;
/// let head = BackupHead { marker: Marker::new("memory", StoreId([7; 16])), note: b"monday".to_vec() };
/// let copied = backup(engine.snapshot()?.as_ref(), &head, &path, &mut |_| {})?;
/// assert_eq!(copied.records, 1);
/// assert_eq!(check_backup(&path, &mut |_| {})?.head(), &head);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::NotEmpty`] if there is something at `path`, [`ErrorKind::DiskFull`], other errors of the operating
/// system, and those of the engine. No file is left behind then.
pub fn backup(
    source: &dyn Snapshot,
    head: &BackupHead,
    path: impl AsRef<Path>,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    let path = path.as_ref();
    if path.exists() {
        return Err(occupied(path));
    }
    let new = durable::beside(path, "new");
    let written = write_file(source, head, &new, progress).and_then(|copied| {
        name_new(&new, path)?;
        durable::sync_parent(path)?;
        Ok(copied)
    });
    if written.is_err() {
        // The error above says what is wrong; a file that is left beside it does no harm.
        let _ = fs::remove_file(&new);
    }
    written
}

/// Gives a file its name, unless there is something of that name by now.
fn name_new(new: &Path, path: &Path) -> Result<()> {
    match fs::hard_link(new, path) {
        // The second name is all that is left of it, whether the first one goes or not.
        Ok(()) => drop(fs::remove_file(new)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(occupied(path)),
        // Some file systems have one name for each file.
        Err(_) => fs::rename(new, path).map_err(|error| file_error("renaming", new, error))?,
    }
    Ok(())
}

fn occupied(path: &Path) -> Error {
    let message = format!(
        "there is something at {} already: choose another file",
        path.display()
    );
    Error::new(ErrorKind::NotEmpty, message)
}

fn write_file(
    source: &dyn Snapshot,
    head: &BackupHead,
    path: &Path,
    progress: &mut dyn FnMut(Copied),
) -> Result<Copied> {
    if head.note.len() > NOTE_BYTES_MAX {
        let message = format!("the note of a backup has more than {NOTE_BYTES_MAX} bytes");
        return Err(Error::new(ErrorKind::InvalidBatch, message));
    }
    let failed = |error| file_error("writing", path, error);
    let file = File::create(path).map_err(failed)?;
    let mut out = Hashed {
        file: BufWriter::new(file),
        hasher: blake3::Hasher::new(),
    };
    out.put(&BACKUP_MAGIC).map_err(failed)?;
    out.put(&BACKUP_VERSION.to_le_bytes()).map_err(failed)?;
    let marker = head.marker.encode();
    out.sized(&marker).map_err(failed)?;
    out.sized(&head.note).map_err(failed)?;

    let (mut copied, mut records) = (Copied::default(), DumpHasher::default());
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut cursor = source.scan(&KeyRange::all(), Direction::Forward)?;
    while let Some((key, value)) = cursor.next()? {
        if key == MARKER_KEY {
            continue;
        }
        if !block.is_empty() && block.len() + 8 + key.len() + value.len() > BLOCK_BYTES {
            out.block(&block).map_err(failed)?;
            block.clear();
            progress(copied);
        }
        for part in [key, value] {
            block.extend_from_slice(&length(part).to_le_bytes());
            block.extend_from_slice(part);
        }
        records.add(key, value);
        copied.records += 1;
        copied.bytes += (key.len() + value.len()) as u64;
    }
    if !block.is_empty() {
        out.block(&block).map_err(failed)?;
    }
    out.put(&0_u32.to_le_bytes()).map_err(failed)?;
    out.put(&copied.records.to_le_bytes()).map_err(failed)?;
    out.put(&copied.bytes.to_le_bytes()).map_err(failed)?;
    out.put(&records.finish()).map_err(failed)?;
    out.finish().map_err(failed)?;
    progress(copied);
    Ok(copied)
}

/// Lengths fit: keys and values have limits.
fn length(part: &[u8]) -> u32 {
    u32::try_from(part.len()).expect("keys, values and blocks have limits far below 4 GiB")
}

/// A file of which all bytes are hashed.
struct Hashed {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
}

impl Hashed {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.file.write_all(bytes)
    }

    fn sized(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(&length(bytes).to_le_bytes())?;
        self.put(bytes)
    }

    fn block(&mut self, block: &[u8]) -> io::Result<()> {
        let stored = lz4_flex::block::compress(block);
        self.put(&length(&stored).to_le_bytes())?;
        self.put(&length(block).to_le_bytes())?;
        self.put(&stored)
    }

    /// Writes the hash of everything so far, and all of it through to the disk.
    fn finish(mut self) -> io::Result<()> {
        let hash = self.hasher.finalize();
        self.file.write_all(hash.as_bytes())?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}
