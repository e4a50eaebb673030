use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(default_with = seven)]
    name: String,
    #[quanta(default_with = "of_row")]
    size: u8,
    #[quanta(default_with = missing::function)]
    age: u8,
}

fn seven() -> u8 {
    7
}

fn of_row(size: u8) -> u8 {
    size
}

fn main() {}
