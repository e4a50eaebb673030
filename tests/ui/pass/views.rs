//! Views in every form: with and without a filter, by paths of both kinds, with raw names, from a macro, registered.

use quantadb::{Filter, QuantaEntity, QuantaType, QuantaView, Ref};

#[derive(QuantaType)]
pub struct Address {
    city: String,
    pair: (u8, (u16, String)),
}

#[derive(QuantaEntity)]
pub struct Team {
    #[quanta(id)]
    id: u64,
    r#type: Option<String>,
    address: Address,
}

#[derive(QuantaEntity)]
pub struct User {
    #[quanta(id)]
    id: u64,
    age: u8,
    home: Option<Address>,
    boss: Option<Ref<User>>,
    team: Ref<Team>,
}

#[derive(QuantaView)]
#[quanta(of = User)]
pub struct Everyone {
    pub id: u64,
    pub(crate) home: Option<Address>,
    boss: Option<Ref<User>>,
}

#[derive(QuantaView)]
#[quanta(of = User, name = "grown_up", filter = |user| user.age.ge(18))]
struct Adult {
    #[quanta(path = id)]
    r#type: u64,
    #[quanta(path = home.city)]
    city: Option<String>,
    #[quanta(path = home.pair.1.0)]
    number: Option<u16>,
    #[quanta(path = team.row().r#type, name = "type_of_team")]
    of_team: Option<String>,
    #[quanta(path = |u| u.boss.row().team.row().address.city)]
    boss_city: Option<String>,
}

fn young(user: &quantadb::query::FieldsOf<User>) -> Filter<User> {
    user.age.lt(18)
}

#[derive(QuantaView)]
#[quanta(of = self::User, register = false, filter = self::young)]
struct Young {
    id: u64,
}

macro_rules! view {
    ($name:ident, $of:path, $field:ident: $type:ty, $path:expr) => {
        #[derive(QuantaView)]
        #[quanta(of = $of, filter = |row| row.$field.is_some(), register = false)]
        struct $name {
            $field: $type,
            #[quanta(path = $path)]
            other: u8,
        }
    };
}

view!(ByMacro, User, id: u64, age);

fn main() {
    let names: Vec<_> = quanta_core::linked_views().iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["everyone", "grown_up"]);
    for view in quanta_core::linked_views() {
        assert!(view.declared.is_ok(), "{view:?}");
    }
    let (young, by_macro) = (Young { id: 7 }, ByMacro { id: 7, other: 8 });
    assert_eq!(young.id + by_macro.id + u64::from(by_macro.other), 22);
    let everyone = Everyone { id: 7, home: None, boss: None };
    assert!(everyone.id == 7 && everyone.home.is_none() && everyone.boss.is_none());
    let adult = Adult { r#type: 1, city: None, number: None, of_team: None, boss_city: None };
    assert!(adult.r#type == 1 && adult.city.is_none() && adult.number.is_none());
    assert!(adult.of_team.is_none() && adult.boss_city.is_none());
}
