//! What goes back, where it doesn't, and that it does once.

use super::*;

#[test]
fn d16_kept_values_go_back_where_nobody_gave_another_one() {
    for swept in [Swept::None, Swept::All] {
        let engine = lost(swept);
        let before = engine.digest();
        let plan = engine.options::<(Hinted,)>().plan("").unwrap();
        assert_eq!(engine.digest(), before, "a plan changes nothing");
        let db = open::<Hinted>(&engine);
        for text in [plan.to_string(), db.open_report().to_string()] {
            assert!(
                text.contains(
                    "build  give users.name the kept values of nick, where it still holds what it began with"
                ),
                "{text}"
            );
            assert!(
                text.contains("restored: 3 rows have the kept value of nick in name again, 1 keep the value"),
                "{swept:?}: {text}"
            );
            assert!(!text.contains("note:"), "{text}");
        }
        assert_eq!(
            all::<Hinted>(&db),
            RESTORED.map(|(id, name)| hinted(id, name)),
            "{swept:?}"
        );
        sweep_and_check(&db, &engine);
    }
}

#[test]
fn d15_the_hint_runs_once_and_may_stay() {
    let engine = lost(Swept::None);
    let records = |db: &Database| db.history().unwrap().records.len();
    let db = open::<Hinted>(&engine);
    assert_eq!(records(&db), 3);
    put(&db, [hinted(3, "")]);
    drop(db);
    // With it, without it, and with it again.
    for _ in 0..2 {
        assert_eq!(records(&open::<Hinted>(&engine)), 3);
        assert_eq!(records(&open::<Named>(&engine)), 3);
    }
    let db = open::<Hinted>(&engine);
    assert_eq!(all::<Hinted>(&db)[2], hinted(3, ""), "it is not given back twice");
    assert!(db.open_report().plan.tables.is_empty() && db.open_report().plan.notes.is_empty());
}

#[test]
fn d16_a_rollback_takes_back_what_was_given() {
    for (swept, sweeps_between) in [(Swept::None, false), (Swept::All, false), (Swept::None, true)] {
        let engine = lost(swept);
        let between = |db: &Database| {
            if sweeps_between {
                sweep_and_check(db, &engine);
            }
        };
        let db = open::<Hinted>(&engine);
        put(
            &db,
            [
                hinted(3, "changed"),
                hinted(5, ""),
                hinted(7, ""),
                hinted(6, "six"),
            ],
        );
        db.rollback(1).unwrap();
        let below = [
            (1, ""),
            (2, "own"),
            (3, "changed"),
            (4, ""),
            (5, ""),
            (6, "six"),
            (7, ""),
        ];
        // The shape is the same: the program with the hint would go up again.
        let error = engine.open::<(Hinted,)>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Held, "{error}");
        let db = open::<Named>(&engine);
        assert_eq!(all::<Named>(&db), below.map(|(id, name)| named(id, name)));
        between(&db);
        assert_eq!(all::<Named>(&db), below.map(|(id, name)| named(id, name)));
        drop(db);

        let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
        let above = [
            (1, "Ada"),
            (2, "own"),
            (3, "changed"),
            (4, ""),
            (5, ""),
            (6, "six"),
            (7, ""),
        ];
        assert_eq!(all::<Hinted>(&db), above.map(|(id, name)| hinted(id, name)));
        assert_eq!(
            db.history().unwrap().records.last().unwrap().kind.name(),
            "reapply"
        );
        verify(&db);
        between(&db);
        db.rollback(2).unwrap();

        let db = open::<Nicked>(&engine);
        let nicks = (1..).zip(NICKS).map(|(id, nick)| nicked(id, nick));
        assert_eq!(
            all::<Nicked>(&db),
            nicks.chain([nicked(6, ""), nicked(7, "")]).collect::<Vec<_>>()
        );
        between(&db);
        drop(db);
        let db = engine.options::<(Hinted,)>().release_hold().open("").unwrap();
        assert_eq!(all::<Hinted>(&db), above.map(|(id, name)| hinted(id, name)));
        sweep_and_check(&db, &engine);
    }
}

