use quantadb::{QuantaEntity, migration};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
}

#[migration(down = back, irreversible)]
fn both(row: User) -> User {
    row
}

#[migration(irreversible, down = back)]
fn both_turned(row: User) -> User {
    row
}

#[migration(reversible)]
fn unknown(row: User) -> User {
    row
}

#[migration(id = "a", id = "b")]
fn doubled(row: User) -> User {
    row
}

#[migration(id = 7, table, down, irreversible = true, depends_on = a, tags(), crate = 7)]
fn values(row: User) -> User {
    row
}

#[migration(id = "", depends_on("alone", ""))]
fn empty(row: User) -> User {
    row
}

#[migration(depends_on = "alone")]
fn alone(row: User) -> User {
    row
}

#[migration("alone")]
fn literal(row: User) -> User {
    row
}

#[migration(down = "no path")]
fn no_path(row: User) -> User {
    row
}

fn back(row: User) -> User {
    row
}

fn main() {
    let _ = quantadb::Options::new().migration::<both>();
}
