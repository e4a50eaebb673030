use quantadb::{QuantaEntity, QuantaType, Ref};

#[derive(QuantaEntity)]
struct Team {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaType)]
struct Address {
    town: String,
}

#[derive(QuantaEntity)]
#[quanta(references(Team))]
#[quanta(references = Team)]
#[quanta(references(fields(a, b)))]
#[quanta(references(Team, fields(a, a), on_delete = "drop"))]
#[quanta(references(Team, fields(a, missing), on_delete = "cascade", on_delete = "restrict"))]
#[quanta(references(Team, b))]
struct User {
    #[quanta(id)]
    id: u64,
    a: u64,
    b: u64,
    #[quanta(references)]
    c: u64,
    #[quanta(references(Team))]
    d: u64,
    #[quanta(references = 7)]
    e: u64,
    #[quanta(on_delete = cascade)]
    f: Ref<Team>,
    #[quanta(on_delete)]
    g: Ref<Team>,
    #[quanta(on_delete = "null")]
    h: Ref<Team>,
    #[quanta(serde = "team", references = Team)]
    i: u64,
}

fn main() {}
