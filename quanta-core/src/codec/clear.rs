//! Taking values out of a row: options in it become none.

use std::ops::Range;

use crate::schema::{FieldPath, PathStep, Shape};

use super::decoder::{DecodeError, Decoder};
use super::skip::skip;

/// Returns a row body in which the options at the ends of the paths are none.
///
/// # Errors
///
/// If the body is no row of the shape, or a path leads into a list, set or map.
pub fn without_values(shape: &Shape, paths: &[FieldPath], body: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut places = Vec::new();
    for path in paths {
        places.extend(place(shape, path, body)?);
    }
    // From the end, so that the places before stay where they are.
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    let mut cleared = body.to_vec();
    for place in places {
        cleared.splice(place, [0]);
    }
    Ok(cleared)
}

/// Finds the bytes of the value at the end of a path; none where an option on the way leaves it out.
fn place(shape: &Shape, path: &FieldPath, body: &[u8]) -> Result<Option<Range<usize>>, DecodeError> {
    let mut input = Decoder::new(body);
    for step in &path.steps {
        match *step {
            PathStep::Some => {
                if !input.is_some()? {
                    return Ok(None);
                }
            }
            PathStep::Slot((node, position)) => {
                for before in shape.node(node).children().into_iter().take(position) {
                    skip(shape, before, &mut input)?;
                }
            }
            PathStep::Items(_) | PathStep::Keys(_) | PathStep::Values(_) => {
                return Err(input.error("a path to one value leads to several"));
            }
        }
    }
    let start = body.len() - input.rest().len();
    skip(shape, path.leaf, &mut input)?;
    Ok(Some(start..body.len() - input.rest().len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &str =
        "struct { a: option<u64>, home: option<struct Home { owner: option<string>, zip: u8 }>, id: u8 }";

    #[track_caller]
    fn check(paths: &[&str], body: &[u8], expected: &[u8]) {
        let shape: Shape = SHAPE.parse().unwrap();
        let paths: Vec<FieldPath> = paths
            .iter()
            .map(|path| FieldPath::resolve(&shape, path).unwrap())
            .collect();
        assert_eq!(without_values(&shape, &paths, body).unwrap(), expected);
    }

    #[test]
    fn options_become_none() {
        const FULL: &[u8] = b"\x01\x09\x01\x01\x02ab\x07\x05";
        check(&["a"], FULL, b"\x00\x01\x01\x02ab\x07\x05");
        check(&["home.owner"], FULL, b"\x01\x09\x01\x00\x07\x05");
        check(&["home.owner", "a"], FULL, b"\x00\x01\x00\x07\x05");
        check(&["home"], FULL, b"\x01\x09\x00\x05");
        check(&["home.owner", "a"], b"\x00\x00\x05", b"\x00\x00\x05");
    }
}
