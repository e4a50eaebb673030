//! Fields that are stored as JSON of a type that serde knows.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::{DecodeError, Decoder, Encoder};

/// Writes length-prefixed JSON, and refuses a value whose JSON reads back as another one.
pub fn encode<T: Serialize + DeserializeOwned>(value: &T, out: &mut Encoder) {
    match to_stable_json(value) {
        Ok(json) => out.sized_bytes(&json),
        Err(problem) => out.fail(problem),
    }
}

fn to_stable_json<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>, String> {
    let json = serde_json::to_vec(value).map_err(|error| format!("the value has no JSON form: {error}"))?;
    let again: T = serde_json::from_slice(&json)
        .map_err(|error| format!("the value's JSON can't be read back: {error}"))?;
    let unchanged = serde_json::to_value(value).ok() == serde_json::to_value(&again).ok();
    if unchanged {
        Ok(json)
    } else {
        Err("the value's JSON reads back as another value".to_owned())
    }
}

/// Reads length-prefixed JSON.
///
/// # Errors
///
/// If it is no JSON of the type.
pub fn decode<T: DeserializeOwned>(input: &mut Decoder<'_>) -> Result<T, DecodeError> {
    let json = input.sized_bytes()?;
    serde_json::from_slice(json).map_err(|error| input.error(error.to_string()))
}
