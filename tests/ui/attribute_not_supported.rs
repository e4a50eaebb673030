use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(references(team), store = "x")]
#[quanta(on_failure(index(users_mail) = "drop_row"))]
struct User {
    #[quanta(id, auto)]
    id: u64,
    #[quanta(references = "teams", on_delete = "cascade")]
    team: u64,
}

fn main() {}
