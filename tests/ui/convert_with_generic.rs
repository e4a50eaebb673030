use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Item {
    #[quanta(id)]
    id: u64,
    #[quanta(convert_with = to_number)]
    size: u64,
    // This one says of what.
    #[quanta(convert_with = to_number::<String>)]
    other: u64,
}

fn to_number<T: quantadb::QuantaType>(_: T) -> u64 {
    7
}

fn main() {}
