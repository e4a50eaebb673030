//! Defaults of fields.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::codec::{Decoder, Encoder};
use crate::schema::{Field, Node, NodeId, Schema, Shape};
use crate::value::{decode_value, encode_value, from_json, to_json};

use super::super::random_value::random_value;
use super::super::seed::Seed;
use super::draft::{Content, Draft, Home, TypeKind};
use super::edit::{By, find};
use super::slots::key_of;
use super::write::schemas;

/// Characters that a default may have as JSON, so that documents stay readable.
const DEFAULT_CHARS_MAX: usize = 120;

/// Gives a field a default, another one, or none.
pub(super) fn change_default(draft: &mut Draft, home: Home, seed: &mut Seed) {
    let key = key_of(draft, home);
    let fields: Vec<String> = draft
        .slots(home)
        .iter()
        .filter(|slot| matches!(slot.content, Content::Type(_)) && !key.contains(&slot.uid))
        .map(|slot| slot.name.clone())
        .collect();
    if fields.is_empty() {
        return;
    }
    let name = seed.choose(&fields);
    let default = if seed.one_in(4) {
        None
    } else {
        random_default(draft, home, name, seed)
    };
    draft.with_slots(home, |slots| {
        slots
            .iter_mut()
            .filter(|slot| slot.name == *name)
            .for_each(|slot| slot.default.clone_from(&default));
    });
}

fn random_default(draft: &Draft, home: Home, name: &str, seed: &mut Seed) -> Option<Json> {
    let schemas = schemas(draft);
    let (shape, node) = place(draft, &schemas, home, name)?;
    let bytes = random_value(shape, node, seed);
    let value = decode_value(shape, node, &mut Decoder::new(&bytes)).ok()?;
    let json = to_json(shape, node, &value);
    (json.to_string().len() <= DEFAULT_CHARS_MAX).then_some(json)
}

/// Takes away the defaults that are no values of their fields' types any more.
pub(super) fn fit_defaults(draft: &mut Draft) {
    let homes = draft.homes();
    let has_default = |home: &Home| draft.slots(*home).iter().any(|slot| slot.default.is_some());
    if !homes.iter().any(has_default) {
        return;
    }
    let schemas = schemas(draft);
    for home in homes {
        let mut slots = draft.slots(home).to_vec();
        for slot in &mut slots {
            let Some(default) = &slot.default else { continue };
            let fits = place(draft, &schemas, home, &slot.name)
                .is_some_and(|(shape, node)| is_value(shape, node, default));
            if !fits {
                slot.default = None;
            }
        }
        draft.with_slots(home, |known| *known = slots);
    }
}

fn is_value(shape: &Shape, node: NodeId, json: &Json) -> bool {
    let mut out = Encoder::default();
    from_json(shape, node, json)
        .and_then(|value| encode_value(shape, node, &value, &mut out))
        .and_then(|()| out.finish())
        .is_ok()
}

/// Finds a field in the schemas: in any table that embeds its type.
fn place<'s>(
    draft: &Draft,
    schemas: &'s BTreeMap<String, Schema>,
    home: Home,
    name: &str,
) -> Option<(&'s Shape, NodeId)> {
    let named = |fields: &[Field]| {
        fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.node)
    };
    match home {
        Home::Table(uid) => {
            let shape = &schemas.get(&draft.tables.get(&uid)?.name)?.shape;
            Some((shape, named(shape.fields())?))
        }
        Home::Type(uid) | Home::Variant(uid, _) => {
            let declared = draft.types.get(&uid)?;
            let variant = match home {
                Home::Variant(_, variant) => find(&declared.slots, By::Uid(variant)).map(|slot| &slot.name),
                _ => None,
            };
            schemas.values().find_map(|schema| {
                let shape = &schema.shape;
                let found = shape
                    .nodes()
                    .iter()
                    .find(|node| node.label() == Some(&declared.label))?;
                let fields = match (found, declared.kind) {
                    (Node::Struct { fields, .. }, TypeKind::Struct) => fields,
                    (Node::Enum { variants, .. }, TypeKind::Enum) => {
                        let variant = variants.iter().find(|known| Some(&known.name) == variant)?;
                        match shape.node(variant.payload) {
                            Node::Struct { fields, .. } => fields,
                            _ => return None,
                        }
                    }
                    _ => return None,
                };
                Some((shape, named(fields)?))
            })
        }
    }
}
