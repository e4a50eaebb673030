use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct User {
    id: u64,
}

fn main() {}
