//! Torn tails of fjall's journals, found before fjall reads them.
//!
//! Left to itself, fjall drops everything behind some kinds of damage without a word, and doesn't open at all after
//! others. Here it is what follows the damage that decides.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::fjall_batch::{may_start, read_batch};
use crate::error::{Error, ErrorKind, Result};
use crate::fs as durable;
use crate::store::Recovery;

/// How much of a journal is read at once.
const READ_BYTES: usize = 256 * 1024;

/// How far it is looked behind the complete batches of a journal for more: the zeros that are reserved there are many.
const BEHIND_BYTES: u64 = 1024 * 1024;

/// What may be done about a damage behind which complete batches follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mending {
    /// Refuses to open: dropping the later batches would lose commits that may have been acknowledged.
    Refuse,
    /// Cuts the journal there, because somebody decided to.
    Cut,
}

/// What stands in the journals of a closed engine.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    /// Bytes of all complete batches.
    pub bytes: u64,
    /// What was cut off.
    pub recovery: Option<Recovery>,
}

/// Checks all journals in fjall's directory, and cuts the newest one behind its last complete batch.
///
/// Only the newest journal can have been torn by a power loss: the others were synced before the next was begun.
/// A cut leaves a prefix of the commits, because tables hold nothing that was not synced to a journal first.
pub(crate) fn recover(directory: &Path, mending: Mending) -> Result<Recovered> {
    let journals = list(directory)?;
    let mut bytes = 0;
    for (position, journal) in journals.iter().enumerate() {
        let (complete, damage) = examine(journal)?;
        bytes += complete;
        let Some(damage) = damage else { continue };
        let later = &journals[position + 1..];
        if mending == Mending::Refuse && !later.is_empty() {
            return Err(needs_repair(
                journal,
                damage.offset,
                "a damage, with later journals behind it,",
            ));
        }
        if mending == Mending::Refuse && damage.batch_follows {
            return Err(needs_repair(
                journal,
                damage.offset,
                "a damage, with complete batches behind it,",
            ));
        }
        // The later ones go first, so that an interrupted repair still finds the damage.
        set_aside(later)?;
        let recovery = cut(journal, &damage).map(Some)?;
        return Ok(Recovered { bytes, recovery });
    }
    Ok(Recovered {
        bytes,
        recovery: None,
    })
}

/// Returns the journal that a closed engine would go on with.
pub(super) fn newest(directory: &Path) -> Result<Option<PathBuf>> {
    Ok(list(directory)?.pop())
}

/// Returns how many bytes the complete batches at the beginning of a journal take; none if anything but reserved zeros
/// follows them. That is damage, which the next opening has to see.
pub(super) fn complete_bytes(journal: &mut File) -> io::Result<Option<u64>> {
    let end = last_complete(journal)?;
    journal.seek(SeekFrom::Start(end.offset))?;
    let mut behind = Vec::new();
    journal.take(BEHIND_BYTES).read_to_end(&mut behind)?;
    Ok(behind.iter().all(|byte| *byte == 0).then_some(end.offset))
}

/// Takes journals out of fjall's sight without removing them.
fn set_aside(journals: &[PathBuf]) -> Result<()> {
    for journal in journals.iter().rev() {
        fs::rename(journal, journal.with_extension("jnl.cut")).map_err(|error| {
            Error::io(
                format_args!("setting aside the journal {}", journal.display()),
                error,
            )
        })?;
    }
    Ok(())
}

/// The first place in a journal at which no complete batch stands, though there are bytes.
struct Damage {
    offset: u64,
    /// All that follows, without the zeros at the end.
    tail: Vec<u8>,
    batch_follows: bool,
}

/// Lists the journals in a directory, the newest last.
fn list(directory: &Path) -> Result<Vec<PathBuf>> {
    let place = || format!("looking for journals in {}", directory.display());
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(place(), error)),
    };
    let mut journals = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Error::io(place(), error))?.path();
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse::<u64>().ok());
        if let Some(number) = number
            && path.extension().is_some_and(|extension| extension == "jnl")
        {
            journals.push((number, path));
        }
    }
    journals.sort();
    Ok(journals.into_iter().map(|(_, path)| path).collect())
}

