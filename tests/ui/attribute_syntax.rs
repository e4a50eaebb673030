use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta]
#[quanta = "users"]
struct User {
    #[quanta(id =)]
    #[quanta("id")]
    #[quanta(name "id")]
    #[quanta(id)]
    id: u64,
    #[quanta(default = , name = 7, new = true, renamed_from())]
    age: u8,
    #[quanta(skip(), default_with, init_with("x"))]
    note: String,
    #[quanta(default("x"))]
    town: String,
}

fn main() {}
