use quantadb::QuantaType;

struct Handle;

#[derive(QuantaType)]
struct Wrapper<T> {
    inner: T,
}

#[derive(QuantaType)]
struct Holder {
    wrapped: Wrapper<Handle>,
}

fn main() {}
