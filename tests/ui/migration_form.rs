use quantadb::{QuantaEntity, migration};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
}

#[migration]
fn generic<T>(row: User) -> User {
    row
}

#[migration]
async fn waits(row: User) -> User {
    row
}

#[migration]
unsafe fn dangerous(row: User) -> User {
    row
}

#[migration]
fn of_none() -> User {
    User { id: 7 }
}

#[migration]
fn of_three(_: User, _: User, row: User) -> User {
    row
}

#[migration]
fn gives_nothing(_: User) {}

#[migration]
fn borrows(_: &User, row: User) -> User {
    row
}

#[migration]
fn any_row(row: impl Into<User>) -> User {
    row.into()
}

#[migration]
struct NoFunction;

#[migration]
async fn three<T>(_: &User) {}

impl User {
    #[migration]
    fn method(self) -> User {
        self
    }
}

fn main() {
    // None of these adds an error of its own.
    let _ = quantadb::Options::new()
        .migration::<generic>()
        .migration::<waits>()
        .migration::<of_three>()
        .migration::<three>();
}
