//! A small shop, three releases old: `quanta.lock` beside the manifest has its history, `tests/migrations.rs` its tests.

use quantadb::{QuantaEntity, QuantaType, Ref};

/// Who buys.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "customers")]
pub struct Customer {
    /// The key.
    #[quanta(id)]
    pub id: u64,
    /// Called `nick` in release 1.0.
    #[quanta(renamed_from = "nick", index)]
    pub name: String,
    /// Where to write to.
    #[quanta(unique)]
    pub mail: String,
    /// Since release 1.1.
    pub home: Option<Address>,
}

/// Where somebody lives.
#[derive(QuantaType, Debug, Clone, PartialEq)]
pub struct Address {
    /// The street, with the number.
    pub street: String,
    /// Since release 2.0.
    pub town: String,
}

/// What was bought.
#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "orders")]
pub struct Order {
    /// The key.
    #[quanta(id)]
    pub id: u64,
    /// Who bought it.
    #[quanta(index, on_delete = "cascade")]
    pub customer: Ref<Customer>,
    /// What it cost. 32 bits were enough in release 1.0.
    pub cents: u64,
    /// How many pieces.
    pub pieces: u16,
}
