//! Random values of a shape.

use serde_json::{Value as Json, json};

use super::rng::Rng;
use crate::codec::Encoder;
use crate::schema::limits::NESTING_DEPTH_MAX;
use crate::schema::{Node, NodeId, Scalar, Shape};

/// Parts after which a value gets no more options and items.
const PARTS_MAX: usize = 400;

/// Makes a value of the type at `node` in the row format, as the encoding of a Rust value is: sets and maps sorted,
/// integers in their shortest form. Every scalar type shows its edges often.
///
/// # Panics
///
/// If the shape holds a reference, which has no values yet.
#[must_use]
pub fn random_value(shape: &Shape, node: NodeId, rng: &mut Rng) -> Vec<u8> {
    let mut writer = Writer {
        shape,
        rng,
        level: 0,
        level_closing: NESTING_DEPTH_MAX.saturating_sub(static_depth(shape)),
        parts: 0,
    };
    writer
        .value(node)
        .expect("what is written within the limits can be stored")
}

/// Returns how deep the types of a shape nest without ways back.
fn static_depth(shape: &Shape) -> usize {
    let mut depths = vec![0_usize; shape.nodes().len()];
    let mut deepest = 0;
    for (index, node) in shape.nodes().iter().enumerate() {
        depths[index] += usize::from(node.nests());
        deepest = deepest.max(depths[index]);
        for child in node.children() {
            // Owners stand before their parts; what stands before its owner is a way back.
            if child.0 as usize > index {
                depths[child.0 as usize] = depths[index];
            }
        }
    }
    deepest
}

struct Writer<'a> {
    shape: &'a Shape,
    rng: &'a mut Rng,
    level: usize,
    /// From this level on, options are none and collections are empty.
    level_closing: usize,
    parts: usize,
}

impl Writer<'_> {
    fn value(&mut self, id: NodeId) -> Result<Vec<u8>, String> {
        let mut out = Encoder::default();
        let shape = self.shape;
        let node = shape.node(id);
        self.parts += 1;
        self.level += usize::from(node.nests());
        match node {
            Node::Scalar(scalar) => write_scalar(*scalar, self.rng, &mut out),
            Node::Opaque(_) => out.sized_bytes(random_json(self.rng, 2).to_string().as_bytes()),
            Node::Ref(table) => return Err(format!("there are no references to {table} yet")),
            Node::Option(item) => {
                let is_some = self.count() > 0;
                out.raw(&[u8::from(is_some)]);
                if is_some {
                    out.raw(&self.value(*item)?);
                }
            }
            Node::List(item) => {
                let count = self.count();
                out.count(count);
                self.all(&vec![*item; count], &mut out)?;
            }
            Node::Set(item) => self.sorted(*item, None, &mut out)?,
            Node::Map(key, value) => self.sorted(*key, Some(*value), &mut out)?,
            Node::Array(item, length) => self.all(&vec![*item; *length as usize], &mut out)?,
            Node::Tuple(items) => self.all(items, &mut out)?,
            Node::Struct { .. } => self.all(&node.children(), &mut out)?,
            Node::Enum { variants, .. } => {
                let index = self.rng.below(variants.len());
                out.variant(u32::try_from(index).map_err(|error| error.to_string())?);
                out.raw(&self.value(variants[index].payload)?);
            }
        }
        self.level -= usize::from(node.nests());
        out.finish()
    }

    fn count(&mut self) -> usize {
        if self.level >= self.level_closing || self.parts > PARTS_MAX {
            return 0;
        }
        self.rng.pick(&[0, 1, 1, 2, 3, 8])
    }

    fn all(&mut self, nodes: &[NodeId], out: &mut Encoder) -> Result<(), String> {
        for node in nodes {
            out.raw(&self.value(*node)?);
        }
        Ok(())
    }

    fn sorted(&mut self, key: NodeId, value: Option<NodeId>, out: &mut Encoder) -> Result<(), String> {
        let mut parts = Vec::new();
        for _ in 0..self.count() {
            let key = self.value(key)?;
            let value = value.map_or(Ok(Vec::new()), |value| self.value(value))?;
            parts.push((key, value));
        }
        out.sorted(
            parts.iter(),
            |(key, _), out| out.raw(key),
            |(_, value), out| out.raw(value),
        );
        Ok(())
    }
}

