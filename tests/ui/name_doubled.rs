use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    name: String,
    #[quanta(name = "name")]
    nick: String,
    shape: Shape,
}

#[derive(QuantaType)]
enum Shape {
    #[quanta(name = "Rect")]
    Circle,
    Rect,
    Poly {
        sides: u8,
        #[quanta(name = "sides")]
        edges: u8,
    },
}

fn main() {}
