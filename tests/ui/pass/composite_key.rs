#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::{QuantaEntity, QuantaType};

/// Positions state the order; declaration doesn't.
#[derive(QuantaEntity)]
pub struct Seat {
    #[quanta(id = 2)]
    column: u8,
    note: String,
    #[quanta(id = 0)]
    hall: String,
    #[quanta(id = 1)]
    row: Row,
}

/// A part of the key.
#[derive(QuantaType)]
pub struct Row(u16);

fn main() {
    fn keyed<T: quantadb::QuantaEntity<Key = (String, Row, u8)>>() {}
    keyed::<Seat>();

    use quantadb::QuantaEntity as _;
    let seat = Seat { column: 3, note: String::new(), hall: "A".to_owned(), row: Row(2) };
    let mut out = quantadb::__private::Encoder::default();
    seat.encode_key(&mut out);
    assert_eq!(out.finish().unwrap(), [1, b'A', 2, 3]);
    assert!(Seat::declaration().declared.is_ok());
}
