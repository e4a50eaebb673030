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
    #[quanta(convert = to_number)]
    size: u64,
    #[quanta(on_error = "drop_row")]
    age: u64,
}

fn main() {}
