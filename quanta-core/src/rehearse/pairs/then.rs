//! What rows held at each version, for as long as nobody writes them again.

use std::collections::BTreeMap;

use super::super::image::Image;
use super::super::law::{Check, Counterexample};
use super::super::travel::Standing;

/// The start of a hash of a row.
type Digest = [u8; 16];

/// What a row held, each time with the version from which on: nothing if it was not there.
type Seen = Vec<(usize, Option<Digest>)>;

/// Row keys by the ids of their tables.
pub(super) type RowKeys = BTreeMap<u32, Vec<Vec<u8>>>;

/// What rows held at each version, by table and row key: each value with the version from which on it was seen, or
/// nothing where the row was not there. It is kept by hash, and only where it changes, so that many versions fit.
#[derive(Debug, Default)]
pub(super) struct Then {
    tables: BTreeMap<u32, BTreeMap<Vec<u8>, Seen>>,
}

impl Then {
    /// Notes what is there at a version.
    pub fn note(&mut self, at: usize, standing: &Standing) {
        for (name, place) in &standing.tables {
            let Some(image) = standing.image.tables.get(name) else {
                continue;
            };
            let rows = self.tables.entry(place.id).or_default();
            for (_, seen) in rows.iter_mut().filter(|(key, _)| !image.rows.contains_key(*key)) {
                see(seen, at, None);
            }
            for (key, body) in &image.rows {
                see(rows.entry(key.clone()).or_default(), at, Some(digest(body)));
            }
        }
    }

    /// Forgets what rows held: they were written again, or deleted.
    pub fn forget(&mut self, rows: &RowKeys) {
        for (table, keys) in rows {
            if let Some(known) = self.tables.get_mut(table) {
                keys.iter().for_each(|key| drop(known.remove(key)));
            }
        }
    }

    /// Forgets all rows of a table: they have other keys from here on.
    pub fn forget_table(&mut self, table: u32) {
        self.tables.remove(&table);
    }

    /// Checks that rows are again what they were at a version, but for those that were deleted since.
    pub fn check(&self, at: usize, standing: &Standing, deleted: &RowKeys) -> Check {
        for (name, place) in &standing.tables {
            let (Some(image), Some(rows)) = (standing.image.tables.get(name), self.tables.get(&place.id))
            else {
                continue;
            };
            for (key, seen) in rows {
                let was = seen.iter().rev().find(|(from, _)| *from <= at);
                let Some((_, Some(was))) = was else { continue };
                if deleted.get(&place.id).is_some_and(|keys| keys.contains(key)) {
                    continue;
                }
                let problem = match image.rows.get(key) {
                    Some(body) if digest(body) == *was => continue,
                    Some(_) => "the row is not what it was when the version was current",
                    None => "a row that was there when the version was current is missing",
                };
                return Err(Counterexample {
                    found: found(&standing.image, name, key)?,
                    ..image.at(name, key, problem)
                });
            }
        }
        Ok(())
    }
}

fn see(seen: &mut Seen, at: usize, now: Option<Digest>) {
    let last = seen.last().map(|(_, last)| *last);
    if last != Some(now) && (last.is_some() || now.is_some()) {
        seen.push((at, now));
    }
}

fn digest(body: &[u8]) -> Digest {
    let hash = blake3::hash(body);
    *hash.as_bytes().first_chunk().expect("a hash has 32 bytes")
}

fn found(image: &Image, table: &str, key: &[u8]) -> crate::error::Result<String> {
    let row = image
        .tables
        .get(table)
        .and_then(|table| Some((table, table.rows.get(key)?)));
    row.map_or(Ok(String::new()), |(table, body)| {
        Ok(table.value(body)?.to_string())
    })
}
