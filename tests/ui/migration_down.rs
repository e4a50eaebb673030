use quantadb::{QuantaEntity, Value, migration};

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

#[migration(down = same_way)]
fn takes_another(old: Old) -> New {
    same_way(old)
}

#[migration(down = gives_another)]
fn result(old: Old) -> New {
    same_way(old)
}

#[migration(down = of_two)]
fn two(old: Old) -> New {
    same_way(old)
}

#[migration(down = nowhere)]
fn missing(old: Old) -> New {
    same_way(old)
}

#[migration(down = of_values)]
fn values(old: Old, _: New) -> New {
    same_way(old)
}

fn same_way(old: Old) -> New {
    New { id: old.id, name: String::new() }
}

fn gives_another(new: New) -> Result<New, String> {
    Ok(new)
}

fn of_two(_: Old, new: New) -> Old {
    Old { id: new.id }
}

fn of_values(new: New) -> Value {
    Value::UInt(new.id.into())
}

fn main() {}
