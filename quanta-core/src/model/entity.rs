//! The trait of structs whose rows live in a table, and what they declare.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::codec::Encoder;
use crate::diff::RowMigration;
use crate::plan::DeclaredTable;
use crate::schema::{
    Conversion, Fingerprint, IndexDef, Initial, Node, NodeId, Reference, Resolution, Schema, Slot, SlotHint,
    TableHints, check_name,
};

use super::auto::Auto;
use super::conversion::{ConvertFn, OwnConversion};
use super::describe::{Describe, Described, DescribedSlot, OwnCode, SlotHints, checked};
use super::fields::Fielded;
use super::refers::{self, ReferenceHints};
use super::stored::QuantaType;
#[cfg(any(test, feature = "testing"))]
use super::validation::DecodeFn;
use super::validation::ValidateFn;

/// A struct whose rows live in a table. Derive it: `#[derive(QuantaEntity)]`.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// #[derive(QuantaEntity)]
/// #[quanta(table = "cities")]
/// # #[quanta(register = false)]
/// struct City { #[quanta(id)] name: String, people: u64 }
///
/// assert_eq!(City::TABLE, "cities");
/// let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// db.collection::<City>().insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no entity",
    label = "expected a struct with `#[derive(QuantaEntity)]`"
)]
pub trait QuantaEntity: QuantaType + Fielded {
    /// The type of the key: that of the `id` field, or a tuple of several in their stated order.
    type Key: QuantaType;

    /// The table's name.
    const TABLE: &'static str;

    /// Storage names of the key fields, in key order.
    const KEY: &'static [&'static str];

    /// Whether the store gives out the keys: `#[quanta(id, auto)]`.
    const IS_AUTO: bool = false;

    /// Says how the store gives out keys, and whether this row has one.
    #[doc(hidden)]
    fn auto(&self) -> Option<Auto> {
        None
    }

    /// Writes the key fields in key order.
    fn encode_key(&self, out: &mut Encoder);

    /// Returns what the struct says of its table.
    fn declaration() -> &'static Declaration;
}

/// What the derive says of an entity besides its fields.
#[derive(Debug, Clone, Copy)]
pub struct EntityHints {
    /// The struct's path, for messages.
    pub rust_name: &'static str,
    /// Earlier names of the table, latest first.
    pub renamed_from: &'static [&'static str],
    /// The table is really new where a rename could be meant.
    pub is_new: bool,
    /// What becomes of rows that don't fit: `@key`, `@index_name`.
    pub on_failure: &'static [(&'static str, Resolution)],
    /// The indexes.
    pub indexes: &'static [IndexHints],
    /// Says whether a row is valid.
    pub validate: Option<ValidateFn>,
    /// References that stand at the struct.
    pub references: &'static [ReferenceHints],
}

/// An index, as the derive says it.
#[derive(Debug, Clone, Copy)]
pub struct IndexHints {
    /// Its name; if none is said, it is made of those of the table and the fields.
    pub name: Option<&'static str>,
    /// Paths of the indexed fields, in key order; `desc` behind those whose highest values come first.
    pub fields: &'static [&'static str],
    /// Whether no two rows may have equal values.
    pub unique: bool,
}

impl IndexHints {
    fn of_table(&self, table: &str) -> Result<IndexDef, String> {
        let named = || {
            let words = self
                .fields
                .iter()
                .flat_map(|field| field.split(|c: char| !is_word(c)));
            let words = [table].into_iter().chain(words.filter(|word| !word.is_empty()));
            words.collect::<Vec<_>>().join("_")
        };
        let fields = self.fields.iter().map(|field| field.parse());
        Ok(IndexDef {
            name: self.name.map_or_else(named, str::to_owned),
            fields: fields.collect::<Result<_, _>>()?,
            unique: self.unique,
        })
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// What a struct says of its table: the schema, its fingerprint, the hints, and the program's own code.
pub struct Declaration {
    /// The table's name.
    pub table: String,
    /// The struct's path, or what else declares the table, for messages.
    pub rust_name: Cow<'static, str>,
    /// The declared schema, or what is wrong with it.
    pub declared: Result<Declared, String>,
    /// Says whether a row is valid. No part of the schema, nor of the hints: it may change at any time.
    pub(crate) validate: Option<ValidateFn>,
    /// Tells whether bytes are a row of the struct; none if there is no struct.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) decode: Option<DecodeFn>,
}

/// The sound part of a declaration.
pub struct Declared {
    /// The schema.
    pub schema: Schema,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// The hints.
    pub hints: TableHints,
    /// A digest of the hints: an open compares it before it looks at any of them.
    pub hints_digest: [u8; 16],
    pub(crate) own_code: BTreeMap<Slot, OwnCode>,
    /// Functions that convert values, inverses included, by the path as it is written.
    pub(crate) conversions: Vec<(&'static str, ConvertFn)>,
}

impl Declared {
    /// Returns the declaration of a table of that name, with its own migrations, as planning sees it.
    #[must_use]
    pub(crate) fn table<'d>(&'d self, name: &'d str, migrations: &'d [RowMigration]) -> DeclaredTable<'d> {
        DeclaredTable {
            name,
            schema: &self.schema,
            fingerprint: self.fingerprint,
            hints: &self.hints,
            hints_digest: self.hints_digest,
            migrations,
        }
    }
}

impl std::fmt::Debug for Declaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Declaration")
            .field("table", &self.table)
            .field("rust_name", &self.rust_name)
            .finish()
    }
}

