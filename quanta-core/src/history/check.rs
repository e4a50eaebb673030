//! Whether hints speak of things that exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::Schema;

use super::hints::{HistoryHints, NamedHints};
use super::owner::{Owner, owners, slots};
use super::said::{check_on_failure, check_own_code};

/// What earlier versions of a document hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// Tables of the version before; none before the first.
    tables: Option<BTreeSet<String>>,
    /// Fields that each table ever had, under the table's name in the version before.
    fields: BTreeMap<String, BTreeSet<String>>,
    /// Names that slots of embedded types ever had.
    type_slots: BTreeSet<String>,
    /// Names that tables ever had.
    table_names: BTreeSet<String>,
    /// The slots of the version before.
    live: BTreeMap<Owner, BTreeSet<String>>,
    /// Old names that were hinted at, by the slots of the version before that took them over.
    consumed: BTreeMap<(Owner, String), BTreeSet<String>>,
    /// The same of tables, by name; those that are gone count too.
    consumed_tables: BTreeMap<String, BTreeSet<String>>,
}

/// What is seen at a slot that was said to be new. No name begins like that.
pub(super) const NEW_MARK: &str = "@new";

pub(super) type Schemas = BTreeMap<String, Schema>;

impl Past {
    /// Adds a version, once it has been checked.
    pub(super) fn add(&mut self, schemas: &Schemas, hints: &HistoryHints, named: &NamedHints) {
        self.consume(schemas, hints, named);
        self.consume_tables(hints);
        let mut fields = BTreeMap::new();
        for (table, schema) in schemas {
            let mut known = self
                .fields
                .get(hints.table_before(table))
                .cloned()
                .unwrap_or_default();
            known.extend(named.old_names(|owner| *owner == Owner::Table(table.clone())));
            known.extend(schema.shape.fields().iter().map(|field| field.name.clone()));
            fields.insert(table.clone(), known);
        }
        self.type_slots.extend(
            live_slots(schemas)
                .into_iter()
                .flat_map(|(owner, names)| match owner {
                    Owner::Table(_) => BTreeSet::new(),
                    _ => names,
                }),
        );
        self.type_slots
            .extend(named.old_names(|owner| !matches!(owner, Owner::Table(_))));
        self.table_names.extend(schemas.keys().cloned());
        self.table_names.extend(hints.renamed_tables.keys().cloned());
        self.tables = Some(schemas.keys().cloned().collect());
        self.fields = fields;
    }

    /// Notes which hints were seen, each at the slot that it stands at.
    fn consume(&mut self, schemas: &Schemas, hints: &HistoryHints, named: &NamedHints) {
        let live = live_slots(schemas);
        let mut consumed = BTreeMap::new();
        for (owner, names) in &live {
            let before = owner_before(owner, hints);
            let was_live = |name: &String| self.live.get(&before).is_some_and(|names| names.contains(name));
            let hinted = |name: &String| {
                named
                    .renamed
                    .get(&(owner.clone(), name.clone()))
                    .into_iter()
                    .flatten()
            };
            let claimed: BTreeSet<&String> = names.iter().flat_map(hinted).collect();
            for name in names {
                let slot = (owner.clone(), name.clone());
                let old_names: Vec<String> = hinted(name).cloned().collect();
                let source = old_names.iter().find(|old| was_live(old));
                // A name that another slot takes over is free for a new one, which has seen no hint.
                let source = source.or(Some(name).filter(|name| !claimed.contains(name)));
                let known = source.and_then(|source| self.consumed.get(&(before.clone(), source.clone())));
                let mut seen: BTreeSet<String> = known.cloned().unwrap_or_default();
                seen.extend(old_names);
                if named.new.contains(&slot) {
                    seen.insert(NEW_MARK.to_owned());
                }
                consumed.insert(slot, seen);
            }
        }
        self.live = live;
        self.consumed = consumed;
    }

    fn consume_tables(&mut self, hints: &HistoryHints) {
        let moved: Vec<_> = hints
            .renamed_tables
            .iter()
            .map(|(old, new)| (old, new, self.consumed_tables.remove(old)))
            .collect();
        for (old, new, seen) in moved {
            let names = self.consumed_tables.entry(new.clone()).or_default();
            names.extend(seen.into_iter().flatten());
            names.insert(old.clone());
        }
    }

