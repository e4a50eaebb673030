use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaType)]
struct Address {
    town: String,
}

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(references = Address)]
    home: u64,
}

fn main() {}
