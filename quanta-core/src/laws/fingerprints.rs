//! A7: a fingerprint changes if and only if the shape does. Takes one of 20 cases.

use std::collections::BTreeSet;

use crate::generate::{HistorySize, Seed};
use crate::history::HistoryDocument;
use crate::schema::{
    Fingerprint, IndexDef, IndexField, Node, OnDelete, OrderWay, Scalar, Schema, Shape, canonical,
};

use super::run::{Histories, Law, Outcome};

/// Every pair of schemas of a history, and of what is one small change away from them: equal fingerprints, equal layouts
/// and meanings.
fn fingerprints_tell_shapes_apart(document: &HistoryDocument, seed: &mut Seed) -> Outcome {
    let tables = document
        .versions
        .iter()
        .flat_map(|version| version.tables.values());
    let schemas: Vec<Schema> = tables
        .flat_map(|table| [table.schema.clone(), changed(&table.schema, seed)])
        .collect();
    let is_one = |one: &Schema, two: &Schema| {
        let objects = |schema: &Schema| {
            let indexes = schema
                .indexes
                .iter()
                .map(|index| (index.fields.clone(), index.unique));
            let indexes: BTreeSet<_> = indexes.collect();
            (indexes, schema.references.clone())
        };
        one.shape.is_same_as(&two.shape) && one.key == two.key && objects(one) == objects(two)
    };
    for one in &schemas {
        for two in &schemas {
            let prints = Fingerprint::of(one) == Fingerprint::of(two);
            if prints != is_one(one, two) || prints != (canonical(one) == canonical(two)) {
                return Err(format!("{one:?}\n{two:?}\nhave one fingerprint: {prints}"));
            }
        }
    }
    Ok(1)
}

/// Changes one thing about a schema.
fn changed(schema: &Schema, seed: &mut Seed) -> Schema {
    let mut changed = schema.clone();
    let names: Vec<String> = schema
        .shape
        .fields()
        .iter()
        .map(|field| field.name.clone())
        .collect();
    let index = IndexDef {
        name: "another".to_owned(),
        fields: vec![IndexField {
            path: seed.choose(&names).clone(),
            way: *seed.choose(&[OrderWay::Ascending, OrderWay::Descending]),
        }],
        unique: seed.one_in(2),
    };
    let mut nodes = schema.shape.nodes().to_vec();
    match seed.below(5) {
        0 => changed.key.rotate_left(1),
        1 => changed.indexes = vec![index],
        2 => changed
            .indexes
            .iter_mut()
            .for_each(|index| index.unique = !index.unique),
        3 => changed
            .references
            .iter_mut()
            .for_each(|reference| reference.on_delete = OnDelete::SetNull),
        _ => {
            let at = seed.below(nodes.len());
            match &mut nodes[at] {
                Node::Scalar(scalar) => *scalar = seed.choose(&Scalar::NAMES).0,
                Node::Array(_, length) => *length += 1,
                Node::Struct { label, .. } | Node::Enum { label, .. } if !label.is_empty() => {
                    *label = "Other".to_owned();
                }
                _ => {}
            }
        }
    }
    // A payload is no other scalar than the unit.
    if let Ok(shape) = Shape::new(nodes) {
        changed.shape = shape;
    }
    changed
}

#[test]
fn laws_a7_fingerprints_change_if_shapes_do() {
    let law = Law {
        test: "laws_a7_fingerprints_change_if_shapes_do",
        cases: 40,
        share: 20,
        histories: Histories::Any,
        size: HistorySize::default(),
        check: fingerprints_tell_shapes_apart,
    };
    law.hold();
}
