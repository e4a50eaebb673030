use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(new, renamed_from = "people")]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(new, renamed_from = "nick")]
    name: String,
    #[quanta(default = 1, default_with = seven)]
    a: u8,
    #[quanta(init_with = of_row, default)]
    b: u8,
    #[quanta(default_with = seven, init_with = of_row)]
    c: u8,
    #[quanta(skip, name = "dee", default = 7)]
    d: u8,
    #[quanta(id = 1, serde = "json")]
    e: u8,
    #[quanta(id = 2, skip)]
    f: u8,
    shape: Shape,
    #[quanta(new, convert_with = to_number)]
    g: u8,
    #[quanta(convert_with(to_number, inverse = to_text), serde = "json")]
    h: u8,
    #[quanta(serde = "json", on_failure = "default")]
    i: u8,
    #[quanta(init_with = of_row, on_failure = "drop_row")]
    k: u8,
    #[quanta(skip, convert_with = to_number, on_failure = "drop_row")]
    j: u8,
}

#[derive(QuantaType)]
enum Shape {
    #[quanta(renamed_from = "Round", new)]
    Circle,
}

fn main() {}
