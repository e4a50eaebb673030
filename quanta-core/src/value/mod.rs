//! Values without a Rust type: for tools, imports and exports.

mod calendar;
mod decimal;
mod decode;
mod display;
mod encode;
mod from_json;
mod model;
mod numbers;
mod text;
mod to_json;

pub use decode::decode_value;
pub use encode::encode_value;
pub use from_json::from_json;
pub use model::Value;
pub use to_json::to_json;

#[cfg(test)]
mod tests;
