use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(table = users, register = "no", renamed_from = 7, new = "yes", crate = 1)]
struct User {
    #[quanta(id = "0")]
    id: u64,
    #[quanta(renamed_from("a", b, 'c'))]
    name: String,
    #[quanta(default_with = "not a path")]
    age: u8,
    #[quanta(init_with = 1 + 1)]
    size: u8,
    #[quanta(serde = b"json")]
    point: u8,
}

fn main() {}
