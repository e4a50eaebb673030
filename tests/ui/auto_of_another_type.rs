use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Note {
    #[quanta(id, auto)]
    id: String,
}

#[derive(QuantaEntity)]
struct Plain {
    #[quanta(id)]
    id: u64,
}

fn main() {
    let db = quantadb::Database::open("notes").unwrap();
    db.collection::<Plain>().add(Plain { id: 0 }).unwrap();
}
