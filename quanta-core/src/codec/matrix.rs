//! The conversions between types without parts: the table that everything else asks.

use crate::schema::Scalar;

use super::class::Class;

/// How safe each type converts to each other one, in the order of [`Scalar::NAMES`] both ways.
///
/// | letter | means |
/// | --- | --- |
/// | `e` | exact |
/// | `l` | lossy: the original is kept where it does not come back equal |
/// | `c` | checked, and what converts comes back equal |
/// | `k` | checked, and what converts may come back as another value, so that the original is kept |
/// | `.` | refused, or one type on both sides |
///
/// Above each column stands the second or last letter or digit of the type's name.
const SCALARS: [&str; 24] = [
    //           o 8 6 2 4 8 8 6 2 4 8 2 4 a r t n i m a r c p a
    /* bool   */
    ". e e e e e e e e e e . . . e . . . . . . . . .",
    /* u8     */ "c . e e e e c e e e e e e . e e . . . . . e . .",
    /* u16    */ "c c . e e e c c e e e e e . e . . . . . . e . .",
    /* u32    */ "c c c . e e c c c e e c e c e . . . . . . e . .",
    /* u64    */ "c c c c . e c c c c e c c . e . . . . . . e . .",
    /* u128   */ "c c c c c . c c c c c c c . e . . e . . . c . .",
    /* i8     */ "c c c c c c . e e e e e e . e . . . . . . e . .",
    /* i16    */ "c c c c c c c . e e e e e . e . . . . . . e . .",
    /* i32    */ "c c c c c c c c . e e c e . e . . . . . . e . .",
    /* i64    */ "c c c c c c c c c . e c c . e . . . . . . e . .",
    /* i128   */ "c c c c c c c c c c . c c . e . . . . . . c . .",
    /* f32    */ ". k k k k k k k k k k . e . l . . . . . . c . .",
    /* f64    */ ". k k k k k k k k k k l . . l . . . . . . c . .",
    /* char   */ ". . . e . . . . . . . . . . e . . . . . . . . .",
    /* string */ "c k k k k k k k k k k k k c . e . k k c k k k e",
    /* bytes  */ ". c . . . . . . . . . . . . c . . c . . . . . c",
    /* unit   */ ". . . . . . . . . . . . . . . . . . . . . . . .",
    /* uuid   */ ". . . . . e . . . . . . . . e e . . . . . . . .",
    /* timest */ ". . . . . . . . . . . . . . e . . . . k . . . .",
    /* date   */ ". . . . . . . . . . . . . . e . . . e . . . . .",
    /* durat  */ ". . . . . . . . . . . . . . e . . . . . . . . .",
    /* decim  */ ". k k k k k k k k k k k k . e . . . . . . . . .",
    /* ip     */ ". . . . . . . . . . . . . . e . . . . . . . . .",
    /* path   */ ". . . . . . . . . . . . . . e e . . . . . . . .",
];

/// Returns how safe it is to convert values of one scalar type to another.
#[must_use]
pub fn class(from: Scalar, to: Scalar) -> Class {
    match letter(from, to) {
        _ if from == to => Class::Exact,
        b'e' => Class::Exact,
        b'l' => Class::Lossy,
        b'c' | b'k' => Class::Checked,
        _ => Class::Refused,
    }
}

/// Tells whether every value that converts comes back equal when it is converted back.
#[must_use]
pub fn comes_back_equal(from: Scalar, to: Scalar) -> bool {
    !matches!(letter(from, to), b'l' | b'k')
}

fn letter(from: Scalar, to: Scalar) -> u8 {
    // Cells stand at every second place of a row.
    SCALARS[from as usize].as_bytes()[2 * to as usize]
}
