use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Shape<T, const N: usize> {
    #[quanta(id)]
    id: u64,
    sides: [T; N],
}

fn main() {}
