use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Shape;

fn main() {}
