use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(id, skip, name = "users")]
struct User {
    #[quanta(id, table = "ids")]
    id: u64,
    #[quanta(fallback_for = "x")]
    shape: Shape,
}

#[derive(QuantaType)]
#[quanta(table = "shapes", register = false)]
enum Shape {
    #[quanta(id)]
    Circle,
    Poly {
        #[quanta(id)]
        sides: u8,
    },
}

fn main() {}
