use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(store = "x")]
struct User {
    #[quanta(id)]
    id: u64,
    team: u64,
}

fn main() {}
