//! Changes in words: what a person who has to decide reads.

use crate::schema::{OnDelete, Resolution};

use super::super::owner::Owner;
use super::facts::{Content, Fact, Facts, NEW, Place, SlotFact};
use super::objects::path_text;
use super::view::with_tables;

/// The base and a branch of it. What is there now is named as it is now.
#[derive(Clone, Copy)]
pub(super) struct Sides<'f> {
    pub(super) base: &'f Facts,
    pub(super) branch: &'f Facts,
}

impl Sides<'_> {
    /// Says what a change does.
    pub(super) fn says(self, place: &Place, change: (Option<&Fact>, Option<&Fact>)) -> String {
        let (table, path) = self.at(place);
        match (place, change) {
            (Place::Table(_), (None, _)) => format!("add table {table}"),
            (Place::Table(_), (_, None)) => format!("drop table {table}"),
            (Place::Table(_), (Some(Fact::Table(old, _)), Some(Fact::Table(new, _)))) if old != new => {
                format!("rename table {old} to {new}")
            }
            (Place::Type(_), (None, _)) => format!("add type {table}"),
            (Place::Slot(owner, _), (before, after)) => self.slot(owner, &path, before, after),
            (Place::Key(_), (Some(Fact::Slots(from)), Some(Fact::Slots(to)))) => format!(
                "change the key of {table} from ({}) to ({})",
                self.slots(place, from),
                self.slots(place, to)
            ),
            (Place::Key(_), (None, Some(Fact::Slots(key)))) => {
                format!("add key ({}) of {table}", self.slots(place, key))
            }
            (Place::DefaultVariant(_), (_, Some(Fact::Slots(to)))) => {
                format!("make {table}::{} the default variant", self.slots(place, to))
            }
            (Place::DefaultVariant(_), _) => format!("leave {table} without a default variant"),
            (Place::OnFailure(..), (_, Some(Fact::OnFailure(resolution)))) => {
                let outcome = match resolution {
                    Resolution::Default => "default",
                    Resolution::DropRow => "drop_row",
                };
                format!("say on_failure at {table}, {path}: {outcome}")
            }
            (Place::Index(..) | Place::Reference(..), change) => self.object(place, change),
            (_, (None, _)) => format!("add {path} of {table}"),
            (_, (_, None)) => format!("drop {path} of {table}"),
            (Place::Table(_) | Place::Type(_), _) => format!("make something else of {table}"),
            _ => format!("change {path} of {table}"),
        }
    }

    /// Returns the table or type that a place is about, and where in it.
    pub(super) fn at(self, place: &Place) -> (String, String) {
        match place {
            Place::Table(id) => (self.table(id), String::new()),
            Place::Type(name) => (name.clone(), String::new()),
            Place::Slot(owner, slot) => {
                let slot = self.slot_name(owner, slot);
                match owner {
                    Owner::Table(id) => (self.table(id), slot),
                    Owner::Type(name) => (name.clone(), slot),
                    Owner::Variant(name, variant) => {
                        let variant = self.slot_name(&Owner::Type(name.clone()), variant);
                        (format!("{name}::{variant}"), slot)
                    }
                }
            }
            Place::Key(id) => (self.table(id), "key".to_owned()),
            Place::DefaultVariant(name) => (name.clone(), "default variant".to_owned()),
            Place::Index(id, paths) => (self.table(id), format!("index ({})", self.paths(paths))),
            Place::Reference(id, paths, target, _) => {
                let path = format!("reference ({}) to {}", self.paths(paths), self.table(target));
                (self.table(id), path)
            }
            Place::OnFailure(id, path) => (self.table(id), path.trim_start_matches(NEW).to_owned()),
        }
    }

    fn object(self, place: &Place, (before, after): (Option<&Fact>, Option<&Fact>)) -> String {
        let shown = |fact: &Fact| match (place, fact) {
            (Place::Index(id, paths), Fact::Index(name, unique)) => {
                let unique = if *unique { "unique " } else { "" };
                let (paths, table) = (self.paths(paths), self.table(id));
                format!("{unique}index {name} ({paths}) of {table}")
            }
            (Place::Reference(id, paths, target, _), Fact::Reference(on_delete)) => {
                let (paths, table, target) = (self.paths(paths), self.table(id), self.table(target));
                let outcome = outcome(*on_delete);
                format!("reference ({paths}) of {table} to {target}, on delete {outcome}")
            }
            _ => self.at(place).1,
        };
        match (before, after) {
            (Some(from), Some(to)) => format!("change {} to {}", shown(from), shown(to)),
            (None, Some(new)) => format!("add {}", shown(new)),
            (Some(old), None) => format!("drop {}", shown(old)),
            (None, None) => self.at(place).1,
        }
    }

    fn slot(self, owner: &Owner, name: &str, before: Option<&Fact>, after: Option<&Fact>) -> String {
        let slot = |fact: Option<&Fact>| match fact {
            Some(Fact::Slot(slot)) => Some(slot.clone()),
            _ => None,
        };
        let (before, after) = (slot(before), slot(after));
        let is_variant = [&before, &after]
            .into_iter()
            .flatten()
            .any(|slot| !matches!(slot.content, Content::Field(_)));
        let (word, join) = if is_variant { ("variant ", "::") } else { ("", ".") };
        let place = match owner {
            Owner::Table(id) => format!("{}{join}{name}", self.table(id)),
            Owner::Type(of) => format!("{of}{join}{name}"),
            Owner::Variant(of, variant) => {
                let variant = self.slot_name(&Owner::Type(of.clone()), variant);
                format!("{of}::{variant}{join}{name}")
            }
        };
        match (before, after) {
            (None, Some(after)) => format!("add {word}{place}: {}{}", self.content(&after), default(&after)),
            (Some(before), None) => format!("drop {word}{place}: {}", self.content(&before)),
            (Some(before), Some(after)) => {
                let mut said = Vec::new();
                if before.name != after.name {
                    said.push(format!("rename {word}{place} from {}", before.name));
                }
                if before.content != after.content {
                    let (from, to) = (self.content(&before), self.content(&after));
                    said.push(format!("change {word}{place} from {from} to {to}"));
                }
                if before.default != after.default {
                    said.push(format!("set the default of {place} to {}", shown(&after)));
                }
                said.join(", ")
            }
            (None, None) => place,
        }
    }

    fn content(self, slot: &SlotFact) -> String {
        let ty = |ty: &String| with_tables(ty, |id| self.table(id));
        match &slot.content {
            Content::Field(text) => ty(text),
            Content::Unit => "unit".to_owned(),
            Content::Tuple(items) => format!("tuple<{}>", items.iter().map(ty).collect::<Vec<_>>().join(",")),
            Content::Fields => "struct".to_owned(),
        }
    }

    fn slots(self, place: &Place, slots: &[String]) -> String {
        let Some(owner) = place.owner() else {
            return String::new();
        };
        let names = slots.iter().map(|slot| self.slot_name(&owner, slot));
        names.collect::<Vec<_>>().join(", ")
    }

    fn paths(self, paths: &[super::facts::PathParts]) -> String {
        let named = |owner: &Owner, slot: &str| self.slot_name(owner, slot);
        let paths = paths.iter().map(|path| path_text(path, named));
        paths.collect::<Vec<_>>().join(", ")
    }

    fn table(self, id: &str) -> String {
        let place = Place::Table(id.to_owned());
        match self.branch.get(&place).or_else(|| self.base.get(&place)) {
            Some(Fact::Table(name, _)) => name.clone(),
            _ => id.trim_start_matches(NEW).to_owned(),
        }
    }

    fn slot_name(self, owner: &Owner, slot: &str) -> String {
        let place = Place::Slot(owner.clone(), slot.to_owned());
        match self.branch.get(&place).or_else(|| self.base.get(&place)) {
            Some(Fact::Slot(slot)) => slot.name.clone(),
            _ => slot.trim_start_matches(NEW).to_owned(),
        }
    }
}

fn outcome(on_delete: OnDelete) -> &'static str {
    match on_delete {
        OnDelete::Restrict => "restrict",
        OnDelete::Cascade => "cascade",
        OnDelete::SetNull => "set null",
    }
}

fn default(slot: &SlotFact) -> String {
    let default = slot.default.as_ref();
    default.map_or_else(String::new, |default| format!(", default {default}"))
}

fn shown(slot: &SlotFact) -> String {
    let default = slot.default.as_ref();
    default.map_or_else(|| "none".to_owned(), ToString::to_string)
}
