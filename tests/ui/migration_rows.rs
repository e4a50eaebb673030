use quantadb::{QuantaEntity, QuantaType, Value, migration};

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
struct Old {
    #[quanta(id)]
    id: u64,
}

#[derive(QuantaEntity)]
#[quanta(table = "users")]
struct New {
    #[quanta(id)]
    id: u64,
    name: String,
}

#[derive(QuantaType)]
struct Part {
    size: u8,
}

struct NoDisplay;

#[migration]
fn takes_a_part(old: Part) -> New {
    New { id: old.size.into(), name: String::new() }
}

#[migration]
fn gives_a_part(_: Old) -> Part {
    Part { size: 7 }
}

#[migration]
fn gives_an_option(_: Old) -> Option<New> {
    None
}

#[migration]
fn fails_without_a_word(_: Old) -> Result<New, NoDisplay> {
    Err(NoDisplay)
}

#[migration]
fn takes_a_number(_: u64, row: Value) -> Value {
    row
}

#[migration]
fn takes_a_number_too(_: Old, _: u64) -> Result<New, String> {
    Err(String::new())
}

fn main() {}
