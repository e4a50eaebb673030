//! Random values in row format, with the edges of every type among them.

use crate::codec::Encoder;
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::seed::Seed;

const TEXTS: [&str; 12] = [
    "",
    "a",
    "Ada",
    "a\0b",
    "\0",
    "naïve ☂ 🦀",
    "NaN",
    "-1",
    "line\nbreak\t\"quoted\"",
    "null",
    "\u{7f}\u{2028}\u{e000}\u{ffff}",
    "\u{10ffff}",
];
const CHARS: [char; 13] = [
    'a',
    '"',
    '\0',
    '\n',
    '\u{7f}',
    'é',
    '☂',
    '\u{2028}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '🦀',
    char::MAX,
];
const JSONS: [&str; 10] = [
    "null",
    "{\"a\":1,\"b\":[true,null]}",
    "[1,2.5,\"x\"]",
    "\"text\"",
    "18446744073709551615",
    "-0.0",
    "{}",
    "-9223372036854775808",
    "[[5e-324,0.30000000000000004],{\"\":\"\\u0000\"}]",
    "{\"a\\nb\":[[],{\"b\":\"☂\"}]}",
];
/// Steps of the variable-length form, of its zigzag form and of what is exact in a float.
const STEPS: [u64; 9] = [
    125,
    126,
    250,
    251,
    1 << 16,
    1 << 32,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
];

/// Makes a value of the type at `node`, in row format. Recursive types end after a few levels.
///
/// A reference to a row has no value yet: nothing is written for it.
///
/// # Panics
///
/// If the type has no value at all, such as a struct that holds itself.
#[must_use]
pub fn random_value(shape: &Shape, node: NodeId, seed: &mut Seed) -> Vec<u8> {
    let heights = heights(shape);
    for levels in [8, 2, 0] {
        let mut writer = Writer {
            shape,
            heights: &heights,
            seed,
            levels,
        };
        let mut out = Encoder::default();
        writer.write(node, 0, &mut out);
        if let Ok(bytes) = out.finish() {
            return bytes;
        }
    }
    Vec::new()
}

/// Returns for every node how many levels its smallest value has.
fn heights(shape: &Shape) -> Vec<u32> {
    let mut heights = vec![u32::MAX; shape.nodes().len()];
    loop {
        let next: Vec<u32> = shape.nodes().iter().map(|node| height(node, &heights)).collect();
        if next == heights {
            return heights;
        }
        heights = next;
    }
}

fn height(node: &Node, heights: &[u32]) -> u32 {
    let children = node.children().into_iter().map(|child| heights[child.0 as usize]);
    match node {
        Node::Tuple(_) | Node::Struct { .. } => children.max().unwrap_or(0).saturating_add(1),
        Node::Array(_, length) if *length > 0 => children.max().unwrap_or(0).saturating_add(1),
        Node::Enum { .. } => children.min().unwrap_or(0).saturating_add(1),
        _ => 0,
    }
}

struct Writer<'a> {
    shape: &'a Shape,
    heights: &'a [u32],
    seed: &'a mut Seed,
    /// Levels after which values end as soon as they can.
    levels: usize,
}

