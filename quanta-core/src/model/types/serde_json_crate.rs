//! `serde_json::Value`.

use serde_json::Value as Json;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{Describe, QuantaType, opaque};
use crate::schema::NodeId;

/// Stored as JSON of the shape `opaque(json)`, the same as a field marked `serde = "json"` has.
///
/// Numbers are those that `serde_json` holds: integers of 64 bits and floats, each as it was; larger integers are floats
/// from the moment they are parsed, unless the program turns on the feature `arbitrary_precision` of `serde_json`. Keys of
/// objects are written in the order in which the value has them.
impl QuantaType for Json {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.opaque("json")
    }

    fn encode(&self, out: &mut Encoder) {
        opaque::encode(self, out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        opaque::decode(input)
    }
}
