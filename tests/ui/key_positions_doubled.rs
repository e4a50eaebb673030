use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Seat {
    #[quanta(id = 0)]
    row: u8,
    #[quanta(id = 0)]
    column: u8,
}

fn main() {}