#[test]
fn d16_values_are_converted_and_those_that_do_not_fit_stay() {
    let nicks = ["7", "many", "-1", "4294967296"];
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(
            &open::<Nicked>(&engine),
            (1..).zip(nicks).map(|(id, nick)| nicked(id, nick)),
        );
        let db = open::<Numbered>(&engine);
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        let wide = engine.duplicate();
        let db = open::<Counted>(&engine);
        let text = db.open_report().to_string();
        assert!(
            text.contains("1 rows have the kept value of nick in age again, 0 keep"),
            "{text}"
        );
        assert!(
            text.contains("3 kept values don't fit and stay where they are"),
            "{text}"
        );
        let ages: Vec<u32> = all::<Counted>(&db).iter().map(|row| row.age).collect();
        assert_eq!(ages, [7, 18, 18, 18]);
        db.rollback(2).unwrap();
        assert_eq!(
            all::<Nicked>(&open::<Nicked>(&engine)),
            (1..)
                .zip(nicks)
                .map(|(id, nick)| nicked(id, nick))
                .collect::<Vec<_>>()
        );

        // The field may change its type with the very change that gives it values.
        let db = open::<Wider>(&wide);
        let ages: Vec<Option<u64>> = all::<Wider>(&db).iter().map(|row| row.age).collect();
        assert_eq!(ages, [Some(7), Some(18), Some(18), Some(4_294_967_296)]);
        sweep_and_check(&db, &wide);
        db.rollback(1).unwrap();
        let db = open::<Numbered>(&wide);
        assert!(all::<Numbered>(&db).iter().all(|row| row.age == 18));
        sweep_and_check(&db, &wide);
    }
}

#[test]
fn d9_a_retired_name_that_comes_back_is_new_and_its_kept_values_are_told() {
    for swept in [Swept::None, Swept::All] {
        let engine = Small::default();
        put(
            &open::<Nicked>(&engine),
            [nicked(1, "Ada"), nicked(2, ""), nicked(3, "Cy")],
        );
        let db = open::<Bare>(&engine);
        put(&db, [Bare { id: 4 }]);
        if swept == Swept::All {
            sweep_and_check(&db, &engine);
        }
        drop(db);
        // The shape is that of the first version: an open that may go back would.
        let forward = || engine.options::<(Again,)>().forward();
        let told = "users.nick is a new field; 2 rows have a kept value of the one that went under this name: \
                    `renamed_from = \"nick\"` at the field gives them back";
        let plan = forward().plan("").unwrap();
        assert!(plan.to_string().contains(told), "{plan}");
        let at_once = engine.duplicate();
        let db = forward().open("").unwrap();
        assert!(
            db.open_report().to_string().contains(told),
            "{}",
            db.open_report()
        );
        assert!(all::<Again>(&db).iter().all(|row| row.nick.is_empty()));
        put(
            &db,
            [Again {
                id: 3,
                nick: "new".to_owned(),
            }],
        );
        drop(db);

        let db = open::<AgainHinted>(&engine);
        let nicks = |db: &Database| {
            all::<AgainHinted>(db)
                .into_iter()
                .map(|row| row.nick)
                .collect::<Vec<_>>()
        };
        assert_eq!(nicks(&db), ["Ada", "", "new", ""]);
        assert!(
            db.open_report().to_string().contains("restored: 1 rows"),
            "{}",
            db.open_report()
        );
        sweep_and_check(&db, &engine);

        let db = at_once.options::<(AgainHinted,)>().forward().open("").unwrap();
        assert_eq!(nicks(&db), ["Ada", "", "Cy", ""]);
        assert!(
            db.open_report().to_string().contains("restored: 2 rows"),
            "{}",
            db.open_report()
        );
        put(
            &db,
            [AgainHinted {
                id: 1,
                nick: String::new(),
            }],
        );
        sweep_and_check(&db, &at_once);
        db.rollback(1).unwrap();
        let db = open::<Bare>(&at_once);
        assert_eq!(all::<Bare>(&db).len(), 4);
        sweep_and_check(&db, &at_once);
        db.rollback(1).unwrap();
        let nicks: Vec<String> = all::<Nicked>(&open::<Nicked>(&at_once))
            .into_iter()
            .map(|row| row.nick)
            .collect();
        assert_eq!(nicks, ["Ada", "", "Cy", ""]);
    }
}
