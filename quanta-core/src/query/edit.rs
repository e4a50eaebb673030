//! What migration files do to rows: which rows a filter means, and what becomes of them.

use crate::codec::{Decoder, Encoder};
use crate::diff::{Edit, EditAction};
use crate::migrate::EditFn;
use crate::schema::{NodeId, Schema, content, own_field, slot_at};
use crate::value::{Value, decode_value, encode_value, from_json};

use super::check::{Check, Tester};
use super::compile::compile;
use super::expr::Expr;
use super::text::filter_of;

/// One edit, for rows of one schema.
struct Compiled {
    check: Option<Check>,
    action: Action,
}

enum Action {
    /// Values by the names of the fields that lead to them.
    Set(Vec<(Vec<String>, Value)>),
    Delete,
}

/// Compiles edits for rows of a schema.
///
/// # Errors
///
/// Says which filter or value is wrong: it names the field.
pub fn compile_edits(edits: &[Edit], schema: &Schema) -> Result<EditFn, String> {
    let compiled: Vec<Compiled> = edits
        .iter()
        .map(|edit| compile_edit(edit, schema))
        .collect::<Result<_, _>>()?;
    let schema = schema.clone();
    Ok(Box::new(move |body| {
        let mut tester = Tester::new(&schema.shape, NodeId::ROOT);
        let (mut starts, mut body) = (Vec::new(), body.to_vec());
        for edit in &compiled {
            if let Some(check) = &edit.check {
                let meant = tester.test(check, &body, &mut starts);
                if !meant.map_err(|error| error.to_string())? {
                    continue;
                }
            }
            match &edit.action {
                Action::Delete => return Ok(None),
                Action::Set(values) => body = set(&schema, &body, values)?,
            }
        }
        Ok(Some(body))
    }))
}

fn compile_edit(edit: &Edit, schema: &Schema) -> Result<Compiled, String> {
    let shape = &schema.shape;
    let check = edit.filter.as_deref().map(filter_of);
    let check = check
        .map(|expr| compile(shape, NodeId::ROOT, &expr))
        .transpose()?;
    let action = match &edit.action {
        EditAction::Delete => Action::Delete,
        EditAction::Set(values) => {
            let values = values.iter().map(|(path, json)| value_at(schema, path, json));
            Action::Set(values.collect::<Result<_, _>>()?)
        }
    };
    Ok(Compiled { check, action })
}

/// Reads a value for the field at a path, which leads through structs only.
fn value_at(schema: &Schema, path: &str, json: &str) -> Result<(Vec<String>, Value), String> {
    let shape = &schema.shape;
    if schema.key.iter().any(|field| field == own_field(path)) {
        return Err(format!(
            "{path} belongs to the key of the row, which stays as it is"
        ));
    }
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    let is_plain = !path.contains(['[', '{', ':']);
    let node = slot_at(shape, path)
        .filter(|_| is_plain)
        .and_then(|slot| content(shape, slot));
    let node = node.ok_or_else(|| format!("there is no field {path} whose value can be set"))?;
    let json = serde_json::from_str(json).map_err(|error| format!("{path}: {error}"))?;
    let value = from_json(shape, node, &json).map_err(|problem| format!("{path}: {problem}"))?;
    encode_value(shape, node, &value, &mut Encoder::default())
        .map_err(|problem| format!("{path}: {problem}"))?;
    Ok((names, value))
}

fn set(schema: &Schema, body: &[u8], values: &[(Vec<String>, Value)]) -> Result<Vec<u8>, String> {
    let shape = &schema.shape;
    let mut row =
        decode_value(shape, NodeId::ROOT, &mut Decoder::new(body)).map_err(|error| error.to_string())?;
    for (names, value) in values {
        // A struct that is not there has no field to set.
        if let Some(place) = place_in(&mut row, names) {
            *place = value.clone();
        }
    }
    let mut out = Encoder::new(Vec::with_capacity(body.len() + 16));
    encode_value(shape, NodeId::ROOT, &row, &mut out)?;
    out.finish()
}

fn place_in<'v>(value: &'v mut Value, names: &[String]) -> Option<&'v mut Value> {
    let Some((name, rest)) = names.split_first() else {
        return Some(value);
    };
    match value {
        Value::Struct(fields) => place_in(fields.get_mut(name)?, rest),
        Value::Option(Some(inner)) => place_in(inner, names),
        _ => None,
    }
}

/// Checks that a text is a filter.
///
/// # Errors
///
/// Says what is wrong, with a caret under the place.
pub fn check_filter(text: &str) -> Result<(), String> {
    match filter_of(text) {
        Expr::Wrong(problem) => Err(problem),
        _ => Ok(()),
    }
}
