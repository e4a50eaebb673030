//! Records of the catalogue: serde values in bincode 2 `standard()` format.

use bincode::config::{Configuration, standard};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of one record of the catalogue.
const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

type Config = Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<RECORD_BYTES_MAX>,
>;

fn config() -> Config {
    standard().with_limit::<RECORD_BYTES_MAX>()
}

/// Encodes a record.
///
/// # Errors
///
/// If it is over the limit of a record.
pub fn encode_record<T: Serialize>(record: &T) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(record, config()).map_err(|error| error.to_string())
}

/// Decodes a record and checks that it takes all of the bytes.
///
/// # Errors
///
/// If the bytes are no such record.
pub fn decode_record<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (record, used) =
        bincode::serde::decode_from_slice(bytes, config()).map_err(|error| error.to_string())?;
    if used == bytes.len() {
        Ok(record)
    } else {
        Err(format!("{} bytes are left over", bytes.len() - used))
    }
}
