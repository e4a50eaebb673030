//! Hints beside other changes, along several versions, and cut off.

use super::*;

/// A row that is born below both edges gets its value back on the way up, as it would have one by one.
#[test]
fn d16_rows_born_below_go_up_like_the_others() {
    let engine = lost(Swept::None);
    open::<Hinted>(&engine).rollback(2).unwrap();
    let db = open::<Nicked>(&engine);
    put(&db, [nicked(8, "Gil")]);
    drop(db);
    let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
    assert_eq!(all::<Hinted>(&db)[6], hinted(8, "Gil"));
    sweep_and_check(&db, &engine);
}

/// Other changes lie between the loss and the hint: the first value is told all the same.
#[test]
fn d16_the_first_value_is_followed_through_later_changes() {
    generation! { Later { #[quanta(renamed_from("age", "nick"))] years: String } }
    generation! { LaterHinted { #[quanta(renamed_from = "nick")] years: String } }
    generation! { Between { #[quanta(renamed_from = "age")] years: String } }
    let engine = Small::default();
    put(
        &open::<Nicked>(&engine),
        [nicked(1, "7"), nicked(2, "x"), nicked(3, "y")],
    );
    let db = open::<Numbered>(&engine);
    put(&db, [Numbered { id: 3, age: 3 }]);
    drop(db);
    let with_rename = engine.duplicate();
    open::<Between>(&engine);
    let db = open::<LaterHinted>(&engine);
    let years: Vec<String> = all::<LaterHinted>(&db).into_iter().map(|row| row.years).collect();
    assert_eq!(years, ["7", "x", "3"]);
    sweep_and_check(&db, &engine);
    // A name that is there is a rename, and the only thing that the hint says.
    let db = open::<Later>(&with_rename);
    let years: Vec<String> = all::<Later>(&db).into_iter().map(|row| row.years).collect();
    assert_eq!(years, ["18", "18", "3"]);
}

/// Keys change in between, and rows of three versions lie in the store when the hint comes.
#[test]
fn d16_rows_that_moved_and_rows_of_many_versions_get_theirs() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    struct ByMail {
        #[quanta(id)]
        mail: String,
        id: u32,
        name: String,
    }
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "users", register = false)]
    struct ByMailHinted {
        #[quanta(id)]
        mail: String,
        id: u32,
        #[quanta(renamed_from = "nick")]
        name: String,
        #[quanta(new)]
        note: u8,
    }
    generation! { Mailed { mail: String, nick: String } }
    generation! { MailedNamed { mail: String, #[quanta(new)] name: String } }
    generation! { MailedNoted { mail: String, #[quanta(renamed_from = "nick")] name: String, #[quanta(new)] note: u8 } }
    let engine = Small::default();
    let rows = |id: u32| Mailed {
        id,
        mail: format!("m{}", 9 - id),
        nick: format!("nick {id}"),
    };
    put(&open::<Mailed>(&engine), (1..5).map(rows));
    let db = open::<MailedNamed>(&engine);
    put(
        &db,
        [MailedNamed {
            id: 2,
            mail: "m7".to_owned(),
            name: "own".to_owned(),
        }],
    );
    drop(db);
    let unmoved = engine.duplicate();
    open::<ByMail>(&engine);
    let db = open::<ByMailHinted>(&engine);
    let names: Vec<(String, String)> = all::<ByMailHinted>(&db)
        .into_iter()
        .map(|row| (row.mail, row.name))
        .collect();
    let expected = [
        ("m5", "nick 4"),
        ("m6", "nick 3"),
        ("m7", "own"),
        ("m8", "nick 1"),
    ];
    assert_eq!(
        names,
        expected.map(|(mail, name)| (mail.to_owned(), name.to_owned()))
    );
    sweep_and_check(&db, &engine);
    db.rollback(3).unwrap();
    let db = open::<Mailed>(&engine);
    assert_eq!(all::<Mailed>(&db), (1..5).map(rows).collect::<Vec<_>>());
    sweep_and_check(&db, &engine);

    let db = open::<MailedNoted>(&unmoved);
    let names: Vec<String> = all::<MailedNoted>(&db).into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["nick 1", "own", "nick 3", "nick 4"]);
    sweep_and_check(&db, &unmoved);
}

/// L1: cut off after any write, the store holds the old state or the new one, and the next open ends at the new one.
#[test]
fn l1_a_crash_while_values_go_back_loses_nothing() {
    for swept in [Swept::None, Swept::All] {
        let start = lost(swept);
        let mut cut = 0;
        loop {
            let survivor = start.duplicate();
            let faulty = Faulty::new(Arc::new(survivor.clone()));
            faulty.inject(Fault::CutOff { writes: cut });
            let opened = custom(Arc::new(faulty)).entities::<(Hinted,)>().open("");
            let is_done = opened.is_ok();
            drop(opened);
            let old = survivor.duplicate();
            let db = open::<Named>(&old);
            let names: Vec<String> = all::<Named>(&db).into_iter().map(|row| row.name).collect();
            let is_new = names == RESTORED.map(|(_, name)| name);
            assert!(
                is_new || names == ["", "own", "", "", "", ""],
                "cut {cut}: {names:?}"
            );
            check_records(
                old.0.snapshot().unwrap().as_ref(),
                &Places::of(&db),
                Work::MayBeLeft,
            );
            let db = open::<Hinted>(&survivor);
            assert_eq!(
                all::<Hinted>(&db),
                RESTORED.map(|(id, name)| hinted(id, name)),
                "cut {cut}"
            );
            let text = db.open_report().to_string();
            assert!(
                is_new || text.contains("restored: 3 rows") && text.contains("1 keep"),
                "cut {cut}: {text}"
            );
            sweep_and_check(&db, &survivor);
            db.rollback(1).unwrap();
            let names: Vec<String> = all::<Named>(&open::<Named>(&survivor))
                .into_iter()
                .map(|row| row.name)
                .collect();
            assert_eq!(names, ["", "own", "", "", "", ""], "cut {cut}");
            if is_done {
                break;
            }
            cut += 1;
        }
        assert!(cut > 4, "only {cut} writes: the batches are no longer small");
    }
}

/// A change of another field brings the hint with it.
#[test]
fn d16_the_hint_may_come_with_another_change() {
    generation! { Both { #[quanta(renamed_from = "nick")] name: String, #[quanta(new)] note: u8 } }
    let engine = lost(Swept::None);
    let db = open::<Both>(&engine);
    let names: Vec<String> = all::<Both>(&db).into_iter().map(|row| row.name).collect();
    assert_eq!(names, RESTORED.map(|(_, name)| name));
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    let names: Vec<String> = all::<Named>(&open::<Named>(&engine))
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["", "own", "", "", "", ""]);
    // Without the hint, nothing is ever given back.
    let engine = lost(Swept::None);
    let names: Vec<String> = all::<Moved>(&open::<Moved>(&engine))
        .into_iter()
        .map(|row| row.name)
        .collect();
    assert_eq!(names, ["", "own", "", "", "", ""]);
}

/// An open that only went to a version that the store had took the hint for seen, and no later one looked at it.
#[test]
fn d16_a_hint_that_comes_with_recorded_edges_is_followed_by_the_next_open() {
    for swept in [Swept::None, Swept::All] {
        let engine = lost(swept);
        open::<Named>(&engine).rollback(1).unwrap();
        let released = || engine.options::<(Hinted,)>().release_hold();
        let db = released().open("").unwrap();
        assert_eq!(
            db.open_report().plan.notes,
            [
                "users.name: `renamed_from = \"nick\"` is left for the next open, which gives the kept values back: this one \
                 goes to a version that the store had"
            ]
        );
        verify(&db);
        drop(db);
        let db = open::<Hinted>(&engine);
        assert_eq!(db.open_report().plan.notes, [""; 0]);
        assert_eq!(
            all::<Hinted>(&db),
            RESTORED.map(|(id, name)| hinted(id, name)),
            "{swept:?}"
        );
        put(&db, [hinted(3, "")]);
        drop(db);
        let db = open::<Hinted>(&engine);
        assert!(db.open_report().plan.tables.is_empty());
        assert_eq!(all::<Hinted>(&db)[2], hinted(3, ""));
    }
}

/// The same on the way down: the older program's hint is about a field that went below it.
#[test]
fn d16_a_late_hint_of_an_older_program_is_followed_by_the_next_open() {
    let engine = lost(Swept::None);
    drop(open::<Moved>(&engine));
    let older = || {
        engine
            .options::<(Hinted,)>()
            .on_older(quantadb::OnOlder::RollBack)
    };
    let db = older().open("").unwrap();
    assert_eq!(db.open_report().plan.notes.len(), 1);
    drop(db);
    let db = older().open("").unwrap();
    assert_eq!(all::<Hinted>(&db), RESTORED.map(|(id, name)| hinted(id, name)));
}
