use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Shape(u8, u8);

fn main() {}
