use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(lock = "on")]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(lock = "off")]
    name: String,
}

#[derive(QuantaType)]
#[quanta(lock)]
struct Address {
    town: String,
}

#[derive(QuantaType)]
#[quanta(lock = "off", lock = "off")]
enum Shape {
    Dot,
}

fn main() {}
