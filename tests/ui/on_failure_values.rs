use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(on_failure = "drop_row")]
struct NoList {
    #[quanta(id)]
    id: u64,
    #[quanta(on_failure)]
    a: u8,
    #[quanta(on_failure = "refuse")]
    b: u8,
    #[quanta(on_failure = drop_row)]
    c: u8,
    #[quanta(on_failure(key = "drop_row"))]
    d: u8,
}

#[derive(QuantaEntity)]
#[quanta(on_failure())]
struct Empty {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(on_failure(key = "default", index(users_mail) = "default", index(a, b) = "drop_row", mail = "drop_row", "key"))]
struct Places {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(on_failure(key))]
struct NoResolution {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(on_failure(key = "drop_row", key = "drop_row"))]
struct Twice {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaType)]
#[quanta(on_failure(key = "drop_row"))]
enum Shape {
    #[quanta(on_failure = "default")]
    Circle,
    Square {
        #[quanta(on_failure = "drop_rows")]
        side: u8,
    },
}

fn main() {}
