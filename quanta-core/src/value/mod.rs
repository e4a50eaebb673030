//! Values of which only the shape is known: what tools read, show and write without the Rust type.

mod access;
mod decode;
mod encode;
mod flat;
mod forms;
mod from_json;
#[cfg(test)]
pub(crate) mod laws;
mod misfit;
mod rows;
mod show_key;
#[cfg(test)]
mod tests;
mod text;
mod to_json;
#[expect(
    clippy::module_inception,
    reason = "the file holds the type that the module is named after"
)]
mod value;

pub use decode::decode_value;
pub use encode::encode_value;
pub use flat::{from_flat, to_flat};
pub use from_json::from_json;
pub use rows::{encoded_key_value, encoded_row_value, filled_row};
pub use show_key::{show_key, show_value};
pub use to_json::to_json;
pub use value::Value;
