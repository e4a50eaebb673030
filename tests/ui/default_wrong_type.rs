use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(default = "seven")]
    age: bool,
    #[quanta(default = 1.5)]
    size: u8,
    #[quanta(default)]
    shape: Shape,
}

#[derive(QuantaType)]
enum Shape {
    Circle,
}

fn main() {}
