use quantadb::QuantaType;

#[derive(QuantaType)]
struct Job {
    #[quanta(serde = "handle")]
    handle: Handle,
}

struct Handle;

fn main() {}
