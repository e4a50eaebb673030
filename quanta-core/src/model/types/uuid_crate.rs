//! `uuid::Uuid`.

use uuid::Uuid;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{AutoKey, AutoKeys, Describe, QuantaType};
use crate::schema::{NodeId, Scalar};

impl QuantaType for Uuid {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.scalar(Scalar::Uuid)
    }

    fn encode(&self, out: &mut Encoder) {
        out.raw(self.as_bytes());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let bytes = input.raw(16)?;
        Self::from_slice(bytes).map_err(|error| input.error(error.to_string()))
    }
}

impl AutoKey for Uuid {
    const KEYS: AutoKeys = AutoKeys::Uuids;

    fn is_unset(&self) -> bool {
        self.is_nil()
    }

    fn write_number(_: u128, _: &mut Encoder) -> bool {
        false
    }
}
