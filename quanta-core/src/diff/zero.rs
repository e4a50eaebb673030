//! Natural zeros: what a new required field holds when nothing else is said.

use crate::codec::Encoder;
use crate::schema::{Node, NodeId, Scalar, Shape, SlotHint, TableHints};

/// Returns the encoded natural zero of the type at `id`, if it has one (docs/migrations.md, "Natural zeros").
///
/// An enum has one if a hint names its default variant.
///
/// ```
/// use quantadb::{diff::natural_zero, schema::{NodeId, Shape, TableHints}};
///
/// let hints = TableHints::default();
/// let zero = |text: &str| Ok::<_, quantadb::schema::TextError>(natural_zero(&text.parse()?, NodeId::ROOT, &hints));
/// assert_eq!(zero("option<u8>")?, Some(vec![0]));
/// assert_eq!(zero("enum Shape { Dot, Line }")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn natural_zero(shape: &Shape, id: NodeId, hints: &TableHints) -> Option<Vec<u8>> {
    let mut out = Encoder::default();
    write_zero(shape, id, hints, &mut Vec::new(), &mut out)?;
    out.finish().ok()
}

fn write_zero(
    shape: &Shape,
    id: NodeId,
    hints: &TableHints,
    path: &mut Vec<NodeId>,
    out: &mut Encoder,
) -> Option<()> {
    // A type that contains itself without an option or collection between has no smallest value.
    if path.contains(&id) {
        return None;
    }
    path.push(id);
    let written =
        match shape.node(id) {
            Node::Scalar(scalar) => scalar_zero(*scalar, out),
            Node::Option(_) | Node::List(_) | Node::Set(_) | Node::Map(..) => {
                out.raw(&[0]);
                Some(())
            }
            Node::Array(item, length) => {
                (0..*length).try_for_each(|_| write_zero(shape, *item, hints, path, out))
            }
            Node::Tuple(items) => items
                .iter()
                .try_for_each(|item| write_zero(shape, *item, hints, path, out)),
            Node::Struct { fields, .. } => fields.iter().enumerate().try_for_each(|(position, field)| {
                match hints.slots.get(&(id, position)) {
                    Some(SlotHint {
                        default: Some(default),
                        ..
                    }) => {
                        out.raw(default);
                        Some(())
                    }
                    _ => write_zero(shape, field.node, hints, path, out),
                }
            }),
            Node::Enum { variants, .. } => {
                let is_default = |position: &usize| hints.slot((id, *position)).is_default;
                (0..variants.len()).find(is_default).and_then(|position| {
                    out.variant(u32::try_from(position).ok()?);
                    write_zero(shape, variants[position].payload, hints, path, out)
                })
            }
            Node::Ref(_) | Node::Opaque(_) => None,
        };
    path.pop();
    written
}

fn scalar_zero(scalar: Scalar, out: &mut Encoder) -> Option<()> {
    match scalar {
        Scalar::Unit => {}
        Scalar::F32 => out.raw(&[0; 4]),
        Scalar::F64 => out.raw(&[0; 8]),
        Scalar::Decimal => out.raw(&[0; 16]),
        Scalar::Char | Scalar::Uuid | Scalar::Timestamp | Scalar::Date => return None,
        Scalar::Duration | Scalar::Ip | Scalar::Path => return None,
        // False, zero and the length of an empty text are all one zero byte.
        _ => out.raw(&[0]),
    }
    Some(())
}
