use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
union Shape {
    round: u8,
    square: u8,
}

fn main() {}
