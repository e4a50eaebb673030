//! Writing values in the row format.

use bincode::config::standard;

use super::varint::{ONE_BYTE_MAX, Varint};
use crate::schema::limits::{EMPTY_ITEMS_MAX, NESTING_DEPTH_MAX};

/// Writes values in bincode 2 `standard()` format (docs/format.md, "Row bodies").
///
/// A value that can't be stored (nested too deeply, a path that is not UTF-8) is remembered and reported by
/// [`Encoder::finish`], so that encoding itself needs no error at every step.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
    depth: usize,
    /// Items of collections so far that took no bytes.
    empty_items: usize,
    problem: Option<String>,
}

impl Encoder {
    /// Makes an encoder that appends to `bytes`.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            depth: 0,
            empty_items: 0,
            problem: None,
        }
    }

    /// Returns what was written.
    ///
    /// # Errors
    ///
    /// The first reason why a value can't be stored.
    pub fn finish(self) -> Result<Vec<u8>, String> {
        match self.problem {
            None => Ok(self.bytes),
            Some(problem) => Err(problem),
        }
    }

    /// Returns how many bytes there are, those that it was made with included.
    #[must_use]
    pub fn written(&self) -> usize {
        self.bytes.len()
    }

    /// Records why a value can't be stored. Only the first reason is kept.
    pub fn fail(&mut self, problem: impl Into<String>) {
        self.problem.get_or_insert_with(|| problem.into());
    }

    /// Goes one level of nesting down.
    pub fn enter(&mut self) {
        self.depth += 1;
        if self.depth > NESTING_DEPTH_MAX {
            self.fail(format!("the value nests deeper than {NESTING_DEPTH_MAX} levels"));
        }
    }

    /// Comes one level of nesting up.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Tells whether going on would only nest deeper: a value past the limit need not be walked to its end.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.problem.is_some()
    }

    /// Writes one primitive in bincode 2 `standard()` format.
    pub fn primitive<T: bincode::Encode>(&mut self, value: T) {
        if let Err(error) = bincode::encode_into_std_write(value, &mut self.bytes, standard()) {
            self.fail(error.to_string());
        }
    }

    /// Writes one unsigned number, as [`Encoder::primitive`] does: most are small, and those are their own byte.
    #[inline]
    pub fn number<T: Varint>(&mut self, value: T) {
        match value.try_into() {
            Ok(byte) if byte <= ONE_BYTE_MAX => self.bytes.push(byte),
            _ => self.primitive(value),
        }
    }

    /// Writes the position of a variant among its enum's sorted variants.
    pub fn variant(&mut self, index: u32) {
        self.number(index);
    }

    /// Writes the number of items of a collection.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// Writes a length and the bytes.
    pub fn sized_bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes the items of a list.
    pub fn items<T>(&mut self, items: &[T], mut write: impl FnMut(&T, &mut Self)) {
        self.enter();
        self.count(items.len());
        let start = self.bytes.len();
        for item in items {
            if self.is_failed() {
                break;
            }
            write(item, self);
        }
        self.check_empty_items(items.len(), start);
        self.leave();
    }

    /// Writes the items of a set or map in the order of what `write` puts out first for each: the set's item, the
    /// map's key. Items with equal keys keep one of them; returns how many were left out.
    pub fn sorted<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut write: impl FnMut(&T, &mut Self),
        mut rest: impl FnMut(&T, &mut Self),
    ) -> usize {
        self.enter();
        let mut parts: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for item in items {
            if self.is_failed() {
                break;
            }
            let key = self.aside(|out| write(&item, out));
            let value = self.aside(|out| rest(&item, out));
            parts.push((key, value));
        }
        parts.sort();
        let all = parts.len();
        parts.dedup_by(|later, earlier| later.0 == earlier.0);
        self.count(parts.len());
        let start = self.bytes.len();
        for (key, value) in &parts {
            self.raw(key);
            self.raw(value);
        }
        self.check_empty_items(parts.len(), start);
        self.leave();
        all - parts.len()
    }

    /// Writes into a buffer of its own, at the present depth, and returns it.
    fn aside(&mut self, write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let outer = std::mem::take(&mut self.bytes);
        write(self);
        std::mem::replace(&mut self.bytes, outer)
    }

    fn check_empty_items(&mut self, count: usize, start: usize) {
        if self.bytes.len() > start {
            return;
        }
        self.empty_items = self.empty_items.saturating_add(count);
        if self.empty_items > EMPTY_ITEMS_MAX {
            self.fail(format!(
                "collections hold more than {EMPTY_ITEMS_MAX} items of no size"
            ));
        }
    }
}
