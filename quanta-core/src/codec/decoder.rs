//! Reading values in the row format, from bytes that may be hostile.

use std::fmt;

use bincode::config::standard;

use super::varint::{ONE_BYTE_MAX, Varint, bytes_behind};
use crate::schema::limits::{EMPTY_ITEMS_MAX, NESTING_DEPTH_MAX};

/// Why bytes are no value of the expected type, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub problem: String,
    /// Bytes that were still to be read when it was noticed.
    pub bytes_left: usize,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} bytes before the end", self.problem, self.bytes_left)
    }
}

impl std::error::Error for DecodeError {}

/// Reads values in bincode 2 `standard()` format (docs/format.md, "Row bodies").
///
/// Never panics, and never allocates more than a fixed multiple of its input, whatever the bytes are.
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    input: &'a [u8],
    depth: usize,
    empty_items: usize,
}

/// Bytes that are reserved for a collection before its first item has been read.
const RESERVE_BYTES: usize = 4096;

impl<'a> Decoder<'a> {
    /// Makes a decoder that reads `input` from its start.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            depth: 0,
            empty_items: 0,
        }
    }

    /// Returns what has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.input
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// If bytes are left over.
    pub fn finish(self) -> Result<(), DecodeError> {
        if self.input.is_empty() {
            Ok(())
        } else {
            Err(self.error("bytes are left over"))
        }
    }

    /// Makes an error at the present place.
    #[must_use]
    pub fn error(&self, problem: impl Into<String>) -> DecodeError {
        DecodeError {
            problem: problem.into(),
            bytes_left: self.input.len(),
        }
    }

    /// Makes the error of a variant position that the enum does not have.
    #[must_use]
    pub fn unknown_variant(&self, index: u32, name: &str) -> DecodeError {
        self.error(format!("enum {name} has no variant {index}"))
    }

    /// Goes one level of nesting down.
    ///
    /// # Errors
    ///
    /// If the value nests deeper than the limit.
    pub fn enter(&mut self) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > NESTING_DEPTH_MAX {
            return Err(self.error(format!("the value nests deeper than {NESTING_DEPTH_MAX} levels")));
        }
        Ok(())
    }

    /// Comes one level of nesting up.
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Reads one primitive in bincode 2 `standard()` format.
    ///
    /// # Errors
    ///
    /// If the bytes are no such primitive.
    pub fn primitive<T: bincode::Decode<()>>(&mut self) -> Result<T, DecodeError> {
        match bincode::decode_from_slice(self.input, standard()) {
            Ok((value, used)) => {
                self.input = &self.input[used..];
                Ok(value)
            }
            Err(error) => Err(self.error(error.to_string())),
        }
    }

    /// Reads one unsigned number, as [`Decoder::primitive`] does: most are small, and those are their own byte.
    ///
    /// # Errors
    ///
    /// If the bytes are no such number.
    #[inline]
    pub fn number<T: Varint>(&mut self) -> Result<T, DecodeError> {
        match self.one_byte() {
            Some(number) => Ok(number.into()),
            None => self.primitive(),
        }
    }

    /// Steps over one number in the variable form, signed or not, of a type of `width` bytes, which is two or more.
    ///
    /// # Errors
    ///
    /// If the bytes are no such number.
    #[inline]
    pub fn pass_number(&mut self, width: usize) -> Result<(), DecodeError> {
        let bytes_behind = self.input.first().and_then(|first| bytes_behind(*first));
        match bytes_behind.filter(|bytes| *bytes <= width) {
            Some(bytes) => self.raw(1 + bytes).map(drop),
            None => Err(self.error(format!("there is no number of at most {width} bytes"))),
        }
    }

    #[inline]
    fn one_byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.input.split_first()?;
        if *byte > ONE_BYTE_MAX {
            return None;
        }
        self.input = rest;
        Some(*byte)
    }

    /// Reads the position of a variant.
    ///
    /// # Errors
    ///
    /// If the bytes are no such number.
    pub fn variant(&mut self) -> Result<u32, DecodeError> {
        self.number()
    }

    /// Reads the number of items of a collection.
    ///
    /// # Errors
    ///
    /// If the count can't be true for the bytes that are left.
    pub fn count(&mut self) -> Result<usize, DecodeError> {
        let count: u64 = self.number()?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > self.input.len().max(EMPTY_ITEMS_MAX) {
            return Err(self.error(format!("a collection claims {count} items")));
        }
        Ok(count)
    }

    /// Counts an item that took no bytes but takes memory.
    ///
    /// # Errors
    ///
    /// If the decoder has read more of them than the limit.
    pub(crate) fn empty_item(&mut self) -> Result<(), DecodeError> {
        self.empty_items += 1;
        if self.empty_items > EMPTY_ITEMS_MAX {
            return Err(self.error(format!(
                "collections hold more than {EMPTY_ITEMS_MAX} items of no size"
            )));
        }
        Ok(())
    }

    /// Returns a capacity to reserve for `count` items that is safe whatever the bytes claim.
    #[must_use]
    pub fn capacity<T>(count: usize) -> usize {
        count.min(RESERVE_BYTES / size_of::<T>().max(1))
    }

    /// Reads a length and that many bytes.
    ///
    /// # Errors
    ///
    /// If fewer bytes are left.
    pub fn sized_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length: u64 = self.number()?;
        self.raw(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Reads `length` bytes as they are.
    ///
    /// # Errors
    ///
    /// If fewer bytes are left.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        match self.input.split_at_checked(length) {
            Some((bytes, rest)) => {
                self.input = rest;
                Ok(bytes)
            }
            None => Err(self.error(format!("{length} bytes are announced"))),
        }
    }

    /// Reads a length-prefixed UTF-8 text.
    ///
    /// # Errors
    ///
    /// If fewer bytes are left or they are no UTF-8.
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        let bytes = self.sized_bytes()?;
        std::str::from_utf8(bytes).map_err(|error| self.error(format!("text is not UTF-8: {error}")))
    }

    /// Reads the tag of an option: whether a value follows.
    ///
    /// # Errors
    ///
    /// If the byte is neither 0 nor 1.
    pub fn is_some(&mut self) -> Result<bool, DecodeError> {
        match self.primitive::<u8>()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.error(format!("an option is tagged {other}"))),
        }
    }
}
