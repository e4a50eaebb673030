//! The keys of an import, to find those that two lines have.

use crate::schema::limits::KEYS_SEEN_MAX;

/// Hashes of row keys with their lines, in a bounded amount of memory.
///
/// 96 bits of a hash stand for a key: among two million keys, two that share them by chance are less probable than a
/// fault of the memory that they lie in.
#[derive(Default)]
pub(super) struct Seen {
    keys: Vec<([u8; 12], u32)>,
}

impl Seen {
    /// Notes the key of a line, if there is room.
    pub(super) fn note(&mut self, key: &[u8], line: u64) {
        if let (true, Ok(line)) = (self.keys.len() < KEYS_SEEN_MAX, u32::try_from(line)) {
            self.keys.push((hash(key), line));
        }
    }

    /// Finds the first line with a key.
    pub(super) fn first_line(&self, key: &[u8]) -> Option<u64> {
        let wanted = hash(key);
        let found = self.keys.iter().find(|(hash, _)| *hash == wanted);
        found.map(|(_, line)| u64::from(*line))
    }

    /// Lists lines whose key an earlier line has, each with the first such line, in order.
    pub(super) fn repeated(mut self) -> Vec<(u64, u64)> {
        self.keys.sort_unstable();
        let mut first = None;
        let mut repeated = Vec::new();
        for (hash, line) in self.keys {
            match first {
                Some((known, first)) if known == hash => repeated.push((u64::from(line), first)),
                _ => first = Some((hash, u64::from(line))),
            }
        }
        repeated.sort_unstable();
        repeated
    }
}

fn hash(key: &[u8]) -> [u8; 12] {
    let hash = blake3::hash(key);
    hash.as_bytes()
        .first_chunk()
        .copied()
        .expect("a hash has 32 bytes")
}
