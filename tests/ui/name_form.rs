use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
#[quanta(table = "the users", renamed_from = "9lives")]
struct User {
    #[quanta(id, name = "the-id")]
    id: u64,
    #[quanta(renamed_from("good", "not good"))]
    name: String,
    #[quanta(name = "")]
    empty: u8,
    #[quanta(serde = "a.b")]
    point: u8,
    #[quanta(
        name = "x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789x23456789"
    )]
    long: u8,
}

fn main() {}
