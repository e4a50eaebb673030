//! What happens to rows when the row they refer to goes.

use super::*;

/// Declares a user whose reference says what happens on deletion, and may be looked up by an index.
macro_rules! user {
    ($name:ident, $on_delete:literal, $type:ty $(, $index:meta)*) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(register = false, lock = "off", table = "users")]
        $(#[$index])*
        struct $name {
            #[quanta(id)]
            id: u64,
            name: String,
            #[quanta(on_delete = $on_delete)]
            team: $type,
        }

        impl From<(u64, u64)> for $name {
            fn from((id, team): (u64, u64)) -> Self {
                Self {
                    id,
                    name: format!("user {id}"),
                    team: Ref::new(team).into(),
                }
            }
        }
    };
}

user!(Restricted, "restrict", Ref<Team>);
user!(
    RestrictedIndexed,
    "restrict",
    Ref<Team>,
    quanta(index(team, name))
);
user!(
    RestrictedOption,
    "restrict",
    Option<Ref<Team>>,
    quanta(index(team))
);
user!(Cascading, "cascade", Ref<Team>);
user!(CascadingIndexed, "cascade", Ref<Team>, quanta(unique(team, name)));
user!(CascadingOption, "cascade", Option<Ref<Team>>, quanta(index(team)));
user!(Nulling, "set_null", Option<Ref<Team>>);
user!(
    NullingIndexed,
    "set_null",
    Option<Ref<Team>>,
    quanta(index(team, name))
);

/// A store with teams 1 to 3, users 1 and 2 of team 1, and user 3 of team 2.
fn store<U: QuantaEntity<Key = u64> + From<(u64, u64)>>() -> Database {
    let db = Small::default().open::<(Team, U)>().unwrap();
    db.write(|tx| {
        // Those who refer come first: only the end counts.
        for (id, team) in [(1, 1), (2, 1), (3, 2)] {
            tx.collection::<U>().insert(&U::from((id, team)))?;
        }
        for id in 1..=3 {
            tx.collection::<Team>().insert(&team(id))?;
        }
        Ok(())
    })
    .unwrap();
    db
}

fn restricts<U: QuantaEntity<Key = u64> + From<(u64, u64)> + std::fmt::Debug>() {
    let db = store::<U>();
    let expected = "row 1 of table teams can't be deleted or get another key: row 1 of table users refers to it by \
                    `team`; change or delete that row in the same transaction";
    refused(&db, ErrorKind::Restricted, expected, |tx| {
        assert!(tx.collection::<Team>().delete(&1)?);
        tx.collection::<U>().put(&U::from((9, 3)))
    });
    // One of both is not enough.
    let expected = expected.replace("row 1 of table users", "row 2 of table users");
    refused(&db, ErrorKind::Restricted, &expected, |tx| {
        tx.collection::<Team>().delete(&1)?;
        tx.collection::<U>().delete(&1).map(drop)
    });
    db.write(|tx| {
        tx.collection::<Team>().delete(&1)?;
        tx.collection::<U>().delete(&1)?;
        tx.collection::<U>().put(&U::from((2, 3)))
    })
    .unwrap();
    db.collection::<U>().delete(&2).unwrap();
    // What nobody refers to goes, and so does what comes back.
    assert!(db.collection::<Team>().delete(&3).unwrap());
    db.write(|tx| {
        tx.collection::<Team>().delete(&2)?;
        tx.collection::<Team>().put(&team(2))
    })
    .unwrap();
    assert_eq!(all::<Team>(&db), [team(2)]);
    assert_eq!(rows::<U>(&db), [format!("{:?}", U::from((3, 2)))]);
    verify(&db);
}

#[test]
fn g2_restrict() {
    restricts::<Restricted>();
    restricts::<RestrictedIndexed>();
    restricts::<RestrictedOption>();
}

fn cascades<U: QuantaEntity<Key = u64> + From<(u64, u64)> + std::fmt::Debug>() {
    let db = store::<U>();
    db.collection::<Team>().delete(&1).unwrap();
    assert_eq!(rows::<U>(&db), [format!("{:?}", U::from((3, 2)))]);
    db.write(|tx| {
        // A row that is written in the transaction goes too.
        tx.collection::<U>().put(&U::from((3, 3)))?;
        tx.collection::<U>().put(&U::from((4, 2)))?;
        tx.collection::<Team>().delete(&2).map(drop)
    })
    .unwrap();
    assert_eq!(rows::<U>(&db), [format!("{:?}", U::from((3, 3)))]);
    verify(&db);
}

