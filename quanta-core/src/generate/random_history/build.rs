//! Random histories.

use crate::history::{HistoryDocument, HistoryVersion, VersionReader};

use super::super::seed::Seed;
use super::draft::Draft;
use super::edit::next_version;
use super::grow::{add_table, add_type};
use super::hints::{hints, settle_names};
use super::sound::is_sound;
use super::values::fit_defaults;
use super::write;

/// How often a version that is not accepted is made anew.
const ATTEMPTS: usize = 4;

/// How large a random history may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistorySize {
    /// Versions, at most.
    pub versions: usize,
    /// Tables of the first version, at most.
    pub tables: usize,
    /// Embedded types of the first version, at most.
    pub types: usize,
}

impl Default for HistorySize {
    fn default() -> Self {
        Self {
            versions: 12,
            tables: 3,
            types: 4,
        }
    }
}

/// Makes a history with every kind of edit: each version is sound, but what leads to it may be refused by a store.
///
/// Values of its types can be stored: they have no references to rows, and every recursive type has finite values.
///
/// # Panics
///
/// Never: what is built is a sound document.
#[must_use]
pub fn random_history(seed: &mut Seed, size: HistorySize) -> HistoryDocument {
    random_history_where(seed, size, &mut |_| true)
}

/// Makes a history as [`random_history`] does, of versions that are accepted: `accepts` is shown one after the other. One
/// that it refuses is made anew a few times, then the history ends before it; only the first stays, whatever it says.
///
/// # Panics
///
/// Never: what is built is a sound document.
pub fn random_history_where(
    seed: &mut Seed,
    size: HistorySize,
    accepts: &mut dyn FnMut(&HistoryVersion) -> bool,
) -> HistoryDocument {
    let mut current = first_version(seed, size);
    let mut reader = VersionReader::default();
    let mut versions = vec![read(&mut reader, None, &current, 1)];
    accepts(&versions[0]);
    for number in 2..=1 + seed.below(size.versions) {
        let accepted = (0..ATTEMPTS).find_map(|_| {
            let mut next = next_version(&current, seed);
            fit_defaults(&mut next);
            let mut longer = reader.clone();
            let version = read(&mut longer, Some(&current), &next, number);
            accepts(&version).then_some((next, longer, version))
        });
        let Some((next, longer, version)) = accepted else {
            break;
        };
        (current, reader) = (next, longer);
        versions.push(version);
    }
    HistoryDocument {
        name: "random".to_owned(),
        versions,
    }
}

/// Makes two histories that begin alike and then go on apart, each by some versions that `accepts` takes: it is shown
/// all of a history so far. None if no such version was found.
#[cfg(test)]
pub(crate) fn random_branches(
    seed: &mut Seed,
    size: HistorySize,
    accepts: &dyn Fn(&[HistoryVersion]) -> bool,
) -> Option<[HistoryDocument; 2]> {
    let draft = first_version(seed, size);
    let mut reader = VersionReader::default();
    let versions = vec![read(&mut reader, None, &draft, 1)];
    let mut trunk = Line {
        draft,
        reader,
        versions,
    };
    for _ in 0..seed.below(3) {
        trunk = trunk.longer(seed, accepts)?;
    }
    let mut branch = || -> Option<HistoryDocument> {
        let mut line = trunk.longer(seed, accepts)?;
        if seed.one_in(3) {
            line = line.longer(seed, accepts)?;
        }
        Some(HistoryDocument {
            name: "random".to_owned(),
            versions: line.versions,
        })
    };
    Some([branch()?, branch()?])
}

/// A history that can go on.
#[cfg(test)]
struct Line {
    draft: Draft,
    reader: VersionReader,
    versions: Vec<HistoryVersion>,
}

#[cfg(test)]
impl Line {
    /// Returns the history with one version more.
    fn longer(&self, seed: &mut Seed, accepts: &dyn Fn(&[HistoryVersion]) -> bool) -> Option<Self> {
        (0..ATTEMPTS).find_map(|_| {
            let mut draft = next_version(&self.draft, seed);
            fit_defaults(&mut draft);
            let (mut reader, mut versions) = (self.reader.clone(), self.versions.clone());
            let version = read(&mut reader, Some(&self.draft), &draft, versions.len() + 1);
            versions.push(version);
            accepts(&versions).then_some(Self {
                draft,
                reader,
                versions,
            })
        })
    }
}

fn first_version(seed: &mut Seed, size: HistorySize) -> Draft {
    let mut draft = Draft::default();
    while draft.tables.is_empty() {
        let mut grown = Draft::default();
        for _ in 0..seed.below(size.types + 1) {
            add_type(&mut grown, seed);
        }
        for _ in 0..=seed.below(size.tables) {
            add_table(&mut grown, seed);
        }
        grown.prune();
        if is_sound(&grown) {
            draft = grown;
        }
    }
    for _ in 0..seed.below(4) {
        let homes = draft.homes();
        super::values::change_default(&mut draft, *seed.choose(&homes), seed);
    }
    settle_names(&Draft::default(), &mut draft, seed);
    draft
}

fn read(reader: &mut VersionReader, before: Option<&Draft>, draft: &Draft, number: usize) -> HistoryVersion {
    let json = write::version(draft, &number.to_string(), &hints(before, draft));
    reader.next(&json).expect("edits keep documents sound")
}
