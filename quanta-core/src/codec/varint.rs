//! Unsigned numbers that take as many bytes as they need.

/// An unsigned number of more than one byte, as bincode 2 `standard()` writes it: what is at most 250 is its own byte, and
/// what is above announces its width in the first one. (bincode's `spec.md`, "Varint encoding".)
pub trait Varint: From<u8> + TryInto<u8> + Copy + bincode::Encode + bincode::Decode<()> {}

impl Varint for u16 {}
impl Varint for u32 {}
impl Varint for u64 {}
impl Varint for u128 {}

/// The highest number that is its own byte.
pub(super) const ONE_BYTE_MAX: u8 = 250;

/// How many bytes follow the first one of a number; none if no number begins so.
#[inline]
pub(super) fn bytes_behind(first: u8) -> Option<usize> {
    match first {
        0..=ONE_BYTE_MAX => Some(0),
        251 => Some(2),
        252 => Some(4),
        253 => Some(8),
        254 => Some(16),
        255 => None,
    }
}
