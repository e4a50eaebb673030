use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Seat {
    #[quanta(id = 0)]
    row: u8,
    #[quanta(id = 2)]
    column: u8,
}

#[derive(QuantaEntity)]
struct Hall {
    #[quanta(id = 1)]
    number: u8,
}

fn main() {}
