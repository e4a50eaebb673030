//! A version in the making: names are labels here, and identities stay through renames.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::schema::{OnDelete, OrderWay, Resolution, Scalar};

/// What follows a slot, type or table through renames.
pub(super) type Uid = u32;

/// A type as it is written, but for structs and enums, which go by their identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    Scalar(Scalar),
    Opaque,
    Option(Box<Ty>),
    List(Box<Ty>),
    Set(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    Array(Box<Ty>, u32),
    Tuple(Vec<Ty>),
    Named(Uid),
}

/// What a slot holds: the type of a field, or the payload of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Type(Ty),
    Unit,
    Tuple(Vec<Ty>),
    Fields(Vec<Slot>),
}

/// A field or a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) uid: Uid,
    pub(super) name: String,
    pub(super) content: Content,
    /// The default of a field.
    pub(super) default: Option<Json>,
    /// Whether a variant is its enum's default.
    pub(super) is_default: bool,
    /// Whether it is said to be new, where it is.
    pub(super) says_new: bool,
    /// Names that are live beside this one and were hinted at.
    pub(super) reuses: BTreeSet<String>,
    /// Old names whose hints were seen.
    pub(super) consumed: BTreeSet<String>,
}

/// A struct or an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TypeDraft {
    pub(super) label: String,
    pub(super) kind: TypeKind,
    pub(super) slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeKind {
    Struct,
    Enum,
}

/// A table. Keys, indexes and references name fields by their identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableDraft {
    pub(super) name: String,
    pub(super) slots: Vec<Slot>,
    pub(super) key: Vec<Uid>,
    pub(super) indexes: Vec<IndexDraft>,
    pub(super) references: Vec<ReferenceDraft>,
    pub(super) says_new: bool,
    /// Said of this version's change alone.
    pub(super) on_failure: BTreeMap<Place, Resolution>,
}

/// What a resolution is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Key,
    Field(Uid),
    Index(Uid),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexDraft {
    pub(super) uid: Uid,
    pub(super) name: String,
    pub(super) fields: Vec<(Uid, OrderWay)>,
    pub(super) unique: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReferenceDraft {
    pub(super) field: Uid,
    pub(super) table: Uid,
    pub(super) on_delete: OnDelete,
}

/// What slots belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    Table(Uid),
    Type(Uid),
    /// The fields of a variant of a type.
    Variant(Uid, Uid),
}

/// All tables and types of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) types: BTreeMap<Uid, TypeDraft>,
    pub(super) tables: BTreeMap<Uid, TableDraft>,
    /// Names that tables ever had: a name that was given once is not given to another table.
    pub(super) table_names: BTreeSet<String>,
    /// Labels that types ever had: documents know types by them.
    pub(super) type_labels: BTreeSet<String>,
    pub(super) next_uid: Uid,
}

impl Draft {
    pub(super) fn uid(&mut self) -> Uid {
        self.next_uid += 1;
        self.next_uid
    }

    /// Lists everything that has slots.
    pub(super) fn homes(&self) -> Vec<Home> {
        let mut homes: Vec<Home> = self.tables.keys().map(|uid| Home::Table(*uid)).collect();
        for (uid, declared) in &self.types {
            homes.push(Home::Type(*uid));
            let with_fields = declared
                .slots
                .iter()
                .filter(|slot| matches!(slot.content, Content::Fields(_)));
            homes.extend(with_fields.map(|slot| Home::Variant(*uid, slot.uid)));
        }
        homes
    }

    pub(super) fn slots(&self, home: Home) -> &[Slot] {
        match home {
            Home::Table(uid) => self.tables.get(&uid).map_or(&[], |table| &table.slots),
            Home::Type(uid) => self.types.get(&uid).map_or(&[], |declared| &declared.slots),
            Home::Variant(uid, variant) => {
                let slot = self
                    .slots(Home::Type(uid))
                    .iter()
                    .find(|slot| slot.uid == variant);
                match slot.map(|slot| &slot.content) {
                    Some(Content::Fields(fields)) => fields,
                    _ => &[],
                }
            }
        }
    }

    /// Runs an edit over the slots of a home; nothing happens if there is none.
    pub(super) fn with_slots<R>(&mut self, home: Home, edit: impl FnOnce(&mut Vec<Slot>) -> R) -> Option<R> {
        match home {
            Home::Table(uid) => self.tables.get_mut(&uid).map(|table| edit(&mut table.slots)),
            Home::Type(uid) => self.types.get_mut(&uid).map(|declared| edit(&mut declared.slots)),
            Home::Variant(uid, variant) => {
                let slots = &mut self.types.get_mut(&uid)?.slots;
                let slot = slots.iter_mut().find(|slot| slot.uid == variant)?;
                match &mut slot.content {
                    Content::Fields(fields) => Some(edit(fields)),
                    _ => None,
                }
            }
        }
    }

    /// Tells whether the slots of a home are variants.
    pub(super) fn has_variants(&self, home: Home) -> bool {
        match home {
            Home::Type(uid) => self.types.get(&uid).is_some_and(|d| d.kind == TypeKind::Enum),
            _ => false,
        }
    }

    /// Takes away the types that no table embeds.
    pub(super) fn prune(&mut self) {
        let mut seen = BTreeSet::new();
        for table in self.tables.values() {
            table.slots.iter().for_each(|slot| self.reach(slot, &mut seen));
        }
        self.types.retain(|uid, _| seen.contains(uid));
    }

    fn reach(&self, slot: &Slot, seen: &mut BTreeSet<Uid>) {
        match &slot.content {
            Content::Unit => {}
            Content::Type(ty) => self.reach_type(ty, seen),
            Content::Tuple(items) => items.iter().for_each(|ty| self.reach_type(ty, seen)),
            Content::Fields(fields) => fields.iter().for_each(|slot| self.reach(slot, seen)),
        }
    }

    fn reach_type(&self, ty: &Ty, seen: &mut BTreeSet<Uid>) {
        match ty {
            Ty::Scalar(_) | Ty::Opaque => {}
            Ty::Option(item) | Ty::List(item) | Ty::Set(item) | Ty::Array(item, _) => {
                self.reach_type(item, seen);
            }
            Ty::Map(key, value) => [key, value].iter().for_each(|ty| self.reach_type(ty, seen)),
            Ty::Tuple(items) => items.iter().for_each(|ty| self.reach_type(ty, seen)),
            Ty::Named(uid) => {
                if seen.insert(*uid) {
                    self.slots(Home::Type(*uid))
                        .iter()
                        .for_each(|slot| self.reach(slot, seen));
                }
            }
        }
    }
}
