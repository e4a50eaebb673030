//! Functions in place of those that a person would write where there is no conversion between two types: equal values
//! give equal values, and that is all they promise.

use std::collections::BTreeMap;

use crate::codec::{Decoder, Encoder};
use crate::generate::{Seed, random_value};
use crate::migrate::CodeTable;
use crate::model::{ConvertFn, Declaration};
use crate::schema::{Conversion, Node, NodeId, Scalar, Shape};

use super::scratch::Declared;

macro_rules! stand_ins {
    ($($scalar:ident $plain:literal $option:literal,)*) => {
        /// All functions by name, with the type that they give and whether it is in an option.
        const ALL: &[(&str, Scalar, Wrap, ConvertFn)] = &[$(
            ($plain, Scalar::$scalar, Wrap::Plain, |input, out| write(Scalar::$scalar, Wrap::Plain, input, out)),
            ($option, Scalar::$scalar, Wrap::Option, |input, out| write(Scalar::$scalar, Wrap::Option, input, out)),
        )*];
    };
}

stand_ins! {
    Bool "to_bool" "to_option_bool",
    U8 "to_u8" "to_option_u8",
    U16 "to_u16" "to_option_u16",
    U32 "to_u32" "to_option_u32",
    U64 "to_u64" "to_option_u64",
    U128 "to_u128" "to_option_u128",
    I8 "to_i8" "to_option_i8",
    I16 "to_i16" "to_option_i16",
    I32 "to_i32" "to_option_i32",
    I64 "to_i64" "to_option_i64",
    I128 "to_i128" "to_option_i128",
    F32 "to_f32" "to_option_f32",
    F64 "to_f64" "to_option_f64",
    Char "to_char" "to_option_char",
    String "to_string" "to_option_string",
    Bytes "to_bytes" "to_option_bytes",
    Uuid "to_uuid" "to_option_uuid",
    Timestamp "to_timestamp" "to_option_timestamp",
    Date "to_date" "to_option_date",
    Duration "to_duration" "to_option_duration",
    Decimal "to_decimal" "to_option_decimal",
    Ip "to_ip" "to_option_ip",
    Path "to_path" "to_option_path",
}

/// Whether a value stands in an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrap {
    Plain,
    Option,
}

/// Returns a conversion from one type to another, if there is a function for it.
pub(super) fn conversion(old: &Shape, from: NodeId, new: &Shape, to: NodeId) -> Option<Conversion> {
    let (wrap, to) = match new.node(to) {
        Node::Option(item) => (Wrap::Option, *item),
        _ => (Wrap::Plain, to),
    };
    let Node::Scalar(scalar) = new.node(to) else {
        return None;
    };
    let known = ALL.iter().find(|known| (known.1, known.2) == (*scalar, wrap));
    known.map(|(name, ..)| Conversion {
        name: (*name).to_owned(),
        inverse: None,
        takes: old.sub_shape(from),
    })
}

/// Returns all functions for every table of versions, if the hints of one of them name any.
pub(super) fn code_tables(versions: &[Declared]) -> BTreeMap<String, CodeTable> {
    let tables = || versions.iter().flat_map(|declared| &declared.version.tables);
    let is_named = tables().any(|(_, table)| {
        let mut slots = table.hints.slots.values();
        slots.any(|hint| hint.conversion.is_some())
    });
    if !is_named {
        return BTreeMap::new();
    }
    let functions = CodeTable::of_conversions(ALL.iter().map(|(name, _, _, run)| (*name, *run)));
    tables()
        .map(|(name, _)| (name.clone(), functions.clone()))
        .collect()
}

/// Adds the functions that the hints of a declaration name.
pub(super) fn with_functions(mut declaration: Declaration) -> Declaration {
    if let Ok(declared) = &mut declaration.declared {
        let conversions = declared
            .hints
            .slots
            .values()
            .filter_map(|hint| hint.conversion.as_ref());
        let named: Vec<&str> = conversions.map(|conversion| conversion.name.as_str()).collect();
        let functions = ALL.iter().filter(|known| named.contains(&known.0));
        declared.conversions = functions.map(|(name, _, _, run)| (*name, *run)).collect();
    }
    declaration
}

/// Writes a value that follows from the bytes of another one.
fn write(scalar: Scalar, wrap: Wrap, input: &mut Decoder<'_>, out: &mut Encoder) -> Result<(), String> {
    let hash = blake3::hash(input.rest());
    let bytes = hash.as_bytes();
    if wrap == Wrap::Option {
        out.primitive(1_u8);
    }
    match scalar {
        // What is often a key should rarely be the same.
        Scalar::Bytes => out.sized_bytes(&bytes[..16]),
        Scalar::String | Scalar::Path => out.sized_bytes(hash.to_hex()[..16].as_bytes()),
        _ => {
            let start = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            out.raw(&random_value(
                &Shape::scalar(scalar),
                NodeId::ROOT,
                &mut Seed::new(start),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::decode_value;

    #[test]
    fn every_function_gives_a_value_of_its_type() {
        for (name, scalar, wrap, run) in ALL {
            let mut out = Encoder::default();
            run(&mut Decoder::new(&[1, 2, 3]), &mut out)
                .unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let bytes = out.finish().unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let text = match wrap {
                Wrap::Plain => scalar.name().to_owned(),
                Wrap::Option => format!("option<{}>", scalar.name()),
            };
            let shape: Shape = text.parse().expect("it is a type");
            let mut input = Decoder::new(&bytes);
            let value = decode_value(&shape, NodeId::ROOT, &mut input);
            assert!(value.is_ok() && input.finish().is_ok(), "{name}: {value:?}");
            let found = conversion(&Shape::scalar(Scalar::Unit), NodeId::ROOT, &shape, NodeId::ROOT);
            assert_eq!(found.map(|found| found.name).as_deref(), Some(*name));
        }
    }
}
