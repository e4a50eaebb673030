use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(index(name), unique(mail, name), references(team), store = "x")]
#[quanta(on_failure(key = "drop_row", index(users_mail) = "drop_row"), lock = "off", validate_with = check)]
struct User {
    #[quanta(id, auto)]
    id: u64,
    #[quanta(unique)]
    mail: String,
    #[quanta(index)]
    name: String,
    #[quanta(references = "teams", on_delete = "cascade")]
    team: u64,
    #[quanta(convert_with(up = a::up, down = a::down), on_failure = "default")]
    age: u8,
    #[quanta(convert_with = a::up)]
    size: u8,
    shape: Shape,
}

#[derive(QuantaType)]
enum Shape {
    #[quanta(fallback_for("Square", "Rect"))]
    Circle,
}

fn main() {}
