//! Guards B10: what becomes of rows that share the value of a new unique index is said by the entity.

use quantadb::{ErrorKind, QuantaEntity};

use crate::support::{Small, all};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false)]
struct Free {
    #[quanta(id)]
    id: u64,
    mail: String,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "people", register = false, on_failure(index(people_mail) = "drop_row"))]
struct Owned {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    mail: String,
}

#[derive(QuantaEntity)]
#[quanta(table = "people", register = false, on_failure(index(mail) = "drop_row"))]
struct Misnamed {
    #[quanta(id)]
    id: u64,
    #[quanta(unique)]
    mail: String,
}

#[test]
fn b10_the_entity_says_that_rows_with_one_value_are_taken_out() {
    let engine = Small::default();
    let db = engine.open::<(Free,)>().unwrap();
    let row = |id: u64, mail: &str| Free {
        id,
        mail: mail.to_owned(),
    };
    let rows = [row(1, "a"), row(2, "b"), row(3, "a")];
    db.collection::<Free>().insert_many(&rows).unwrap();
    drop(db);
    let refused = engine.open::<(Misnamed,)>().unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Declaration);
    assert!(refused.to_string().contains("unique index `mail`"), "{refused}");
    let db = engine.open::<(Owned,)>().unwrap();
    assert_eq!(db.open_report().plan.tables[0].rows_dropped, 1);
    let left: Vec<u64> = all::<Owned>(&db).iter().map(|row| row.id).collect();
    assert_eq!(left, [1, 2]);
    db.rollback(1).unwrap();
    let db = engine.options::<(Free,)>().release_hold().open("memory").unwrap();
    assert_eq!(all::<Free>(&db), rows);
}