/// Returns how many bytes the complete batches of a journal take, and what damage follows them.
fn examine(path: &Path) -> Result<(u64, Option<Damage>)> {
    let look = || {
        let mut file = File::open(path)?;
        let end = last_complete(&file)?;
        file.seek(SeekFrom::Start(end.offset))?;
        let tail = read_to_zeros(&mut file)?;
        let damage = (!tail.is_empty()).then(|| Damage {
            offset: end.offset,
            batch_follows: holds_batch(&tail, end.sequence),
            tail,
        });
        io::Result::Ok((end.offset, damage))
    };
    look().map_err(|error| Error::io(format_args!("checking the journal {}", path.display()), error))
}

/// Where the complete batches of a journal end, and the sequence number of the last.
struct End {
    offset: u64,
    sequence: Option<u64>,
}

fn last_complete(file: &File) -> io::Result<End> {
    let mut reader = BufReader::with_capacity(READ_BYTES, file);
    let mut end = End {
        offset: 0,
        sequence: None,
    };
    let mut scratch = Vec::new();
    while let Some(batch) = read_batch(&mut reader, &mut scratch)? {
        end.offset += batch.bytes;
        end.sequence = Some(batch.sequence);
    }
    Ok(end)
}

/// Reads the rest of a file without the zeros at its end.
fn read_to_zeros(file: &mut File) -> io::Result<Vec<u8>> {
    let zeros = vec![0; READ_BYTES];
    let mut tail = Vec::new();
    let mut zeros_before = 0;
    let mut chunk = vec![0; READ_BYTES];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        // Compared whole, because the reserved zeros are many and everything else is rare.
        if chunk[..count] == zeros[..count] {
            zeros_before += count;
            continue;
        }
        tail.resize(tail.len() + zeros_before, 0);
        zeros_before = 0;
        tail.extend_from_slice(&chunk[..count]);
    }
    let length = tail
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    tail.truncate(length);
    Ok(tail)
}

/// Tells whether a complete batch that is newer than `after` begins anywhere in `tail`.
///
/// Bytes of a value that look like a batch count too: the answer errs on the side of refusing.
fn holds_batch(tail: &[u8], after: Option<u64>) -> bool {
    let mut scratch = Vec::new();
    for at in (0..tail.len()).filter(|at| may_start(&tail[*at..])) {
        let batch = read_batch(&mut &tail[at..], &mut scratch);
        if let Ok(Some(batch)) = batch
            && after.is_none_or(|after| batch.sequence > after)
        {
            return true;
        }
    }
    false
}

/// Keeps the tail in a file of its own, then cuts it off. Interrupted in between, it is done again.
fn cut(journal: &Path, damage: &Damage) -> Result<Recovery> {
    let kept = journal.with_extension(format!("jnl.at-{}.cut", damage.offset));
    durable::write_synced(&kept, &damage.tail)?;
    if let Some(directory) = journal.parent() {
        durable::sync_dir(directory)?;
    }
    let truncate = || {
        let file = OpenOptions::new().write(true).open(journal)?;
        file.set_len(damage.offset)?;
        file.sync_all()
    };
    truncate()
        .map_err(|error| Error::io(format_args!("cutting the journal {}", journal.display()), error))?;
    tracing::warn!(journal = %journal.display(), offset = damage.offset, "cut a torn tail off a journal");
    Ok(Recovery {
        file: journal.to_path_buf(),
        offset: damage.offset,
        bytes_cut: damage.tail.len() as u64,
        kept,
    })
}

fn needs_repair(journal: &Path, offset: u64, what: &str) -> Error {
    let message = format!(
        "{what} stands at byte {offset} of the journal {}: restore a backup, or give up all that follows, \
         with `quanta repair --cut-journal` or quantadb::cut_damaged_journal: its bytes stay in a file beside the journal",
        journal.display()
    );
    Error::new(
        ErrorKind::NeedsRepair {
            file: journal.to_path_buf(),
        },
        message,
    )
}
