use quantadb::QuantaType;

#[derive(QuantaType)]
union Shape {
    round: u8,
    square: u8,
}

fn main() {}
