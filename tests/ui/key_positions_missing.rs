use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Seat {
    #[quanta(id)]
    row: u8,
    #[quanta(id)]
    column: u8,
    #[quanta(id = 2)]
    hall: u8,
}

fn main() {}
