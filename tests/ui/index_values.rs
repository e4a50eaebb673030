use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(index, unique = "mail", index(), index("9"), unique(name = 3, mail))]
#[quanta(index(nick desc, "nick" desc), index(mail down), index("mail desc"), index(desc))]
#[quanta(index(male), index(mail, "mail"), index(cache), index(name = "a b", fields(mail, 1 + 1)))]
struct User {
    #[quanta(id, index = 7)]
    id: u64,
    #[quanta(index, unique)]
    mail: String,
    #[quanta(unique(mail))]
    name: String,
    #[quanta(index = "")]
    nick: String,
    #[quanta(skip, index)]
    cache: u8,
    #[quanta(serde = "any", index)]
    any: serde_json::Value,
}

#[derive(QuantaType)]
#[quanta(index(city))]
struct Address {
    #[quanta(unique)]
    city: String,
}

fn main() {}
