use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(convert_with)]
    a: u8,
    #[quanta(convert_with = 1 + 1)]
    b: u8,
    #[quanta(convert_with = "no path")]
    c: u8,
    #[quanta(convert_with())]
    d: u8,
    #[quanta(convert_with(up, back))]
    e: u8,
    #[quanta(convert_with(up, inverse = 7))]
    f: u8,
    #[quanta(convert_with(inverse = down))]
    g: u8,
    #[quanta(convert_with(up, inverse = down, down))]
    h: u8,
    #[quanta(convert_with(up, down = down))]
    i: u8,
    #[quanta(convert_with(up down))]
    j: u8,
}

fn main() {}
