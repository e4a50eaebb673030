use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(tabel = "users")]
struct User {
    #[quanta(primary_key)]
    #[quanta(id)]
    id: u64,
    #[quanta(renamed_form = "nick")]
    name: String,
    #[quanta(colour = "red")]
    hair: String,
}

fn main() {}
