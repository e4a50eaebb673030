use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity, QuantaType)]
struct User {
    #[quanta(id)]
    id: u64,
}

fn main() {}
