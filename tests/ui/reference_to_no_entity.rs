use quantadb::{QuantaEntity, QuantaType, Ref};

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

#[derive(QuantaEntity)]
struct Guest {
    #[quanta(id)]
    id: u64,
    home: Ref<Address>,
}

fn main() {}
