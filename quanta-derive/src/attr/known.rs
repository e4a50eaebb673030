//! Every attribute there is, and where it may stand.

use Place::{Column, Entity, EntityField, Type, TypeField, Variant, View};
use Support::{Later, Now};

/// What an attribute stands on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// The struct that derives `QuantaEntity`.
    Entity,
    /// The struct or enum that derives `QuantaType`.
    Type,
    /// A named field of an entity.
    EntityField,
    /// A named field of a type or of one of its variants.
    TypeField,
    /// A variant of an enum.
    Variant,
    /// The struct that derives `QuantaView`.
    View,
    /// A field of a view.
    Column,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Support {
    Now,
    /// Reserved and parsed, but refused: an attribute that is ignored would be a broken promise.
    Later,
}

pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) places: &'static [Place],
    pub(crate) support: Support,
}

const fn known(name: &'static str, support: Support, places: &'static [Place]) -> Known {
    Known {
        name,
        places,
        support,
    }
}

const FIELD: &[Place] = &[EntityField, TypeField];

pub(crate) const KNOWN: &[Known] = &[
    known("auto", Now, &[EntityField]),
    known("convert_with", Now, FIELD),
    known("crate", Now, &[Entity, Type, View]),
    known("default", Now, &[EntityField, TypeField, Variant]),
    known("default_with", Now, FIELD),
    known("fallback_for", Now, &[Variant]),
    known("filter", Now, &[View]),
    known("id", Now, &[EntityField]),
    known("index", Now, &[Entity, EntityField]),
    known("init_with", Now, FIELD),
    known("lock", Now, &[Entity, Type]),
    known("name", Now, &[EntityField, TypeField, Variant, View, Column]),
    known("new", Now, &[Entity, EntityField, TypeField, Variant]),
    known("of", Now, &[View]),
    known("on_delete", Now, FIELD),
    known("on_failure", Now, &[Entity, EntityField, TypeField]),
    known("path", Now, &[Column]),
    known("references", Now, &[Entity, EntityField, TypeField]),
    known("register", Now, &[Entity, View]),
    known("renamed_from", Now, &[Entity, EntityField, TypeField, Variant]),
    known("serde", Now, FIELD),
    known("skip", Now, FIELD),
    known("store", Later, &[Entity]),
    known("table", Now, &[Entity]),
    known("unique", Now, &[Entity, EntityField]),
    known("validate_with", Now, &[Entity]),
];

/// Words from other libraries, with what they are called here.
pub(crate) const SYNONYMS: &[(&str, &str)] = &[
    ("alias", "renamed_from"),
    ("ignore", "skip"),
    ("key", "id"),
    ("name", "table"),
    ("on_error", "on_failure"),
    ("pk", "id"),
    ("primary_key", "id"),
    ("rename", "name"),
    ("rename", "table"),
];

impl Known {
    pub(crate) fn find(name: &str) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.name == name)
    }

    pub(crate) fn allows(&self, place: Place) -> bool {
        self.places.contains(&place)
    }

    /// Tells whether a place may have several of it.
    pub(crate) fn repeats(&self, place: Place) -> bool {
        place == Entity && matches!(self.name, "index" | "references" | "unique")
    }

    /// Tells whether it belongs on an entity or on a field of one.
    pub(crate) fn is_for_entities(&self) -> bool {
        self.allows(Entity) || self.allows(EntityField)
    }

    /// Where the attribute belongs, for a message.
    pub(crate) fn home(&self) -> String {
        let homes = [
            (self.allows(Entity), "the struct that derives `QuantaEntity`"),
            (self.allows(Type), "the item that derives `QuantaType`"),
            (self.allows(TypeField), "a field"),
            (
                self.allows(EntityField) && !self.allows(TypeField),
                "a field of a struct that derives `QuantaEntity`",
            ),
            (self.allows(Variant), "a variant"),
            (self.allows(View), "the struct that derives `QuantaView`"),
            (
                self.allows(Column) && !self.allows(TypeField),
                "a field of a struct that derives `QuantaView`",
            ),
        ];
        let homes: Vec<_> = homes
            .iter()
            .filter(|(allowed, _)| *allowed)
            .map(|(_, home)| *home)
            .collect();
        homes.join(" or ")
    }
}

impl Place {
    /// The place itself, for a message.
    pub(crate) fn here(self) -> &'static str {
        match self {
            Entity => "an entity",
            Type => "a type that derives `QuantaType`",
            EntityField => "a field",
            TypeField => "a field of a `QuantaType`",
            Variant => "a variant",
            View => "a view",
            Column => "a field of a view",
        }
    }
}
