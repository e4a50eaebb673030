//! Versions with other hints than their document gives them: what leads to one from further back, and what is left
//! without the renames.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::Schema;

use super::check::live_slots;
use super::document::HistoryVersion;
use super::hints::{HistoryHints, NamedHints, TypeHints, derived_marks};
use super::owner::{Marks, Owner, marks, set_marks};
use super::read;

impl HistoryVersion {
    /// Returns the version with other hints.
    ///
    /// # Errors
    ///
    /// If a hint names a slot in a way that no slot can be written.
    pub fn with_hints(&self, hints: HistoryHints) -> Result<Self, String> {
        let named = hints.named()?;
        read::with_hints(self, hints, named)
    }

    /// Returns the version as someone writes it who doesn't know of its renames: without the hints that tell a rename
    /// from something new, and without the marks that those leave in the shape.
    ///
    /// # Errors
    ///
    /// As [`HistoryVersion::with_hints`].
    pub fn without_renames(&self, before: &Self) -> Result<Self, String> {
        let hints = HistoryHints {
            dropped_tables: self.hints.dropped_tables.clone(),
            on_failure: self.hints.on_failure.clone(),
            types: self.hints.types.iter().map(fallbacks_only).collect(),
            ..HistoryHints::default()
        };
        let mut bare = self.clone();
        let carried = derived_marks(
            &live_slots(&self.schemas()),
            &before.marks(),
            &hints,
            &NamedHints::default(),
        );
        for (name, table) in &mut bare.tables {
            set_marks(name, &mut table.schema, &carried);
        }
        bare.with_hints(hints)
    }

    pub(super) fn schemas(&self) -> BTreeMap<String, Schema> {
        let tables = self.tables.iter();
        tables
            .map(|(name, table)| (name.clone(), table.schema.clone()))
            .collect()
    }

    fn marks(&self) -> Marks {
        let tables = self.tables.iter();
        tables
            .flat_map(|(name, table)| marks(name, &table.schema))
            .collect()
    }
}

/// Returns the last of these versions with the hints that lead to it from the first at once: every name is followed
/// back through the versions between, and what wasn't there at first is new.
///
/// # Errors
///
/// As [`HistoryVersion::with_hints`].
pub(crate) fn direct(path: &[HistoryVersion]) -> Result<HistoryVersion, String> {
    let Some(((first, later), last)) = path.split_first().zip(path.last()) else {
        return Err("there is no version to go to".to_owned());
    };
    let legs = legs(first, later)?;
    let trail = Trail::of(&legs);
    let mut hints = HistoryHints {
        on_failure: last.hints.on_failure.clone(),
        ..HistoryHints::default()
    };
    for name in last.tables.keys() {
        match trail.table(name) {
            Some(old) if old == *name => {}
            Some(old) => {
                hints.renamed_tables.insert(old, name.clone());
            }
            None => hints.new_tables.push(name.clone()),
        }
    }
    let kept: BTreeSet<String> = last.tables.keys().filter_map(|name| trail.table(name)).collect();
    let dropped = first.tables.keys().filter(|name| !kept.contains(*name));
    hints.dropped_tables = dropped.cloned().collect();
    let mut named = NamedHints::default();
    for (owner, slots) in live_slots(&last.schemas()) {
        for slot in slots {
            let old = trail.slot(&owner, &slot);
            let key = (owner.clone(), slot.clone());
            match old {
                Some(old) if old == slot => {}
                Some(old) => {
                    named.renamed.insert(key, vec![old]);
                }
                None => {
                    named.new.insert(key);
                }
            }
        }
    }
    for version in later {
        named.fallbacks.extend(version.hints.named()?.fallbacks);
    }
    read::with_hints(last, hints, named)
}

/// Leaves what hints of a type say of variants that are gone.
fn fallbacks_only((name, hints): (&String, &TypeHints)) -> (String, TypeHints) {
    let becomes = hints.becomes.clone();
    let hints = TypeHints {
        becomes,
        ..TypeHints::default()
    };
    (name.clone(), hints)
}