impl Writer<'_> {
    fn write(&mut self, id: NodeId, level: usize, out: &mut Encoder) {
        let node = self.shape.node(id);
        if out.is_failed() {
            return;
        }
        match node {
            Node::Scalar(scalar) => return write_scalar(*scalar, self.seed, out),
            Node::Ref(_) => return,
            Node::Opaque(_) => return out.sized_bytes(self.seed.choose(&JSONS).as_bytes()),
            Node::Option(item) => {
                let is_some = level < self.levels && self.seed.one_in(2);
                out.raw(&[u8::from(is_some)]);
                if is_some {
                    self.write(*item, level, out);
                }
                return;
            }
            Node::Set(item) => return self.write_sorted(*item, None, level, out),
            Node::Map(key, value) => return self.write_sorted(*key, Some(*value), level, out),
            _ => {}
        }
        out.enter();
        match node {
            Node::List(item) => {
                let count = self.count(level);
                out.count(count);
                (0..count).for_each(|_| self.write(*item, level + 1, out));
            }
            Node::Array(item, length) => (0..*length).for_each(|_| self.write(*item, level + 1, out)),
            Node::Enum { variants, .. } => {
                let index = self.variant(&node.children(), level);
                out.variant(u32::try_from(index).expect("limits keep variants below 2^32"));
                self.write(variants[index].payload, level + 1, out);
            }
            _ => node
                .children()
                .into_iter()
                .for_each(|child| self.write(child, level + 1, out)),
        }
        out.leave();
    }

    fn count(&mut self, level: usize) -> usize {
        if level < self.levels {
            self.seed.below(4)
        } else {
            0
        }
    }

    fn variant(&mut self, payloads: &[NodeId], level: usize) -> usize {
        let height = |index: &usize| self.heights[payloads[*index].0 as usize];
        let least = (0..payloads.len()).min_by_key(height).unwrap_or(0);
        let any = self.seed.below(payloads.len());
        if level < self.levels && height(&any) < u32::MAX {
            any
        } else {
            least
        }
    }

    fn write_sorted(&mut self, key: NodeId, value: Option<NodeId>, level: usize, out: &mut Encoder) {
        let count = self.count(level);
        let mut entries = Vec::new();
        for _ in 0..count {
            let key = self.aside(key, level + 1, out);
            let value = value
                .map(|value| self.aside(value, level + 1, out))
                .unwrap_or_default();
            entries.push((key, value));
        }
        out.sorted(
            entries.iter(),
            |(key, _), out| out.raw(key),
            |(_, value), out| out.raw(value),
        );
    }

    fn aside(&mut self, id: NodeId, level: usize, out: &mut Encoder) -> Vec<u8> {
        let mut part = Encoder::default();
        // The part stands at its own level, so that what is too deep is noticed.
        (0..level).for_each(|_| part.enter());
        self.write(id, level, &mut part);
        part.finish().unwrap_or_else(|problem| {
            out.fail(problem);
            Vec::new()
        })
    }
}

macro_rules! edge {
    ($seed:expr, $type:ty) => {{
        let edges = [<$type>::MIN, <$type>::MAX, 0, 1, <$type>::MAX / 2 + 1];
        let bytes = $seed.next_wide().to_le_bytes();
        let random = <$type>::from_le_bytes(*bytes.first_chunk().expect("16 bytes are enough"));
        let shift = <$type>::BITS - 3;
        match $seed.below(5) {
            0 => *$seed.choose(&edges),
            1 => <$type>::try_from(*$seed.choose(&STEPS)).unwrap_or(<$type>::MAX - 1),
            2 => random >> shift,
            3 => random >> ($seed.next_number() % u64::from(shift)),
            _ => random,
        }
    }};
}

fn write_scalar(scalar: Scalar, seed: &mut Seed, out: &mut Encoder) {
    match scalar {
        Scalar::Bool => out.primitive(seed.one_in(2)),
        Scalar::U8 => out.primitive(edge!(seed, u8)),
        Scalar::U16 => out.primitive(edge!(seed, u16)),
        Scalar::U32 => out.primitive(edge!(seed, u32)),
        Scalar::U64 => out.primitive(edge!(seed, u64)),
        Scalar::U128 => out.primitive(edge!(seed, u128)),
        Scalar::I8 => out.primitive(edge!(seed, i8)),
        Scalar::I16 => out.primitive(edge!(seed, i16)),
        Scalar::I32 => out.primitive(edge!(seed, i32)),
        Scalar::I64 => out.primitive(edge!(seed, i64)),
        Scalar::I128 => out.primitive(edge!(seed, i128)),
        Scalar::F32 => out.primitive(float32(seed)),
        Scalar::F64 => out.primitive(float64(seed)),
        Scalar::Char => out.primitive(*seed.choose(&CHARS)),
        Scalar::String | Scalar::Path => out.sized_bytes(text(seed).as_bytes()),
        Scalar::Bytes => out.sized_bytes(&bytes(seed)),
        Scalar::Unit => {}
        Scalar::Uuid => out.raw(&edge!(seed, u128).to_be_bytes()),
        Scalar::Timestamp => {
            let seconds = edge!(seed, i64);
            // Shifted, it is within a few thousand years of 1970.
            out.primitive(if seed.one_in(2) { seconds >> 26 } else { seconds });
            out.primitive(nanos(seed));
        }
        Scalar::Date => {
            let days = edge!(seed, i32);
            out.primitive(if seed.one_in(2) { days >> 10 } else { days });
        }
        Scalar::Duration => {
            out.primitive(edge!(seed, u64));
            out.primitive(nanos(seed));
        }
        Scalar::Decimal => write_decimal(seed, out),
        Scalar::Ip if seed.one_in(2) => out.raw(&[&[0], edge!(seed, u32).to_be_bytes().as_slice()].concat()),
        Scalar::Ip => out.raw(&[&[1], edge!(seed, u128).to_be_bytes().as_slice()].concat()),
    }
}

