use quantadb::{QuantaEntity, QuantaType};

struct Handle;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    handle: Handle,
}

#[derive(QuantaType)]
struct Handles {
    all: Vec<Handle>,
}

#[derive(QuantaType)]
struct Wrapped(Handle);

#[derive(QuantaType)]
struct Pair(u8, Handle);

#[derive(QuantaType)]
enum Shape {
    One(Handle),
    Two { handle: Option<Handle> },
}

fn main() {}
