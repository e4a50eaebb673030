//! The rows that every store gets: made from their numbers, so that all see the same bytes in the same order.

use bincode::{Decode, Encode};
use quantadb::QuantaEntity;
use serde::{Deserialize, Serialize};

/// A row as every store keeps it: about 120 bytes, and no two with one address.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, QuantaEntity)]
#[quanta(table = "users", register = false)]
pub struct User {
    /// From 0 on, without gaps.
    #[quanta(id)]
    pub id: u64,
    /// The secondary index.
    #[quanta(unique)]
    pub email: String,
    /// Renamed by `evolve`.
    pub name: String,
    /// Widened by `evolve`.
    pub score: u32,
    /// One of a few.
    pub city: String,
    /// Filler, dropped by `evolve`.
    pub note: String,
}

const CITIES: [&str; 8] = [
    "Bergen", "Oslo", "Turku", "Malmö", "Aarhus", "Tampere", "Uppsala", "Odense",
];

/// One step of splitmix64: as good as random, and the same on every machine.
pub fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The row of a number.
pub fn user(id: u64) -> User {
    let noise = mixed(id);
    let city = CITIES[usize::try_from(noise % 8).expect("it is below 8")];
    User {
        id,
        email: email(id),
        name: format!("user {noise:016x}"),
        score: u32::try_from(noise >> 40).expect("24 bits are left"),
        city: city.to_owned(),
        note: format!("{:016x}{:016x}{:08x}", mixed(noise), mixed(!noise), noise >> 32),
    }
}

/// The address of a row.
pub fn email(id: u64) -> String {
    format!("{:08x}.{id}@example.org", mixed(id ^ 0xE) >> 32)
}

/// All rows, in the order of their keys.
pub fn users(rows: u64) -> impl Iterator<Item = User> {
    (0..rows).map(user)
}

/// `count` of the numbers below `rows`, each as likely as the others, and the same for every store.
pub fn random_ids(rows: u64, count: u64, salt: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |number| mixed(number ^ salt.wrapping_mul(0xD6E8_FEB8_6659_FD93)) % rows.max(1))
}

/// What is added up of a row that was read, so that reading it can't be left out.
pub fn digest(user: &User) -> u64 {
    user.id
        .wrapping_add(u64::from(user.score))
        .wrapping_add(user.note.len() as u64)
        .wrapping_add(user.email.len() as u64)
}