fn float32(seed: &mut Seed) -> f32 {
    let sign = 1 << 31;
    let infinity = f32::INFINITY.to_bits();
    let quiet = infinity | 1 << 22;
    let plain = [0.1, -1.0, 16_777_217.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE];
    // Zeros, subnormals, infinities, and NaNs: signalling, quiet, negative, with a payload.
    let special = [
        0,
        sign,
        1,
        sign | 1,
        0x007f_ffff,
        infinity,
        sign | infinity,
        infinity | 1,
        quiet,
        quiet | 7,
        sign | quiet,
    ];
    match seed.below(3) {
        0 => *seed.choose(&plain),
        1 => f32::from_bits(*seed.choose(&special)),
        _ => f32::from_bits(edge!(seed, u32)),
    }
}

fn float64(seed: &mut Seed) -> f64 {
    let sign = 1 << 63;
    let infinity = f64::INFINITY.to_bits();
    let quiet = infinity | 1 << 51;
    let plain = [
        0.1,
        -1.0,
        0.1 + 0.2,
        1.0 / 3.0,
        9_007_199_254_740_993.0,
        1e300,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
    ];
    let special = [
        0,
        sign,
        1,
        sign | 1,
        0x000f_ffff_ffff_ffff,
        infinity,
        sign | infinity,
        infinity | 1,
        quiet,
        quiet | 7,
        sign | quiet,
    ];
    match seed.below(3) {
        0 => *seed.choose(&plain),
        1 => f64::from_bits(*seed.choose(&special)),
        _ => f64::from_bits(edge!(seed, u64)),
    }
}

fn text(seed: &mut Seed) -> String {
    match seed.below(12) {
        0 => "long ".repeat(60),
        1 => format!("text {}", seed.next_number()),
        2 => (0..seed.below(10)).map(|_| *seed.choose(&CHARS)).collect(),
        _ => (*seed.choose(&TEXTS)).to_owned(),
    }
}

fn bytes(seed: &mut Seed) -> Vec<u8> {
    let length = *seed.choose(&[0, 1, 2, 16, 17, 300]);
    (0..length).map(|_| seed.next_number().to_le_bytes()[0]).collect()
}

fn nanos(seed: &mut Seed) -> u32 {
    let random = u32::try_from(seed.below(1_000_000_000)).expect("a number below 10^9 fits");
    *seed.choose(&[0, 1, 120_000_000, 500_000_000, 999_999_999, random])
}

/// Writes flags (scale and sign) and the 96 bits of the mantissa, as `rust_decimal` lays them out.
fn write_decimal(seed: &mut Seed, out: &mut Encoder) {
    let scale = u8::try_from(seed.below(29)).expect("a number below 29 fits");
    let sign = if seed.one_in(2) { 0x80 } else { 0 };
    let mantissa = match seed.below(4) {
        0 => *seed.choose(&[0, 1, 150, (1 << 96) - 1]),
        _ => edge!(seed, u128),
    };
    out.raw(&[0, 0, scale, sign]);
    out.raw(&mantissa.to_le_bytes()[..12]);
}
