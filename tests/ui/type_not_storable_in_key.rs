use quantadb::QuantaEntity;

struct Handle;

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    handle: Handle,
}

fn main() {}
