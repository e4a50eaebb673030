//! placeholder until merged
use crate::schema::Schema;
use super::decoder::DecodeError;
/// placeholder
pub fn row_key(_schema: &Schema, _body: &[u8]) -> Result<Vec<u8>, DecodeError> { Ok(Vec::new()) }
/// placeholder
pub fn key_bytes(_schema: &Schema, _parts: &[u8]) -> Result<Vec<u8>, DecodeError> { Ok(Vec::new()) }
/// placeholder
pub fn show_key(_schema: &Schema, key: &[u8]) -> String { format!("{key:02x?}") }