impl Declaration {
    /// Lists the references of the entity: by their fields, and where they lead. Empty if the declaration is wrong.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        match &self.declared {
            Ok(declared) => &declared.schema.references,
            Err(_) => &[],
        }
    }

    /// Describes an entity. Called by the derive, once per entity.
    #[must_use]
    pub fn of<E: QuantaEntity>(entity: EntityHints) -> Self {
        let declared = declare::<E>(entity);
        Self {
            table: E::TABLE.to_owned(),
            rust_name: entity.rust_name.into(),
            declared,
            validate: entity.validate,
            #[cfg(any(test, feature = "testing"))]
            decode: Some(super::validation::decoded::<E>),
        }
    }
}

fn declare<E: QuantaEntity>(entity: EntityHints) -> Result<Declared, String> {
    check_name(E::TABLE)?;
    let Described {
        shape,
        slots,
        references,
    } = Describe::of::<E>()?;
    let references = refers::references(&shape, &references, entity.references)?;
    let mut schema = Schema::new(shape, owned(E::KEY))?;
    schema.references = references;
    schema.indexes = entity
        .indexes
        .iter()
        .map(|index| index.of_table(E::TABLE))
        .collect::<Result<_, _>>()?;
    schema.sort_objects();
    schema.check()?;
    check_places(&schema, &entity)?;
    let mut hints = TableHints {
        renamed_from: owned(entity.renamed_from),
        is_new: entity.is_new,
        on_failure: entity
            .on_failure
            .iter()
            .map(|(place, resolution)| ((*place).to_owned(), *resolution))
            .collect(),
        ..TableHints::default()
    };
    let mut own_code = BTreeMap::new();
    let mut conversions = Vec::new();
    for (slot, described) in slots {
        let hint = match described {
            DescribedSlot::Field(field) => {
                own_code.extend(field.default_with.or(field.init_with).map(|code| (slot, code)));
                if let Some(own) = field.convert_with {
                    conversions.push((own.name, own.run));
                    conversions.extend(own.inverse);
                }
                field_hint(&schema, slot, field)?
            }
            DescribedSlot::Variant(variant) => SlotHint {
                renamed_from: owned(variant.renamed_from),
                is_new: variant.is_new,
                is_default: variant.is_default,
                fallback_for: owned(variant.fallback_for),
                ..SlotHint::default()
            },
        };
        if hint != SlotHint::default() {
            hints.slots.insert(slot, hint);
        }
    }
    Ok(Declared {
        own_code,
        conversions,
        ..Declared::of(schema, hints)
    })
}

/// Checks that rows are taken out by unique indexes that are there.
fn check_places(schema: &Schema, entity: &EntityHints) -> Result<(), String> {
    let places = entity
        .on_failure
        .iter()
        .filter_map(|(place, _)| place.strip_prefix('@'));
    for name in places.filter(|name| *name != "key") {
        let mut unique = schema
            .indexes
            .iter()
            .filter(|index| index.unique)
            .map(|index| index.name.as_str());
        if !unique.clone().any(|index| index == name) {
            let known = unique.by_ref().collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() {
                "it has none"
            } else {
                known.as_str()
            };
            return Err(format!(
                "`on_failure` names the unique index `{name}`, which the entity hasn't: {known}"
            ));
        }
    }
    Ok(())
}

impl Declared {
    /// Puts together what is declared without any code of a program.
    pub(crate) fn of(schema: Schema, hints: TableHints) -> Self {
        Self {
            fingerprint: Fingerprint::of(&schema),
            hints_digest: digest(&hints),
            schema,
            hints,
            own_code: BTreeMap::new(),
            conversions: Vec::new(),
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn field_hint(schema: &Schema, slot: Slot, field: SlotHints) -> Result<SlotHint, String> {
    let initial = match (field.default_with, field.init_with) {
        (Some(code), _) => Initial::Once(code.name.to_owned()),
        (None, Some(code)) => Initial::Computed(code.name.to_owned()),
        (None, None) => Initial::Default,
    };
    Ok(SlotHint {
        renamed_from: owned(field.renamed_from),
        is_new: field.is_new,
        default: field
            .default
            .map(|write| encoded_default(schema, slot, write))
            .transpose()?,
        initial,
        conversion: field
            .convert_with
            .map(|own| conversion(schema, slot, own))
            .transpose()?,
        on_failure: field.on_failure,
        ..SlotHint::default()
    })
}

fn conversion(schema: &Schema, slot: Slot, own: OwnConversion) -> Result<Conversion, String> {
    let takes = Describe::by(own.takes)?.shape;
    if let Some((name, node)) = field_at(schema, slot)
        && schema.shape.sub_shape(node).is_same_as(&takes)
    {
        return Err(format!(
            "field `{name}`: `convert_with = {}` takes the type {takes}, which the field has already: nothing would \
             ever call it",
            own.name
        ));
    }
    Ok(Conversion {
        name: own.name.to_owned(),
        inverse: own.inverse.map(|(name, _)| name.to_owned()),
        takes,
    })
}

fn field_at(schema: &Schema, slot: Slot) -> Option<(&str, NodeId)> {
    match schema.shape.node(slot.0) {
        Node::Struct { fields, .. } => fields.get(slot.1).map(|field| (field.name.as_str(), field.node)),
        _ => None,
    }
}

fn encoded_default(schema: &Schema, slot: Slot, write: fn(&mut Encoder)) -> Result<Vec<u8>, String> {
    let (_, node) = field_at(schema, slot).ok_or("only a field has a default value")?;
    let mut out = Encoder::default();
    write(&mut out);
    let value = out
        .finish()
        .map_err(|problem| format!("the default can't be stored: {problem}"))?;
    checked(value, &schema.shape, node)
}

/// Returns a digest of the hints: their debug form is deterministic, as all collections in it are ordered.
fn digest(hints: &TableHints) -> [u8; 16] {
    let hash = blake3::hash(format!("{hints:?}").as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.as_bytes()[..16]);
    digest
}
