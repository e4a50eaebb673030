//! Conditions with values of types, as conditions with values that a text can say.

#[cfg(test)]
mod tests;

use crate::codec::Decoder;
use crate::schema::{Node, NodeId, Shape};
use crate::value::{Value, decode_value, to_json};

use super::coerce::is_number;
use super::expr::{Expr, Is, Literal, Test, Written};
use super::place::Located;

/// Returns the same condition on values of the type at `root` with values as texts write them.
///
/// # Errors
///
/// Says which field is missing, or what can't be asked.
pub fn written(shape: &Shape, root: NodeId, expr: &Expr) -> Result<Expr, String> {
    let each = |parts: &[Expr]| -> Result<Vec<Expr>, String> {
        parts.iter().map(|part| written(shape, root, part)).collect()
    };
    Ok(match expr {
        Expr::All(parts) => Expr::All(each(parts)?),
        Expr::Any(parts) => Expr::Any(each(parts)?),
        Expr::Not(inner) => Expr::Not(Box::new(written(shape, root, inner)?)),
        Expr::Is(is) => Expr::Is(Is {
            path: is.path.clone(),
            test: written_test(shape, root, is)?,
        }),
        Expr::Wrong(problem) => return Err(problem.clone()),
    })
}

fn written_test(shape: &Shape, root: NodeId, is: &Is) -> Result<Test, String> {
    let place = Located::find(shape, root, &is.path)?;
    let of_value = |literal: &Literal| literal_of(shape, place.leaf, literal);
    let written = match (&is.test, shape.node(place.value)) {
        (Test::OneOf(literals), _) => Test::OneOf(literals.iter().map(of_value).collect::<Result<_, _>>()?),
        (Test::Ordered(comparison, literal), _) => Test::Ordered(*comparison, of_value(literal)?),
        (Test::HasKey(literal), Node::Map(key, _)) => Test::HasKey(key_of(shape, *key, literal)?),
        (Test::Items(quantifier, inner), Node::List(item) | Node::Set(item) | Node::Array(item, _)) => {
            Test::Items(*quantifier, Box::new(self::written(shape, *item, inner)?))
        }
        (test, _) => test.clone(),
    };
    Ok(written)
}

/// Returns a value of the type at `node` as a text writes it.
fn literal_of(shape: &Shape, node: NodeId, literal: &Literal) -> Result<Literal, String> {
    let Literal::Encoded(bytes) = literal else {
        return Ok(literal.clone());
    };
    let mut input = Decoder::new(bytes);
    let value = decode_value(shape, node, &mut input).map_err(|error| error.to_string())?;
    Ok(Literal::Written(text_of(shape, node, value)))
}

/// Returns a key of a map, of the type at `node`, as a text writes it. None may be one.
fn key_of(shape: &Shape, node: NodeId, literal: &Literal) -> Result<Literal, String> {
    match (shape.node(node), literal) {
        (Node::Option(_), Literal::Encoded(bytes)) => {
            let value = decode_value(shape, node, &mut Decoder::new(bytes));
            let json = to_json(shape, node, &value.map_err(|error| error.to_string())?);
            Ok(Literal::Written(Written::Json(json.to_string())))
        }
        _ => literal_of(shape, node, literal),
    }
}

fn text_of(shape: &Shape, node: NodeId, value: Value) -> Written {
    match (shape.node(node), value) {
        (Node::Option(_), Value::Option(None)) => Written::None,
        (Node::Option(item), Value::Option(Some(value))) => text_of(shape, *item, *value),
        (_, Value::Int(value)) => Written::Number(value.to_string()),
        (_, Value::UInt(value)) => Written::Number(value.to_string()),
        (Node::Scalar(scalar), value) => match to_json(shape, node, &value) {
            serde_json::Value::Bool(value) => Written::Bool(value),
            serde_json::Value::String(text) => Written::Text(text),
            serde_json::Value::Number(number) if is_number(*scalar) => Written::Number(number.to_string()),
            json => Written::Json(json.to_string()),
        },
        (Node::Enum { .. }, value) => match to_json(shape, node, &value) {
            serde_json::Value::String(text) => Written::Text(text),
            json => Written::Json(json.to_string()),
        },
        (_, value) => Written::Json(to_json(shape, node, &value).to_string()),
    }
}

/// Lists the paths that a condition asks, sorted, each once: `age`, `tags[].name`, `prices{key}`.
#[must_use]
pub fn paths_of(expr: &Expr) -> Vec<String> {
    let mut paths = Vec::new();
    list_paths(expr, "", &mut paths);
    paths.sort_unstable();
    paths.dedup();
    paths
}

fn list_paths(expr: &Expr, before: &str, paths: &mut Vec<String>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => {
            for part in parts {
                list_paths(part, before, paths);
            }
        }
        Expr::Not(inner) => list_paths(inner, before, paths),
        Expr::Is(is) => {
            let path = match is.path.as_str() {
                path if before.is_empty() || path.is_empty() || path.starts_with("::") => {
                    format!("{before}{path}")
                }
                path => format!("{before}.{path}"),
            };
            match &is.test {
                Test::Items(_, inner) => {
                    let items = format!("{path}[]");
                    let before = paths.len();
                    list_paths(inner, &items, paths);
                    // What asks nothing of the items still asks whether there is one.
                    if paths.len() == before {
                        paths.push(items);
                    }
                }
                Test::HasKey(_) => paths.push(format!("{path}{{key}}")),
                _ => paths.push(path),
            }
        }
        Expr::Wrong(_) => {}
    }
}
