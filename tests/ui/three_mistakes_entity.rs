use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity, Clone)]
#[quanta(tabel = "users")]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(new, renamed_from = "nick")]
    name: String,
    #[quanta(name = "e-mail")]
    mail: String,
}

// None of these adds an error of its own.
#[derive(QuantaType)]
struct Team {
    users: Vec<User>,
    lead: Option<Box<User>>,
}

fn stored<T: quantadb::QuantaType>() {}

fn entity<T: quantadb::QuantaEntity>() {}

fn main() {
    stored::<User>();
    entity::<User>();
}
