use quantadb::QuantaType;

#[derive(QuantaType)]
#[quanta(table = "wrappers")]
struct Wrapper<'a, T> {
    inner: T,
    #[quanta(name = "inner")]
    other: T,
    text: &'a str,
}

#[derive(QuantaType)]
struct Holder {
    wrapped: Wrapper<'static, u8>,
}

fn main() {}