/// Where names come from, over several versions.
pub(super) struct Trail<'l, 'v> {
    /// What leads from each version to the next, oldest first.
    legs: &'l [Leg<'v>],
}

/// What leads to a version: it, its hints by slot, and what was there before it.
pub(super) struct Leg<'v> {
    version: &'v HistoryVersion,
    named: NamedHints,
    before: BTreeMap<Owner, BTreeSet<String>>,
}

/// Returns what leads from a version through later ones.
///
/// # Errors
///
/// If a hint names a slot in a way that no slot can be written.
pub(super) fn legs<'v>(first: &HistoryVersion, later: &'v [HistoryVersion]) -> Result<Vec<Leg<'v>>, String> {
    let mut legs = Vec::new();
    let mut before = live_slots(&first.schemas());
    for version in later {
        let named = version.hints.named()?;
        let live = live_slots(&version.schemas());
        legs.push(Leg {
            version,
            named,
            before: std::mem::replace(&mut before, live),
        });
    }
    Ok(legs)
}

impl<'l, 'v> Trail<'l, 'v> {
    pub(super) fn of(legs: &'l [Leg<'v>]) -> Self {
        Self { legs }
    }

    /// Returns the name that a table had at first; none if it came later.
    pub(super) fn table(&self, name: &str) -> Option<String> {
        let mut back = self.legs.iter().rev();
        back.try_fold(name.to_owned(), |name, leg| leg.table_before(&name))
    }

    /// Returns the name that a slot had at first; none if it came later.
    pub(super) fn slot(&self, owner: &Owner, slot: &str) -> Option<String> {
        let mut here = (owner.clone(), slot.to_owned());
        for leg in self.legs.iter().rev() {
            let owner = leg.owner_before(&here.0)?;
            let before = leg.before.get(&owner)?;
            let renamed = leg.named.renamed.get(&here).into_iter().flatten();
            let old = renamed.into_iter().find(|old| before.contains(*old)).cloned();
            let stays = !leg.named.new.contains(&here)
                && before.contains(&here.1)
                && !leg.is_taken_over(&here, before);
            let old = old.or_else(|| stays.then(|| here.1.clone()))?;
            here = (owner, old);
        }
        Some(here.1)
    }
}

impl Leg<'_> {
    /// Tells whether a name went to another slot: one that has it now is new.
    fn is_taken_over(&self, (owner, name): &(Owner, String), before: &BTreeSet<String>) -> bool {
        let mut renamed = self.named.renamed.iter();
        renamed.any(|((of, new), old_names)| {
            of == owner && new != name && old_names.iter().find(|old| before.contains(*old)) == Some(name)
        })
    }

    /// Returns the name that a table had in the version before; none if it came with this one.
    pub(super) fn table_before(&self, name: &str) -> Option<String> {
        let hints = &self.version.hints;
        let was_there = |name: &str| self.before.contains_key(&Owner::Table(name.to_owned()));
        let renamed = hints.renamed_tables.iter().find(|(_, new)| *new == name);
        if let Some((old, _)) = renamed.filter(|(old, _)| was_there(old)) {
            return Some(old.clone());
        }
        let is_new = hints.new_tables.iter().any(|new| new == name);
        let is_taken =
            hints.renamed_tables.contains_key(name) || hints.dropped_tables.iter().any(|gone| gone == name);
        (was_there(name) && !is_new && !is_taken).then(|| name.to_owned())
    }

    /// Returns what an owner was called in the version before; none if it came with this one.
    pub(super) fn owner_before(&self, owner: &Owner) -> Option<Owner> {
        match owner {
            Owner::Table(name) => self.table_before(name).map(Owner::Table),
            Owner::Type(name) => Some(Owner::Type(name.clone())),
            Owner::Variant(name, variant) => {
                let slot = (Owner::Type(name.clone()), variant.clone());
                let before = self.before.get(&slot.0)?;
                let renamed = self.named.renamed.get(&slot).into_iter().flatten();
                let old = renamed.into_iter().find(|old| before.contains(*old)).cloned();
                Some(Owner::Variant(
                    name.clone(),
                    old.unwrap_or_else(|| variant.clone()),
                ))
            }
        }
    }
}
