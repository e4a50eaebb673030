//! Torn tails of fjall's journals, found before fjall reads them.
//!
//! A journal is a sequence of batches, then zeros that were reserved in advance. A batch is, with all numbers in
//! little-endian order:
//!
//! ```text
//! start  01, u32 count of items, u64 sequence number
//! item   02, u8 kind, u8 compression, u64 key space, u16 key bytes, u32 value bytes, u32 stored bytes, key, stored
//! clear  04, u64 key space
//! end    03, u64 XXH3 of all items as they stand here, "FJL" 03
//! ```
//!
//! (fjall 3.1, `src/journal/entry.rs`.) Left to itself, fjall drops everything behind some kinds of damage without
//! a word, and doesn't open at all after others. Here both are told apart by what follows the damage.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, ErrorKind, Result};
use crate::fs as durable;
use crate::store::Recovery;

const TAG_START: u8 = 1;
const TAG_ITEM: u8 = 2;
const TAG_END: u8 = 3;
const TAG_CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";
const START_BYTES: usize = 1 + 4 + 8;
const ITEM_HEADER_BYTES: usize = 1 + 1 + 8 + 2 + 4 + 4;
const READ_BYTES: usize = 256 * 1024;

/// What may be done about a damage behind which complete batches follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mending {
    /// Refuses to open: dropping the later batches would lose commits that may have been acknowledged.
    Refuse,
    /// Cuts the journal there, because somebody decided to.
    Cut,
}

/// Checks all journals in fjall's directory, and cuts the newest one behind its last complete batch.
///
/// Only the newest journal can have been torn by a power loss: the others were synced before the next was begun.
/// A cut leaves a prefix of the commits, because tables hold nothing that was not synced to a journal first.
pub(crate) fn recover(directory: &Path, mending: Mending) -> Result<Option<Recovery>> {
    let journals = list(directory)?;
    for (position, journal) in journals.iter().enumerate() {
        let Some(damage) = examine(journal)? else { continue };
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
        return cut(journal, &damage).map(Some);
    }
    Ok(None)
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

fn examine(path: &Path) -> Result<Option<Damage>> {
    let look = || {
        let mut file = File::open(path)?;
        let end = last_complete(&file)?;
        file.seek(SeekFrom::Start(end.offset))?;
        let tail = read_to_zeros(&mut file)?;
        if tail.is_empty() {
            return Ok(None);
        }
        let batch_follows = holds_batch(&tail, end.sequence);
        io::Result::Ok(Some(Damage {
            offset: end.offset,
            tail,
            batch_follows,
        }))
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
    let starts = tail
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == TAG_START)
        .map(|(at, _)| at);
    for at in starts.filter(|at| may_start(&tail[*at..])) {
        let batch = read_batch(&mut &tail[at..], &mut scratch);
        if let Ok(Some(batch)) = batch
            && after.is_none_or(|after| batch.sequence > after)
        {
            return true;
        }
    }
    false
}

/// Rules out most places without reading on.
fn may_start(bytes: &[u8]) -> bool {
    bytes.len() > START_BYTES && matches!(bytes[START_BYTES], TAG_ITEM | TAG_CLEAR)
}

struct BatchAt {
    bytes: u64,
    sequence: u64,
}

/// Reads one batch; `None` if there is no complete one.
fn read_batch(reader: &mut impl Read, scratch: &mut Vec<u8>) -> io::Result<Option<BatchAt>> {
    match try_read_batch(reader, scratch) {
        Ok(batch) => Ok(batch),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn try_read_batch(reader: &mut impl Read, scratch: &mut Vec<u8>) -> io::Result<Option<BatchAt>> {
    let [tag, start @ ..] = take::<START_BYTES>(reader)?;
    if tag != TAG_START {
        return Ok(None);
    }
    let (count, sequence) = (u32_at(&start, 0), u64_at(&start, 4));
    let mut bytes = START_BYTES as u64;
    let mut hasher = Xxh3::new();
    for _ in 0..count {
        match read_item(reader, &mut hasher, scratch)? {
            Some(item_bytes) => bytes += item_bytes,
            None => return Ok(None),
        }
    }
    let [tag, end @ ..] = take::<{ 1 + 8 + TRAILER.len() }>(reader)?;
    let complete = tag == TAG_END && u64_at(&end, 0) == hasher.digest() && end[8..] == TRAILER;
    bytes += 1 + end.len() as u64;
    Ok(complete.then_some(BatchAt { bytes, sequence }))
}

/// Reads one item and returns its length; `None` if it isn't one.
fn read_item(reader: &mut impl Read, hasher: &mut Xxh3, scratch: &mut Vec<u8>) -> io::Result<Option<u64>> {
    match take::<1>(reader)? {
        [TAG_CLEAR] => {
            let key_space = take::<8>(reader)?;
            hasher.update(&[TAG_CLEAR]);
            hasher.update(&key_space);
            Ok(Some(1 + 8))
        }
        [TAG_ITEM] => {
            let header = take::<ITEM_HEADER_BYTES>(reader)?;
            let key_bytes = u64::from(u16::from_le_bytes([header[10], header[11]]));
            let (value_bytes, stored_bytes) = (u32_at(&header, 12), u32_at(&header, 16));
            let compressed = header[1] != 0;
            if !matches!(header[0], 0 | 1 | 2 | 4)
                || header[1] > 1
                || (!compressed && value_bytes != stored_bytes)
            {
                return Ok(None);
            }
            scratch.clear();
            scratch.push(TAG_ITEM);
            scratch.extend_from_slice(&header);
            let body_bytes = key_bytes + u64::from(stored_bytes);
            hash_behind_header(reader, body_bytes, hasher, scratch)?;
            Ok(Some(1 + ITEM_HEADER_BYTES as u64 + body_bytes))
        }
        _ => Ok(None),
    }
}

/// Hashes the header in `scratch` and the body behind it.
///
/// Small items are hashed in one go, which is much faster; large ones in pieces, because a torn length may claim
/// gigabytes that aren't there.
fn hash_behind_header(
    reader: &mut impl Read,
    bytes: u64,
    hasher: &mut Xxh3,
    scratch: &mut Vec<u8>,
) -> io::Result<()> {
    let mut rest = bytes;
    let mut filled = scratch.len();
    loop {
        let piece = usize::try_from(rest).unwrap_or(READ_BYTES).min(READ_BYTES);
        scratch.resize(filled + piece, 0);
        reader.read_exact(&mut scratch[filled..])?;
        hasher.update(scratch);
        rest -= piece as u64;
        if rest == 0 {
            return Ok(());
        }
        filled = 0;
    }
}

fn take<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
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
        "{what} stands at byte {offset} of the journal {}: restore a backup, or run `repair`, which gives up all \
         that follows and keeps its bytes in files beside the journal",
        journal.display()
    );
    Error::new(
        ErrorKind::NeedsRepair {
            file: journal.to_path_buf(),
        },
        message,
    )
}
