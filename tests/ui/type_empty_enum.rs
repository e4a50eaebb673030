use quantadb::QuantaType;

#[derive(QuantaType)]
enum Never {}

fn main() {}
