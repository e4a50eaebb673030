use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Shape<'a> {
    #[quanta(id)]
    id: u64,
    name: &'a str,
}

fn main() {}
