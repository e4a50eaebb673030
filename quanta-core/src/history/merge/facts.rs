//! What a version says, place by place. Places go by identity: what the base had is known by its name there, whatever it
//! is called now, so that two branches speak of one thing in one way.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::schema::{OnDelete, Resolution};

use super::super::owner::Owner;

/// Stands before the name of what came after the base. No name begins like that.
pub(super) const NEW: char = '+';

/// One part of the path of an index or reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PathPart {
    Slot(Owner, String),
    Position(String),
    /// `[]`, `{key}` or `{value}`.
    Items(&'static str),
    /// Behind the path of a field of an index whose highest values come first.
    Descending,
}

pub(super) type PathParts = Vec<PathPart>;

/// What is said something of. Owners, too, go by identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Table(String),
    Type(String),
    Slot(Owner, String),
    Key(String),
    /// Which variant of an enum is its default.
    DefaultVariant(String),
    /// An index is what it is over.
    Index(String, Vec<PathParts>),
    /// Table and fields, and the table and key fields that they refer to.
    Reference(String, Vec<PathParts>, String, Vec<String>),
    /// What becomes of rows that don't fit: table, and a path, `@key` or `@index_name`. A field in it goes by identity.
    OnFailure(String, String),
}

impl Place {
    /// Returns what a place belongs to, if that is a table or a type.
    pub(super) fn owner(&self) -> Option<Owner> {
        match self {
            Self::Table(_) | Self::Type(_) => None,
            Self::Slot(owner, _) => Some(owner.clone()),
            Self::DefaultVariant(name) => Some(Owner::Type(name.clone())),
            Self::Key(table)
            | Self::Index(table, _)
            | Self::Reference(table, ..)
            | Self::OnFailure(table, _) => Some(Owner::Table(table.clone())),
        }
    }
}

/// What is said of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// Its name, and the name of its row's type where something goes back to it.
    Table(String, Option<String>),
    Type(Kind),
    Slot(SlotFact),
    /// The fields of a key, or the variant that is the default.
    Slots(Vec<String>),
    Index(String, bool),
    Reference(OnDelete),
    OnFailure(Resolution),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Struct,
    Enum,
}

/// A field or variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SlotFact {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) default: Option<Json>,
    /// Names that it reuses. They follow from names, and are no change of their own.
    pub(super) reuses: Vec<String>,
}

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A field, of that type.
    Field(String),
    Unit,
    Tuple(Vec<String>),
    /// A variant whose fields are slots of their own.
    Fields,
}

pub(super) type Facts = BTreeMap<Place, Fact>;

impl Content {
    /// Lists the types in it that are not slots of their own.
    pub(super) fn types(&self) -> &[String] {
        match self {
            Self::Field(ty) => std::slice::from_ref(ty),
            Self::Tuple(items) => items,
            Self::Unit | Self::Fields => &[],
        }
    }
}
