use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
enum Shape {
    #[quanta(id)]
    Circle,
}

fn main() {}
