//! Rows that refer to themselves, and to each other in a circle.

use super::*;

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "folders")]
struct Folder {
    #[quanta(id)]
    id: u64,
    #[quanta(on_delete = "cascade", index)]
    parent: Option<Ref<Folder>>,
    #[quanta(on_delete = "restrict")]
    template: Option<Ref<Folder>>,
}

fn folder(id: u64, parent: Option<u64>) -> Folder {
    Folder {
        id,
        parent: parent.map(Ref::new),
        template: None,
    }
}

fn folders(rows: &[Folder]) -> Database {
    let db = Small::default().open::<(Folder,)>().unwrap();
    db.write(|tx| rows.iter().try_for_each(|row| tx.collection().insert(row)))
        .unwrap();
    db
}

fn ids(db: &Database) -> Vec<u64> {
    all::<Folder>(db).into_iter().map(|folder| folder.id).collect()
}

#[test]
fn g4_a_tree_goes_with_its_root() {
    let db = folders(&[
        folder(1, None),
        folder(2, Some(1)),
        folder(3, Some(2)),
        folder(4, Some(3)),
        folder(5, None),
        folder(6, Some(5)),
    ]);
    db.collection::<Folder>().delete(&1).unwrap();
    assert_eq!(ids(&db), [5, 6]);
    verify(&db);
}

#[test]
fn g4_circles_end() {
    let db = folders(&[
        folder(1, Some(3)),
        folder(2, Some(1)),
        folder(3, Some(2)),
        folder(4, Some(4)),
    ]);
    // A row may refer to itself, and go.
    db.collection::<Folder>().delete(&4).unwrap();
    assert_eq!(ids(&db), [1, 2, 3]);
    db.collection::<Folder>().delete(&2).unwrap();
    assert_eq!(ids(&db), [0_u64; 0]);
    verify(&db);
}

/// What a cascade deletes is held too: a row that stays and may not lose what it refers to refuses all of it.
#[test]
fn g4_a_cascade_stops_at_what_is_restricted() {
    let copy = Folder {
        template: Some(Ref::new(3)),
        ..folder(9, None)
    };
    let db = folders(&[folder(1, None), folder(2, Some(1)), folder(3, Some(2)), copy]);
    let expected = "row 3 of table folders can't be deleted or get another key: row 9 of table folders refers to it by \
                    `template`; change or delete that row in the same transaction";
    refused(&db, ErrorKind::Restricted, expected, |tx| {
        tx.collection::<Folder>().delete(&1).map(drop)
    });
    // Unless it goes as well, at whatever depth.
    db.write(|tx| {
        tx.collection::<Folder>()
            .update(&9, |folder| folder.parent = Some(Ref::new(3)))?;
        tx.collection::<Folder>().delete(&1).map(drop)
    })
    .unwrap();
    assert_eq!(ids(&db), [0_u64; 0]);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "people")]
struct Person {
    #[quanta(id)]
    name: String,
    #[quanta(on_delete = "set_null")]
    leads: Option<Ref<Club>>,
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(register = false, lock = "off", table = "clubs")]
struct Club {
    #[quanta(id)]
    id: u32,
    #[quanta(on_delete = "cascade")]
    founder: Ref<Person>,
}

#[test]
fn g4_two_tables_refer_to_each_other() {
    let db = Small::default().open::<(Club, Person)>().unwrap();
    let person = |name: &str, leads| Person {
        name: name.to_owned(),
        leads,
    };
    db.write(|tx| {
        let club = Club {
            id: 1,
            founder: Ref::new("Ada".to_owned()),
        };
        tx.collection().insert(&person("Ada", Some(Ref::to(&club)?)))?;
        tx.collection().insert(&person("Bob", Some(Ref::to(&club)?)))?;
        tx.collection().insert(&club)
    })
    .unwrap();
    let club = db.collection::<Club>().get(&1).unwrap().unwrap();
    assert_eq!(club.founder.get(&db).unwrap().unwrap().name, "Ada");
    assert_eq!(
        club.founder.get(&db.read().unwrap()).unwrap().unwrap().name,
        "Ada"
    );
    db.write(|tx| {
        assert_eq!(club.founder.get(tx)?.unwrap().leads, Some(Ref::new(1)));
        Ok(())
    })
    .unwrap();
    db.collection::<Person>().delete(&club.founder).unwrap();
    assert_eq!(all::<Club>(&db), []);
    assert_eq!(all::<Person>(&db), [person("Bob", None)]);
    verify(&db);
}
