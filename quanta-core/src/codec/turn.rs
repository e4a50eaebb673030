//! Key forms the other way round: the highest values come first.

use crate::schema::OrderWay;

/// Turns the bytes of what goes down round, or back. No key form is the start of another one of its type: turned round,
/// they come in the opposite order.
pub fn turn(bytes: &mut [u8], way: OrderWay) {
    if way == OrderWay::Descending {
        bytes.iter_mut().for_each(|byte| *byte = !*byte);
    }
}

/// Returns bytes as [`turn`] leaves them.
#[must_use]
pub fn turned(bytes: &[u8], way: OrderWay) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    turn(&mut bytes, way);
    bytes
}
