use quantadb::QuantaEntity;

#[derive(QuantaEntity)]
struct Item {
    #[quanta(id)]
    id: u64,
    #[quanta(convert_with(to_cents, inverse = takes_another))]
    takes: u64,
    #[quanta(convert_with(to_cents, inverse = gives_another))]
    gives: u64,
    #[quanta(convert_with(to_cents, inverse = of_two))]
    two: u64,
    #[quanta(convert_with(to_cents, inverse = missing))]
    missing: u64,
}

fn to_cents(price: String) -> Result<u64, String> {
    Err(price)
}

fn takes_another(price: String) -> String {
    price
}

fn gives_another(cents: u64) -> Result<u64, String> {
    Ok(cents)
}

fn of_two(cents: u64, _: String) -> String {
    cents.to_string()
}

fn main() {}
