//! The stored forms of the types that come with Rust and with optional crates.

mod collections;
#[cfg(test)]
mod laws;
mod primitives;
mod std_types;

#[cfg(feature = "bytes")]
mod bytes_crate;
#[cfg(feature = "chrono")]
mod chrono_crate;
#[cfg(feature = "jiff")]
mod jiff_crate;
#[cfg(feature = "rust_decimal")]
mod rust_decimal_crate;
#[cfg(feature = "serde_json")]
mod serde_json_crate;
#[cfg(feature = "uuid")]
mod uuid_crate;