    /// Refuses a hint of a table that the table of that name took over before: its declaration says nothing new.
    fn check_consumed_tables(&self, hints: &HistoryHints) -> Result<(), String> {
        let mut renamed = hints.renamed_tables.iter();
        let again = renamed.find(|(old, new)| {
            let seen = self.consumed_tables.get(*new);
            seen.is_some_and(|seen| seen.contains(*old))
        });
        again.map_or(Ok(()), |(old, new)| {
            Err(format!(
                "renamed_tables: `{new}` took over `{old}` in an earlier version, and a hint counts once: give `{new}` a \
                 third name in a version between"
            ))
        })
    }

    /// Refuses a hint that an earlier version gave at the same slot: no declaration can say that it is meant again.
    fn check_consumed(&self, hints: &HistoryHints, named: &NamedHints) -> Result<(), String> {
        for ((owner, new), old_names) in &named.renamed {
            let before = (owner_before(owner, hints), new.clone());
            let seen = self.consumed.get(&before);
            if let Some(old) = old_names
                .iter()
                .find(|old| seen.is_some_and(|seen| seen.contains(*old)))
            {
                return Err(format!(
                    "{owner}: `{new}` took over `{old}` in an earlier version, and a hint counts once: leave it out, or \
                     give `{new}` a third name in a version between"
                ));
            }
        }
        Ok(())
    }

    /// Checks a version's hints, and that no table is gone without a word.
    pub(super) fn check(
        &self,
        schemas: &Schemas,
        hints: &HistoryHints,
        named: &NamedHints,
    ) -> Result<(), String> {
        self.check_tables(schemas, hints)?;
        self.check_slots(schemas, hints, named)?;
        self.check_consumed(hints, named)?;
        self.check_fallbacks(schemas, named)?;
        check_own_code(schemas, hints)?;
        check_on_failure(schemas, hints)
    }

    /// Checks that a variant which takes the place of another one is there, and that the other one is gone.
    fn check_fallbacks(&self, schemas: &Schemas, named: &NamedHints) -> Result<(), String> {
        let live = live_slots(schemas);
        for ((owner, variant), gone) in &named.fallbacks {
            let names = live.get(owner);
            let is_there = |name: &String| names.is_some_and(|names| names.contains(name));
            exists(
                is_there(variant),
                format!("becomes of {owner}"),
                variant,
                "this version has no such variant",
            )?;
            for gone in gone {
                exists(
                    !is_there(gone),
                    format!("becomes of {owner}"),
                    gone,
                    "this version still has it",
                )?;
                exists(
                    self.is_empty() || self.has_slot(owner, gone) != Some(false),
                    format!("becomes of {owner}"),
                    gone,
                    "the version before has no such variant",
                )?;
            }
        }
        Ok(())
    }

    fn check_tables(&self, schemas: &Schemas, hints: &HistoryHints) -> Result<(), String> {
        let empty = BTreeSet::new();
        let before = self.tables.as_ref().unwrap_or(&empty);
        for (old, new) in &hints.renamed_tables {
            exists(
                self.knows_table(old),
                "renamed_tables",
                old,
                "no earlier version has that table",
            )?;
            exists(
                schemas.contains_key(new),
                "renamed_tables",
                new,
                "this version has no such table",
            )?;
        }
        let targets: BTreeSet<&String> = hints.renamed_tables.values().collect();
        self.check_consumed_tables(hints)?;
        if targets.len() < hints.renamed_tables.len() {
            return Err("renamed_tables: two tables are renamed to one".to_owned());
        }
        for table in &hints.new_tables {
            exists(
                schemas.contains_key(table),
                "new_tables",
                table,
                "this version has no such table",
            )?;
        }
        let stays = |table: &String| {
            schemas.contains_key(table) && !targets.contains(table) && !hints.new_tables.contains(table)
        };
        for table in &hints.dropped_tables {
            exists(
                before.contains(table),
                "dropped_tables",
                table,
                "the version before has no such table",
            )?;
            exists(
                !stays(table),
                "dropped_tables",
                table,
                "this version still has it",
            )?;
        }
        for table in before {
            let is_named = hints.dropped_tables.contains(table) || hints.renamed_tables.contains_key(table);
            if !is_named && !stays(table) {
                return Err(format!(
                    "table {table} is gone: name it in `dropped_tables`, or in `renamed_tables` with its new name"
                ));
            }
        }
        Ok(())
    }

    /// Tells whether no version lies behind.
    pub(super) fn is_empty(&self) -> bool {
        self.tables.is_none()
    }

