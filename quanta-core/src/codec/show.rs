//! placeholder until merged
use crate::schema::Schema;
/// placeholder
pub fn show_key(_schema: &Schema, key: &[u8]) -> String {
    format!("{key:02x?}")
}
