//! The batches in fjall's journals, read just far enough to check them.
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
//! (fjall 3.1, `src/journal/entry.rs`.)

use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

const TAG_START: u8 = 1;
const TAG_ITEM: u8 = 2;
const TAG_END: u8 = 3;
const TAG_CLEAR: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";
const START_BYTES: usize = 1 + 4 + 8;
const ITEM_HEADER_BYTES: usize = 1 + 1 + 8 + 2 + 4 + 4;
const READ_BYTES: usize = 256 * 1024;

/// Tells whether a batch may start here, ruling out most places without reading on.
pub(super) fn may_start(bytes: &[u8]) -> bool {
    bytes.first() == Some(&TAG_START)
        && bytes.len() > START_BYTES
        && matches!(bytes[START_BYTES], TAG_ITEM | TAG_CLEAR)
}

/// A complete batch: its length and its sequence number.
pub(super) struct BatchAt {
    pub(super) bytes: u64,
    pub(super) sequence: u64,
}

/// Reads one batch; `None` if there is no complete one.
pub(super) fn read_batch(reader: &mut impl Read, scratch: &mut Vec<u8>) -> io::Result<Option<BatchAt>> {
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