#[test]
fn g2_cascade() {
    cascades::<Cascading>();
    cascades::<CascadingIndexed>();
    cascades::<CascadingOption>();
}

fn nulls<U: QuantaEntity<Key = u64> + From<(u64, u64)> + std::fmt::Debug>() {
    let db = store::<U>();
    db.collection::<Team>().delete(&1).unwrap();
    let shown = |id: u64, team: &str| {
        let row = format!("{:?}", U::from((id, 7)));
        row.replace("Some(Ref(teams 7))", team)
    };
    let expected = [shown(1, "None"), shown(2, "None"), shown(3, "Some(Ref(teams 2))")];
    assert_eq!(rows::<U>(&db), expected);
    verify(&db);
}

#[test]
fn g2_set_null() {
    nulls::<Nulling>();
    nulls::<NullingIndexed>();
}

#[test]
fn g2_rows_that_refer_to_nothing_are_refused() {
    let db = store::<Cascading>();
    let expected = "row 9 of table users can't be written: it refers by `team` to row 8 of table teams, which isn't \
                    there; write that one in the same transaction, or before";
    refused(&db, ErrorKind::Dangling, expected, |tx| {
        tx.collection::<Cascading>().insert(&(9, 8).into())
    });
    refused(
        &db,
        ErrorKind::Dangling,
        &expected.replace("row 9", "row 3"),
        |tx| {
            let change = |user: &mut Cascading| user.team = Ref::new(8);
            tx.collection::<Cascading>().update(&3, change).map(drop)
        },
    );
    refused(&db, ErrorKind::Dangling, expected, |tx| {
        let table = tx.table("users")?;
        let row = json!({"id": 9, "name": "", "team": 8});
        table.insert(&db.table("users")?.from_json(&row)?)
    });
    let nobody = NullingIndexed {
        team: None,
        ..(1, 1).into()
    };
    let db = store::<NullingIndexed>();
    db.collection::<NullingIndexed>().put(&nobody).unwrap();
    assert_eq!(db.collection::<NullingIndexed>().get(&1).unwrap(), Some(nobody));
}

/// Another key of a row is none that those who refer to it know.
#[test]
fn g2_a_row_that_is_referred_to_keeps_its_key() {
    let db = store::<Cascading>();
    let expected = "row 2 of table teams can't be deleted or get another key: row 3 of table users refers to it by \
                    `team`; change or delete that row in the same transaction";
    refused(&db, ErrorKind::Restricted, expected, |tx| {
        tx.collection::<Team>().update(&2, |team| team.id = 20).map(drop)
    });
    db.write(|tx| {
        tx.collection::<Team>().update(&2, |team| team.id = 20)?;
        let change = |user: &mut Cascading| user.team = Ref::new(20);
        tx.collection::<Cascading>().update(&3, change).map(drop)
    })
    .unwrap();
    // There and back again.
    db.write(|tx| {
        tx.collection::<Team>().update(&20, |team| team.id = 21)?;
        tx.collection::<Team>().update(&21, |team| team.id = 20).map(drop)
    })
    .unwrap();
    db.collection::<Team>().update(&3, |team| team.id = 30).unwrap();
    verify(&db);
}

/// A table that the program has no entity for is held to its references all the same.
#[test]
fn g2_tables_without_an_entity_are_held_too() {
    let engine = Small::default();
    let db = engine.open::<(Team, Nulling)>().unwrap();
    db.collection::<Team>().insert(&team(1)).unwrap();
    db.collection::<Nulling>().insert(&(1, 1).into()).unwrap();
    drop(db);
    let db = engine.open::<(Team,)>().unwrap();
    db.collection::<Team>().delete(&1).unwrap();
    drop(db);
    let db = engine.open::<(Nulling,)>().unwrap();
    assert_eq!(db.collection::<Nulling>().get(&1).unwrap().unwrap().team, None);
    let error = db.collection::<Nulling>().put(&(1, 1).into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Dangling);
    verify(&db);
}

