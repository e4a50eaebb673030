use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(table = "users", table = "people")]
struct User {
    #[quanta(id)]
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from = "a", renamed_from = "b")]
    name: String,
}

fn main() {}
