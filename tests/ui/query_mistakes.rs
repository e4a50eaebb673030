use quantadb::{Database, QuantaEntity};

#[derive(QuantaEntity)]
struct User {
    #[quanta(id)]
    id: u64,
    age: u8,
    name: String,
    tags: Vec<String>,
}

#[derive(QuantaEntity)]
struct Team {
    #[quanta(id)]
    id: u64,
}

fn main() {
    let db = Database::open("store").unwrap();
    // There is no such field.
    let _ = db.query::<User>().filter(|u| u.agee.eq(7));
    // The field has another type.
    let _ = db.query::<User>().filter(|u| u.age.eq("seven"));
    // A number is no text.
    let _ = db.query::<User>().filter(|u| u.age.starts_with("7"));
    // A text has no items.
    let _ = db.query::<User>().filter(|u| u.name.any(|item| item.is_none()));
    // A text can't be added up.
    let _ = db.query::<User>().sum(|u| u.name);
    // The condition is about rows of another entity.
    let _ = db.query::<Team>().filter(|_| quantadb::query::fields_of::<User>().age.eq(7));
}
