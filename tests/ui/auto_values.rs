use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
struct NoKey {
    #[quanta(id)]
    id: u64,
    #[quanta(auto)]
    number: u64,
}

#[derive(QuantaEntity)]
struct Several {
    #[quanta(id = 0, auto)]
    id: u64,
    #[quanta(id = 1)]
    number: u64,
}

#[derive(QuantaEntity)]
struct Valued {
    #[quanta(id, auto = 1)]
    id: u64,
}

#[derive(QuantaEntity)]
struct Other {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
struct Referring {
    #[quanta(id, auto, references = Other)]
    id: u64,
}

#[derive(QuantaType)]
struct Address {
    #[quanta(auto)]
    number: u64,
}

fn main() {}