fn write_scalar(scalar: Scalar, rng: &mut Rng, out: &mut Encoder) {
    macro_rules! integer {
        ($type:ty) => {
            out.primitive(random_bits(rng) as $type)
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "any bits of the width are a value of the type"
    )]
    match scalar {
        Scalar::Bool => out.primitive(rng.once_in(2)),
        Scalar::U8 => integer!(u8),
        Scalar::U16 => integer!(u16),
        Scalar::U32 => integer!(u32),
        Scalar::U64 => integer!(u64),
        Scalar::U128 => integer!(u128),
        Scalar::I8 => integer!(i8),
        Scalar::I16 => integer!(i16),
        Scalar::I32 => integer!(i32),
        Scalar::I64 => integer!(i64),
        Scalar::I128 => integer!(i128),
        Scalar::F32 => out.primitive(random_f32(rng)),
        Scalar::F64 => out.primitive(random_f64(rng)),
        Scalar::Char => out.primitive(random_char(rng)),
        Scalar::String | Scalar::Path => out.sized_bytes(random_text(rng).as_bytes()),
        Scalar::Bytes => {
            let length = rng.pick(&[0, 1, 2, 16, 17, 300]);
            out.sized_bytes(&rng.bytes(length));
        }
        Scalar::Unit => {}
        Scalar::Uuid => out.raw(&random_bits(rng).to_be_bytes()),
        Scalar::Timestamp => {
            out.primitive(if rng.once_in(2) {
                random_bits(rng) as i64
            } else {
                rng.bits() as i64 >> 25
            });
            out.primitive(random_nanos(rng));
        }
        Scalar::Date => out.primitive(if rng.once_in(2) {
            random_bits(rng) as i32
        } else {
            rng.bits() as i32 >> 9
        }),
        Scalar::Duration => {
            integer!(u64);
            out.primitive(random_nanos(rng));
        }
        Scalar::Decimal => out.raw(&random_decimal(rng)),
        Scalar::Ip => match rng.once_in(2) {
            true => out.raw(&[&[0], &rng.bytes(4)[..]].concat()),
            false => out.raw(&[&[1], &random_bits(rng).to_be_bytes()[..]].concat()),
        },
    }
}

/// Returns bits of which every width has its edges: zero, one, minus one, the ends of every type, the steps of the
/// variable-length form, the last exact float.
fn random_bits(rng: &mut Rng) -> u128 {
    let width = rng.pick(&[8, 16, 32, 64, 128]);
    let edges = [
        0,
        1,
        2,
        u128::MAX,
        u128::MAX - 1,
        250,
        251,
        125,
        126,
        1 << 53,
        (1 << 53) + 1,
        (1 << 53) - 1,
    ];
    match rng.below(5) {
        0 => rng.pick(&edges),
        1 => (1 << (width - 1)) - 1,
        2 => u128::MAX << (width - 1),
        3 => u128::MAX >> (128 - width),
        _ => rng.wide_bits() >> rng.below(128),
    }
}

fn random_f32(rng: &mut Rng) -> f32 {
    let edges = [
        0,
        1 << 31,
        1,
        0x7f_ffff,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0xffc0_0000,
        0x7f80_0001,
        0x7f7f_ffff,
    ];
    let plain = [0.1, -1.0, 16_777_217.0, 1e-10, 3.4e38];
    match rng.below(3) {
        0 => f32::from_bits(rng.pick(&edges)),
        1 => rng.pick(&plain),
        _ => f32::from_bits(u32::try_from(rng.bits() >> 32).expect("32 bits are left")),
    }
}

fn random_f64(rng: &mut Rng) -> f64 {
    let sign = 1 << 63;
    let infinity = 0x7ff0_0000_0000_0000;
    let quiet = 0x7ff8_0000_0000_0000;
    let edges = [
        0,
        sign,
        1,
        sign | 1,
        infinity - 1,
        infinity,
        sign | infinity,
        infinity | 1,
        quiet,
        quiet | 7,
        sign | quiet,
    ];
    let plain = [
        0.1,
        -1.0,
        1e300,
        5e-324,
        0.1 + 0.2,
        9_007_199_254_740_993.0,
        1.0 / 3.0,
    ];
    match rng.below(3) {
        0 => f64::from_bits(rng.pick(&edges)),
        1 => rng.pick(&plain),
        _ => f64::from_bits(rng.bits()),
    }
}

fn random_char(rng: &mut Rng) -> char {
    let edges = [
        'a',
        '"',
        '\0',
        '\n',
        '\u{7f}',
        'é',
        '\u{2028}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{ffff}',
        '😀',
        char::MAX,
    ];
    rng.pick(&edges)
}

fn random_text(rng: &mut Rng) -> String {
    let length = rng.pick(&[0, 0, 1, 3, 10, 10, 260]);
    (0..length).map(|_| random_char(rng)).collect()
}

fn random_nanos(rng: &mut Rng) -> u32 {
    let any = u32::try_from(rng.below(1_000_000_000)).expect("the bound is a u32");
    rng.pick(&[0, 1, 500_000_000, 120_000_000, 999_999_999, any])
}

fn random_decimal(rng: &mut Rng) -> [u8; 16] {
    let magnitude = rng.pick(&[0, 1, 150, (1 << 96) - 1, rng.clone().wide_bits() >> 32]);
    let scale = rng.pick(&[0_u128, 1, 2, 28]);
    let sign = rng.pick(&[0, 1_u128 << 31]);
    rng.bits();
    (magnitude << 32 | sign | scale << 16).to_le_bytes()
}

fn random_json(rng: &mut Rng, depth: usize) -> Json {
    match rng.below(if depth == 0 { 6 } else { 8 }) {
        0 => Json::Null,
        1 => Json::Bool(true),
        2 => json!(rng.bits()),
        3 => json!(rng.bits().cast_signed()),
        4 => json!(random_f64(rng)),
        5 => Json::String(random_text(rng)),
        6 => (0..rng.below(4)).map(|_| random_json(rng, depth - 1)).collect(),
        _ => Json::Object(
            (0..rng.below(4))
                .map(|_| (random_text(rng), random_json(rng, depth - 1)))
                .collect(),
        ),
    }
}
