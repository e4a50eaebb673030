use quantadb::QuantaType;

#[derive(QuantaType)]
struct Job {
    name: String,
    #[quanta(skip)]
    handle: Handle,
}

struct Handle;

fn main() {}
