use quantadb::{QuantaEntity, QuantaView};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaView)]
struct WithoutEntity {
    id: u64,
}

#[derive(QuantaView)]
#[quanta(of = "User", filter = true, table = "users", register = 1)]
struct Attributes {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaView)]
#[quanta(of = User, name = "late flights", filtre = |f| f.id.eq(1))]
struct Names {
    id: u64,
    #[quanta(name = "id", path = 7)]
    other: u64,
    #[quanta(path = "id")]
    größe: u64,
    #[quanta(path)]
    flag: u64,
}

#[derive(QuantaView)]
#[quanta(of = User)]
enum Choice {
    One,
}

#[derive(QuantaView)]
#[quanta(of = User)]
struct Tuple(u64);

#[derive(QuantaView)]
#[quanta(of = User)]
struct Empty {}

#[derive(QuantaView)]
#[quanta(of = User)]
struct Generic<T> {
    id: T,
}

fn main() {
    // Uses of what is refused add no errors.
    let _ = Names::NAME;
}
