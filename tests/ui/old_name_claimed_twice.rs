use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "nick")]
    name: String,
    #[quanta(renamed_from("title", "nick"))]
    label: String,
    shape: Shape,
}

#[derive(QuantaType)]
enum Shape {
    #[quanta(renamed_from = "Round")]
    Circle,
    #[quanta(renamed_from = "Round")]
    Oval,
}

fn main() {}

// D14: two fields, or two variants, that claim one old name.