/// Rows that were not rewritten since a change are found, cleared and deleted like others.
#[test]
fn g2_rows_of_earlier_versions() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users")]
    struct Later {
        #[quanta(id)]
        id: u64,
        #[quanta(new)]
        age: u8,
        #[quanta(on_delete = "set_null", renamed_from = "team")]
        group: Option<Ref<Team>>,
    }
    let engine = Small::default();
    let db = engine.open::<(Team, Nulling)>().unwrap();
    for id in 1..=3 {
        db.collection::<Team>().insert(&team(id)).unwrap();
        db.collection::<Nulling>().insert(&(id, id).into()).unwrap();
    }
    drop(db);
    let db = engine.open::<(Team, Later)>().unwrap();
    db.collection::<Team>().delete(&2).unwrap();
    let row = |id, group: Option<u64>| Later {
        id,
        age: 0,
        group: group.map(Ref::new),
    };
    assert_eq!(
        all::<Later>(&db),
        [row(1, Some(1)), row(2, None), row(3, Some(3))]
    );
    verify(&db);
    db.rollback(1).unwrap();
    let db = engine.open::<(Team, Nulling)>();
    let db = db.unwrap_or_else(|_| {
        engine
            .options::<(Team, Nulling)>()
            .release_hold()
            .open("")
            .unwrap()
    });
    let names: Vec<String> = all::<Nulling>(&db).into_iter().map(|user| user.name).collect();
    assert_eq!(
        names,
        ["user 1", "user 2", "user 3"],
        "what was dropped comes back, also of cleared rows"
    );
    verify(&db);
}

#[test]
fn verify_finds_dangling_rows() {
    let engine = Small::default();
    drop(engine.open::<(Team, Nulling)>().unwrap());
    let db = engine.open::<(Team, Nulling)>().unwrap();
    db.collection::<Team>().insert(&team(1)).unwrap();
    db.collection::<Nulling>().insert(&(1, 1).into()).unwrap();
    verify(&db);
    // The one row of teams, whose space is the first that was given out.
    let mut batch = quanta_storage::Batch::new();
    let snapshot = quanta_storage::Engine::snapshot(&engine).unwrap();
    let space = db.head().tables[&1].state.space;
    let range = quanta_storage::KeyRange::prefix(&[&[6_u8][..], &space.to_be_bytes()].concat());
    crate::support::each(snapshot.as_ref(), &range, |key, _| {
        batch.delete(key);
    });
    let done = quanta_storage::Engine::commit(&engine, &batch, quanta_storage::Durability::Sync).unwrap();
    assert_eq!(done, quanta_storage::Commit::Done);
    let report = db.verify().unwrap();
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|found| (found.code, found.problem.as_str()))
        .collect();
    let problem = "`team` refers to row 1 of table teams, which isn't there";
    assert_eq!(found, [(FindingCode::Dangling, problem)]);
}

/// Indexes that begin with the reference, and lack rows.
mod lacking {
    use super::*;

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users", unique(team, nick))]
    struct Nicked {
        #[quanta(id)]
        id: u64,
        #[quanta(on_delete = "cascade")]
        team: Ref<Team>,
        nick: Option<String>,
    }

    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(register = false, lock = "off", table = "users", index(team, "tags[]"))]
    struct Tagged {
        #[quanta(id)]
        id: u64,
        #[quanta(on_delete = "cascade")]
        team: Ref<Team>,
        tags: Vec<String>,
    }

    #[track_caller]
    fn check<E: QuantaEntity>(rows: &[E])
    where
        (Team, E): quantadb::Entities,
    {
        let engine = Small::default();
        let db = engine.open::<(Team, E)>().unwrap();
        db.collection::<Team>()
            .insert(&Team {
                id: 1,
                name: "red".to_owned(),
            })
            .unwrap();
        db.collection::<E>().insert_many(rows).unwrap();
        assert!(db.collection::<Team>().delete(&1).unwrap());
        assert!(db.collection::<E>().is_empty().unwrap());
        assert!(db.verify().unwrap().is_sound());
    }

    #[test]
    fn g2_rows_that_an_index_lacks_are_found_all_the_same() {
        let nicked = |id: u64, nick: Option<&str>| Nicked {
            id,
            team: Ref::new(1),
            nick: nick.map(str::to_owned),
        };
        check(&[nicked(1, None), nicked(2, Some("a")), nicked(3, None)]);
        let tagged = |id: u64, tags: &[&str]| Tagged {
            id,
            team: Ref::new(1),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        check(&[tagged(1, &[]), tagged(2, &["a", "b"]), tagged(3, &[])]);
    }
}
