use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(store = "x")]
#[quanta(on_failure(index(users_mail) = "drop_row"))]
struct User {
    #[quanta(id)]
    id: u64,
    team: u64,
}

fn main() {}