    /// Tells whether the version before has that table.
    pub(super) fn has_table(&self, name: &str) -> bool {
        self.tables.as_ref().is_some_and(|tables| tables.contains(name))
    }

    /// Tells whether a table ever had that name. Before the first version lies a past that no document tells of.
    pub(super) fn knows_table(&self, old: &str) -> bool {
        self.tables.is_none() || self.table_names.contains(old)
    }

    /// Tells whether a slot of an owner, by its name in the version before, ever had that name.
    pub(super) fn knows(&self, before: &Owner, old: &String) -> bool {
        let fields = match before {
            Owner::Table(table) => self.fields.get(table),
            _ => None,
        };
        let existed = fields.is_some_and(|known| known.contains(old));
        self.tables.is_none() || existed || self.may_lead_into(before, old)
    }

    /// Tells whether the version before has that slot; none if it has nothing of that name to begin with.
    pub(super) fn has_slot(&self, before: &Owner, slot: &str) -> Option<bool> {
        self.live.get(before).map(|slots| slots.contains(slot))
    }

    /// Tells whether a hint was given at a slot already, by the slot's name in the version before.
    pub(super) fn is_consumed(&self, before: &Owner, slot: &str, old: &str) -> bool {
        let slot = (before.clone(), slot.to_owned());
        self.consumed.get(&slot).is_some_and(|seen| seen.contains(old))
    }

    /// Tells whether an old name may be one on the other side of a struct: the field around it, or one within it; or a
    /// position of the tuple that it was.
    fn may_lead_into(&self, owner: &Owner, old: &String) -> bool {
        let is_position = old
            .parse::<u32>()
            .is_ok_and(|position| position.to_string() == *old);
        match owner {
            Owner::Table(_) => self.type_slots.contains(old),
            _ => {
                let mut fields = self.fields.values();
                is_position || self.type_slots.contains(old) || fields.any(|fields| fields.contains(old))
            }
        }
    }

    fn check_slots(&self, schemas: &Schemas, hints: &HistoryHints, named: &NamedHints) -> Result<(), String> {
        let live = live_slots(schemas);
        for table in hints.renamed_fields.keys().chain(hints.new_fields.keys()) {
            exists(
                schemas.contains_key(table),
                "renamed_fields or new_fields",
                table,
                "this version has no such table",
            )?;
        }
        for name in hints.types.keys() {
            exists(
                live.contains_key(&Owner::of_type(name)),
                "types",
                name,
                "this version embeds no such type",
            )?;
        }
        for (owner, new) in named.renamed.keys().chain(&named.new) {
            let names = live
                .get(owner)
                .ok_or_else(|| format!("hints: this version has no {owner}"))?;
            exists(
                names.contains(new),
                owner,
                new,
                "this version has no such name there",
            )?;
        }
        for ((owner, new), old_names) in &named.renamed {
            if named.new.contains(&(owner.clone(), new.clone())) {
                let old = old_names.join("`, `");
                return Err(format!(
                    "{owner}: `{new}`: it can't be new and have been `{old}` before; keep one of the hints"
                ));
            }
            for old in old_names {
                exists(
                    self.knows(&owner_before(owner, hints), old),
                    owner,
                    old,
                    &format!("no earlier version has it, so `{new}` can't be its new name"),
                )?;
            }
        }
        Ok(())
    }
}

/// Returns what an owner was called in the version before.
pub(super) fn owner_before(owner: &Owner, hints: &HistoryHints) -> Owner {
    match owner {
        Owner::Table(table) => Owner::Table(hints.table_before(table).to_owned()),
        other => other.clone(),
    }
}

pub(super) fn exists(
    holds: bool,
    place: impl std::fmt::Display,
    name: &str,
    problem: &str,
) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("{place}: `{}`: {problem}", name.escape_debug()))
    }
}

/// Lists the names of all slots by what they belong to.
pub(super) fn live_slots(schemas: &Schemas) -> BTreeMap<Owner, BTreeSet<String>> {
    let mut live: BTreeMap<Owner, BTreeSet<String>> = BTreeMap::new();
    for (table, schema) in schemas {
        for (id, owner) in owners(table, schema) {
            let names = slots(schema.shape.node(id))
                .into_iter()
                .map(|(name, _)| name.to_owned());
            live.entry(owner).or_default().extend(names);
        }
    }
    live
}
