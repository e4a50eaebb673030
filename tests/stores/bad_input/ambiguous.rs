//! Changes that may be meant in two ways, or that nothing is said of.

use super::*;

#[test]
fn d17_a_rename_that_nobody_declared_is_refused() {
    generation! { Old { #[quanta(id)] id: u8, phone: String } }
    generation! { New { #[quanta(id)] id: u8, telephone: String } }
    let old = [Old {
        id: 1,
        phone: "1".to_owned(),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.telephone",
            "`phone`",
            "% similar",
            "#[quanta(renamed_from = \"phone\")]",
            "#[quanta(new)]",
        ],
    );
    // Both ways out that were printed work.
    generation! { Renamed { #[quanta(id)] id: u8, #[quanta(renamed_from = "phone")] telephone: String } }
    let engine = filled(&old);
    let db = engine.open::<(Renamed,)>().unwrap();
    assert_eq!(
        db.collection::<Renamed>().get(&1).unwrap(),
        Some(Renamed {
            id: 1,
            telephone: "1".to_owned()
        })
    );
    generation! { Fresh { #[quanta(id)] id: u8, #[quanta(new)] telephone: String } }
    let engine = filled(&old);
    let db = engine.open::<(Fresh,)>().unwrap();
    assert_eq!(
        db.collection::<Fresh>().get(&1).unwrap(),
        Some(Fresh {
            id: 1,
            telephone: String::new()
        })
    );
}

#[test]
fn d17_in_an_embedded_type() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    struct Home {
        town: String,
    }
    mod new {
        #[derive(quantadb::QuantaType, Debug, Clone, PartialEq)]
        pub struct Home {
            pub city: String,
        }
    }
    generation! { Old { #[quanta(id)] id: u8, home: Option<Home> } }
    generation! { New { #[quanta(id)] id: u8, home: Option<new::Home> } }
    let old = [Old {
        id: 1,
        home: Some(Home { town: "A".to_owned() }),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "rows.home.city",
            "`town`",
            "#[quanta(renamed_from = \"town\")]",
            "#[quanta(new)]",
        ],
    );
}

#[test]
fn d17_a_table_that_may_be_renamed() {
    generation! { Old "users" { #[quanta(id)] id: u8, name: String, mail: String } }
    generation! { New "people" { #[quanta(id)] id: u8, name: String, phone: String } }
    let old = [Old {
        id: 1,
        name: "a".to_owned(),
        mail: "b".to_owned(),
    }];
    check_refused::<Old, New>(
        &old,
        ErrorKind::Refused,
        &[
            "people",
            "users has no entity any more",
            "#[quanta(renamed_from = \"users\")]",
            "#[quanta(new)]",
        ],
    );
}

#[test]
fn b11_a_new_required_field_without_a_default() {
    #[derive(QuantaType, Debug, Clone, PartialEq)]
    enum Kind {
        Cat,
    }
    generation! { Old { #[quanta(id)] id: u8 } }
    generation! { New { #[quanta(id)] id: u8, kind: Kind, at: std::time::SystemTime } }
    let _ = Kind::Cat;
    check_refused::<Old, New>(
        &[Old { id: 1 }],
        ErrorKind::Refused,
        &[
            "rows.kind: the new field `kind` of type enum",
            "rows.at: ",
            "#[quanta(default = ..)] at `kind`",
            "kind: Option<..>",
        ],
    );
}

#[test]
fn e14_types_that_do_not_convert() {
    generation! { Old { #[quanta(id)] id: u8, a: IpAddr } }
    generation! { New { #[quanta(id)] id: u8, a: bool } }
    let a = "127.0.0.1".parse().unwrap();
    check_refused::<Old, New>(
        &[Old { id: 1, a }],
        ErrorKind::Refused,
        &[
            "rows.a: there is no conversion from ip to bool",
            "fix: #[quanta(convert_with = path::to::function)] at `a`",
            "init_with",
        ],
    );
}
