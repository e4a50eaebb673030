use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_from("nick", "title", "nick"))]
    name: String,
}

fn main() {}
