//! Indexes at fields and at the struct: what they are over, and what they are called.

use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaType)]
struct Address {
    city: String,
}

#[derive(QuantaEntity)]
#[quanta(table = "users", register = false)]
#[quanta(on_failure(key = "drop_row", index(users_mail) = "drop_row", index("users_type_name_tags") = "drop_row"))]
#[quanta(index("home.city"), unique(r#type, full, "tags[]"), index(name = "named", fields(full desc, age)))]
#[quanta(index(age desc, "home.city" desc))]
struct User {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    mail: Option<String>,
    #[quanta(name = "name", index = "by_name")]
    full: String,
    #[quanta(index)]
    age: u8,
    r#type: u8,
    home: Option<Address>,
    tags: Vec<String>,
}

fn main() {
    let declared = User::declaration().declared.as_ref().expect("the indexes are sound");
    let shown: Vec<String> = declared
        .schema
        .indexes
        .iter()
        .map(|index| format!("{} {} {}", index.name, index.fields_text(), index.unique))
        .collect();
    assert_eq!(
        shown,
        [
            "users_age age false",
            "users_age_desc_home_city_desc age desc, home.city desc false",
            "users_home_city home.city false",
            "users_mail mail true",
            "by_name name false",
            "named name desc, age false",
            "users_type_name_tags type, name, tags[] true",
        ]
    );
}
