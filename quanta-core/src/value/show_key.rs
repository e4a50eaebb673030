//! Row keys for people.

use super::decode::decode_value;
use super::forms::hex;
use super::text::Quoted;
use super::value::Value;
use crate::codec::{DecodeError, Decoder, key_values};
use crate::schema::Schema;

/// Shows a row key as errors do: the values of its fields in key order, as in `"Ada", 7`; in hexadecimal, as in
/// `0x01ff`, if the bytes are no key of the schema.
#[must_use]
pub fn show_key(schema: &Schema, key: &[u8]) -> String {
    parts(schema, key).map_or_else(|_| format!("0x{}", hex(key)), |parts| parts.join(", "))
}

/// Shows a value as [`show_key`] shows the fields of a key.
#[must_use]
pub fn show_value(value: &Value) -> String {
    Quoted(value).to_string()
}

fn parts(schema: &Schema, key: &[u8]) -> Result<Vec<String>, DecodeError> {
    let values = key_values(schema, key)?;
    let mut input = Decoder::new(&values);
    let part = |position: usize| {
        let field = &schema.shape.fields()[position];
        decode_value(&schema.shape, field.node, &mut input).map(|value| Quoted(&value).to_string())
    };
    schema.key_positions().into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::row_key;

    #[test]
    fn keys_show_their_fields_or_their_bytes() {
        let shape = "struct { active: bool, id: i64, name: option<string> }"
            .parse()
            .expect("it is a type");
        let key = vec!["name".to_owned(), "id".to_owned()];
        let schema = Schema::new(shape, key).expect("the key's fields exist");
        let key = row_key(&schema, &[1, 13, 1, 5, b'A', b'"', b'd', b'\n', b'a']).expect("it is a row");
        assert_eq!(show_key(&schema, &key), r#""A\"d\na", -7"#);
        let key = row_key(&schema, &[1, 14, 0]).expect("it is a row");
        assert_eq!(show_key(&schema, &key), "none, 7");
        assert_eq!(show_key(&schema, &[2, 0xff]), "0x02ff");
        assert_eq!(show_key(&schema, &[&key[..], &[0]].concat()), "0x00810700");
    }
}
