//! Everything that references and keys which are given out may say.

use quantadb::{AutoEntity, QuantaEntity, QuantaType, Ref};

mod teams {
    #[derive(quantadb::QuantaEntity)]
    pub struct Team {
        #[quanta(id, auto)]
        pub id: u32,
        #[quanta(on_delete = "set_null")]
        pub parent: Option<super::Ref<Team>>,
    }
}

#[derive(QuantaEntity, Clone, Debug, PartialEq)]
struct Seat {
    #[quanta(id = 0)]
    row: u8,
    #[quanta(id = 1)]
    number: u8,
}

#[derive(QuantaType)]
struct Address {
    #[quanta(on_delete = "cascade")]
    owner: Ref<teams::Team>,
    #[quanta(references = teams::Team)]
    tenant: Option<u32>,
}

#[derive(QuantaEntity)]
#[quanta(references(Seat, fields(row, number), on_delete = "cascade"))]
struct User {
    #[quanta(id)]
    id: u64,
    row: u8,
    number: u8,
    address: Option<Address>,
    #[quanta(references = "teams::Team", on_delete = "set_null", index)]
    team: Option<u32>,
    #[quanta(references = Seat)]
    seat: (u8, u8),
}

fn main() {
    let seat = Seat { row: 1, number: 2 };
    let to = Ref::to(&seat).unwrap();
    assert_eq!((to.clone(), *to.key()), (Ref::new((1, 2)), (1, 2)));
    assert_eq!(format!("{to:?}"), "Ref(seat (1, 2))");
    let mut team = teams::Team { id: 0, parent: None };
    team.set_key(7);
    assert_eq!(Ref::to(&team).unwrap().into_key(), 7);
    assert!(User::declaration().references().len() > 4);
}
