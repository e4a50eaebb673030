use quantadb::QuantaType;

#[derive(QuantaType)]
struct Name<'a> {
    text: &'a str,
}

#[derive(QuantaType)]
enum Part<'a, 'b> {
    Text(&'a str),
    Bytes(&'b [u8]),
}

#[derive(QuantaType)]
struct Label {
    text: &'static str,
}

fn main() {}
