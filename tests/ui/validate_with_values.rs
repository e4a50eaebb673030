use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(validate_with)]
struct Flag {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(validate_with = 1 + 1)]
struct Sum {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(validate_with = "no path")]
struct Text {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(validate_with(check))]
struct List {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(validate_with = check, validate_with = check)]
struct Doubled {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
struct Field {
    #[quanta(id, validate_with = check)]
    id: u64,
}

#[derive(QuantaType)]
#[quanta(validate_with = check)]
struct Inner {
    age: u8,
}

fn main() {}
