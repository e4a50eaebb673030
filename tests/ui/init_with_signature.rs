use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(init_with = seven)]
    name: String,
    #[quanta(init_with = "no_row")]
    size: u8,
    #[quanta(init_with = wrong_error)]
    age: u8,
}

fn seven(_: &quantadb::OldRow<'_>) -> u8 {
    7
}

fn no_row() -> u8 {
    7
}

fn wrong_error(_: &quantadb::OldRow<'_>) -> Result<u8, NoDisplay> {
    Err(NoDisplay)
}

struct NoDisplay;

fn main() {}
