//! From schemas to JSON.

use super::{FieldJson, IndexJson, ReferenceJson, TableJson, TypeJson, VariantJson};
use crate::schema::index::IndexDef;
use crate::schema::naming::{Naming, Place, Root};
use crate::schema::shape::{Field, Node, NodeId};
use crate::schema::table::{Reference, Schema};
use crate::schema::text::text_by_names;

/// Returns the types and tables of schemas, both sorted by name. Every `reuses` is given; defaults are not.
pub(crate) fn tables_json(schemas: &[(&str, &Schema)]) -> (Vec<TypeJson>, Vec<TableJson>) {
    let naming = Naming::of(
        schemas.iter().map(|(_, schema)| &schema.shape).collect(),
        Root::Row,
    );
    let embedded = naming.definitions().filter(|(_, place)| place.1 != NodeId::ROOT);
    let types = embedded
        .map(|(name, place)| type_json(&naming, name, place))
        .collect();
    let tables = schemas
        .iter()
        .enumerate()
        .map(|(position, (name, schema))| TableJson {
            name: (*name).to_owned(),
            row: naming.name((position, NodeId::ROOT)).map(str::to_owned),
            key: schema.key.clone(),
            fields: fields_json(&naming, position, schema.shape.fields()),
            indexes: schema.indexes.iter().map(index_json).collect(),
            references: schema.references.iter().map(reference_json).collect(),
        });
    (types, tables.collect())
}

fn index_json(index: &IndexDef) -> IndexJson {
    IndexJson {
        name: index.name.clone(),
        fields: index.fields.clone(),
        unique: index.unique,
    }
}

fn reference_json(reference: &Reference) -> ReferenceJson {
    let Reference {
        fields,
        table,
        to,
        on_delete,
    } = reference.clone();
    ReferenceJson {
        fields,
        table,
        to,
        on_delete,
    }
}

fn fields_json(naming: &Naming<'_>, shape: usize, fields: &[Field]) -> Vec<FieldJson> {
    let field = |field: &Field| FieldJson {
        name: field.name.clone(),
        type_text: text_by_names(naming, (shape, field.node)),
        default: None,
        reuses: Some(field.reuses.clone()),
    };
    fields.iter().map(field).collect()
}

fn type_json(naming: &Naming<'_>, name: &str, place: Place) -> TypeJson {
    let shape = naming.shape(place.0);
    let mut json = TypeJson {
        name: name.to_owned(),
        fields: None,
        variants: None,
    };
    match shape.node(place.1) {
        Node::Enum { variants, .. } => {
            let variants = variants.iter().map(|variant| VariantJson {
                name: variant.name.clone(),
                fields: match shape.node(variant.payload) {
                    Node::Struct { fields, .. } => Some(fields_json(naming, place.0, fields)),
                    _ => None,
                },
                tuple: match shape.node(variant.payload) {
                    Node::Tuple(items) => Some(
                        items
                            .iter()
                            .map(|item| text_by_names(naming, (place.0, *item)))
                            .collect(),
                    ),
                    _ => None,
                },
                default: false,
                reuses: Some(variant.reuses.clone()),
            });
            json.variants = Some(variants.collect());
        }
        Node::Struct { fields, .. } => json.fields = Some(fields_json(naming, place.0, fields)),
        _ => {}
    }
    json
}
