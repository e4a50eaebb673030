use quantadb::{QuantaEntity, QuantaView, Ref};

#[derive(QuantaEntity)]
struct Team {
    #[quanta(id)]
    id: u64,
    name: String,
}

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    age: Option<u8>,
    team: Ref<Team>,
}

// What is read is not there, or is a number that refers to nothing.
#[derive(QuantaView)]
#[quanta(of = User)]
struct Fields {
    nome: String,
    #[quanta(path = team.row().nome)]
    team: Option<String>,
    #[quanta(path = id.row().name)]
    other: String,
}

// A condition of rows of another entity.
#[derive(QuantaView)]
#[quanta(of = User, filter = |user| user.team.row().name.eq("red"))]
struct Filtered {
    id: u64,
}

fn main() {}
