//! What changes about indexes and references: which steps there are, and which ids go on.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};

use super::super::{NewSide, OldSide, Target, pair_references, pair_tables};
use super::*;
use crate::schema::{Conversion, Node, OnDelete, Reference, Schema, Shape, SlotHint, TableHints};

/// Makes a schema of fields, and of lines such as `unique by_mail: mail` and `to 7 teams: team -> id`.
fn schema(fields: &str, objects: &[&str]) -> (Schema, Vec<Option<Target>>) {
    let shape: Shape = format!("struct {{ {fields} }}").parse().unwrap();
    let mut schema = Schema::new(shape, vec!["id".to_owned()]).unwrap();
    let mut targets = Vec::new();
    let names = |list: &str| -> Vec<String> { list.split(", ").map(str::to_owned).collect() };
    for object in objects {
        let (words, rest) = object.split_once(": ").unwrap();
        match words.split(' ').collect::<Vec<_>>().as_slice() {
            ["to", id, table] => {
                let (fields, to) = rest.split_once(" -> ").unwrap();
                schema.references.push(Reference {
                    fields: names(fields),
                    table: (*table).to_owned(),
                    to: names(to),
                    on_delete: OnDelete::Restrict,
                });
                let key_positions = (0..).take(names(to).len()).collect();
                let table = id.parse().ok();
                targets.push(table.map(|table| Target { table, key_positions }));
            }
            [kind, name] => schema.indexes.push(IndexDef {
                name: (*name).to_owned(),
                fields: names(rest).iter().map(|field| field.parse().unwrap()).collect(),
                unique: *kind == "unique",
            }),
            _ => panic!("{object}"),
        }
    }
    schema.sort_objects();
    schema.check().unwrap();
    (schema, targets)
}

/// Hints that say which new name was which old one, wherever it stands.
fn hints(schema: &Schema, renamed: &[(&str, &str)]) -> TableHints {
    let mut hints = TableHints::default();
    for (index, node) in (0..).zip(schema.shape.nodes()) {
        let Node::Struct { fields, .. } = node else {
            continue;
        };
        for (position, field) in fields.iter().enumerate() {
            let old = renamed.iter().find(|(_, new)| *new == field.name);
            let hint = SlotHint {
                renamed_from: old.map(|(old, _)| (*old).to_owned()).into_iter().collect(),
                is_new: old.is_none(),
                default: (field.name == "with_default").then(|| vec![0]),
                conversion: (field.name == "by_own_code").then(|| Conversion {
                    name: "own::code".to_owned(),
                    inverse: None,
                    takes: "u8".parse().unwrap(),
                }),
                ..SlotHint::default()
            };
            hints.slots.insert((crate::schema::NodeId(index), position), hint);
        }
    }
    hints
}

#[track_caller]
fn check(old: (&str, &[&str]), new: (&str, &[&str]), renamed: &[(&str, &str)], expected: &Expect) {
    let (old, old_targets) = schema(old.0, old.1);
    let (new, new_targets) = schema(new.0, new.1);
    let old_ids: Vec<u32> = (1..).take(old.indexes.len()).collect();
    let nothing = (BTreeSet::new(), BTreeMap::new());
    let first = |schema: &Schema| -> BTreeMap<_, _> {
        let nodes = (0..).zip(schema.shape.nodes());
        let slots = nodes.flat_map(|(node, kind)| {
            (0..kind.slot_count()).map(move |position| (crate::schema::NodeId(node), position))
        });
        slots.zip(1..).collect()
    };
    let old_slots = first(&old);
    let old_side = OldSide {
        schema: &old,
        slots: &old_slots,
        consumed: &nothing.0,
        write_defaults: &nothing.1,
    };
    let hints = hints(&new, renamed);
    let new_side = NewSide::of(&new, &hints);
    let mut diff = pair_tables("t", old_side, new_side, 100);
    assert_eq!(diff.refusals, []);
    let (slots, converted) = (diff.slots.clone(), diff.converted());
    let before = Side {
        schema: &old,
        slots: &old_slots,
        converted: &[],
    };
    let after = Side {
        schema: &new,
        slots: &slots,
        converted: &converted,
    };
    let (mut steps, numbered) = pair_indexes("t", (before, &old_ids), after, 50);
    steps.extend(pair_references(
        "t",
        (before, &old_targets),
        (after, &new_targets),
    ));
    for step in &steps {
        assert_eq!(step.inverse().inverse(), *step, "the inverse of the inverse");
        assert_eq!(
            (step.inverse().class, step.inverse().class_back),
            (step.class_back, step.class)
        );
    }
    diff.add_objects(steps);
    let mut text = String::new();
    for step in &diff.steps {
        text.push_str(&format!(
            "{} back {}, {}: {step}\n",
            step.class,
            step.class_back,
            step.cost()
        ));
    }
    text.push_str(&format!("ids {old_ids:?} -> {:?}\n", numbered.ids));
    expected.assert_eq(&text);
}

const USER: &str = "id: u64, mail: option<string>, team: u32";

#[test]
fn a1_equal_indexes_change_nothing() {
    let objects = [
        "unique by_mail: mail",
        "index by_team: team",
        "to 7 teams: team -> id",
    ];
    check(
        (USER, &objects),
        (USER, &objects),
        &[],
        &expect![[r#"
        ids [1, 2] -> [1, 2]
    "#]],
    );
}

#[test]
fn b9_index() {
    check(
        (USER, &[]),
        (USER, &["index by_team: team, id"]),
        &[],
        &expect![[r#"
            exact back exact, build: build index t.by_team (team, id)
            ids [] -> [50]
        "#]],
    );
}

#[test]
fn b10_unique_index() {
    check(
        (USER, &[]),
        (USER, &["unique by_mail: mail"]),
        &[],
        &expect![[r#"
        checked back exact, build: build unique index t.by_mail (mail)
        ids [] -> [50]
    "#]],
    );
    check(
        (USER, &["index by_mail: mail"]),
        (USER, &["unique by_mail: mail"]),
        &[],
        &expect![[r#"
            checked back exact, build: build unique index t.by_mail (mail) anew: it was index t.by_mail (mail)
            ids [1] -> [50]
        "#]],
    );
    check(
        (USER, &["unique by_mail: mail"]),
        (USER, &["index by_mail: mail"]),
        &[],
        &expect![[r#"
            exact back checked, build: build index t.by_mail (mail) anew: it was unique index t.by_mail (mail)
            ids [1] -> [50]
        "#]],
    );
}

#[test]
fn b10_an_added_field_that_is_unique() {
    let wider = "id: u64, mail: option<string>, team: u32, with_default: u8";
    check(
        (USER, &[]),
        (wider, &["unique by_it: with_default"]),
        &[],
        &expect![[r#"
            exact back lossy, lazy: add t.with_default: u8, the same value in every old row
            checked back exact, build: build unique index t.by_it (with_default)
            ids [] -> [50]
        "#]],
    );
}

#[test]
fn c2_dropping_an_indexed_field() {
    let without = "id: u64, mail: option<string>";
    check(
        (USER, &["index by_team: team"]),
        (without, &[]),
        &[],
        &expect![[r#"
            exact back exact, record: drop index t.by_team (team)
            lossy back exact, lazy: drop t.team: u32; its values are kept
            ids [1] -> []
        "#]],
    );
    check(
        (USER, &["index by_both: team, mail"]),
        (without, &["index by_both: mail"]),
        &[],
        &expect![[r#"
            lossy back exact, lazy: drop t.team: u32; its values are kept
            exact back exact, build: build index t.by_both (mail) anew: it was index t.by_both (team, mail)
            ids [1] -> [50]
        "#]],
    );
    let schema = Schema::new(
        format!("struct {{ {without} }}").parse().unwrap(),
        vec!["id".to_owned()],
    );
    let mut schema = schema.unwrap();
    schema.indexes.push(IndexDef {
        name: "by_team".to_owned(),
        fields: vec![crate::schema::IndexField::ascending("team")],
        unique: false,
    });
    expect!["the index by_team: `team` is missing"].assert_eq(&schema.check().unwrap_err());
}

#[test]
fn d6_indexes_follow_renamed_fields() {
    check(
        (USER, &["unique by_mail: mail", "index by_team: team, mail"]),
        (
            "id: u64, email: option<string>, squad: u32",
            &["unique by_mail: email", "index by_team: squad, email"],
        ),
        &[("mail", "email"), ("team", "squad")],
        &expect![[r#"
            exact back exact, lazy: rename t.email from mail
            exact back exact, lazy: rename t.squad from team
            ids [1, 2] -> [1, 2]
        "#]],
    );
    // Two fields that swap their names: each index goes with its field.
    check(
        ("id: u64, a: u8, b: u8", &["index x: a", "unique y: b"]),
        ("id: u64, a: u8, b: u8", &["index x: b", "unique y: a"]),
        &[("a", "b"), ("b", "a")],
        &expect![[r#"
            exact back exact, lazy: rename t.a from b
            exact back exact, lazy: rename t.b from a
            ids [1, 2] -> [2, 1]
        "#]],
    );
    let nested = (
        "id: u64, home: option<struct Home { town: string }>",
        ["index by_town: home.town"],
    );
    check(
        (nested.0, &nested.1),
        (
            "id: u64, address: option<struct Place { city: string }>",
            &["index towns: address.city"],
        ),
        &[("home", "address"), ("town", "city")],
        &expect![[r#"
            exact back exact, lazy: rename t.address from home
            exact back exact, lazy: rename t.address.city from town
            ids [1] -> [1]
        "#]],
    );
}

#[test]
fn d9_a_reused_name_is_another_field() {
    check(
        ("id: u64, a: u8, b: u8", &["index by_a: a"]),
        ("id: u64, a: u8, c: u8", &["index by_a: a"]),
        &[("b", "a")],
        &expect![[r#"
            exact back exact, lazy: rename t.a from b
            lossy back exact, lazy: drop t.a: u8; its values are kept
            exact back lossy, lazy: add t.c: u8, the same value in every old row
            exact back exact, build: build index t.by_a (a) anew: its entries change
            ids [1] -> [50]
        "#]],
    );
}

#[test]
fn e1_indexes_over_converted_fields() {
    // All integers have one key form.
    check(
        ("id: u64, a: u8", &["unique by_a: a"]),
        ("id: u64, a: u32", &["unique by_a: a"]),
        &[],
        &expect![[r#"
            exact back checked, lazy: change t.a from u8 to u32
            ids [1] -> [1]
        "#]],
    );
    check(
        ("id: u64, a: u32", &["unique by_a: a"]),
        ("id: u64, a: u8", &["unique by_a: a"]),
        &[],
        &expect![[r#"
            checked back exact, scan: change t.a from u32 to u8
            checked back checked, build: build unique index t.by_a (a) anew: its entries change
            ids [1] -> [50]
        "#]],
    );
    check(
        (
            "id: u64, a: u8, tags: list<u8>",
            &["index by_a: a", "index by_tag: tags[]"],
        ),
        (
            "id: u64, a: string, tags: set<u8>",
            &["index by_a: a", "index by_tag: tags[]"],
        ),
        &[],
        &expect![[r#"
            exact back checked, lazy: change t.a from u8 to string
            lossy back exact, lazy: change t.tags from list<u8> to set<u8>
            exact back exact, build: build index t.by_a (a) anew: its entries change
            exact back exact, build: build index t.by_tag (tags[]) anew: its entries change
            ids [1, 2] -> [50, 51]
        "#]],
    );
}

#[test]
fn e13_a_key_that_moves_rows_builds_every_index() {
    check(
        ("id: u64, a: u8", &["index by_a: a"]),
        ("id: string, a: u8", &["index by_a: a"]),
        &[],
        &expect![[r#"
            exact back checked, lazy: change t.id from u64 to string
            checked back checked, build: move the rows of t to other values of (id)
            exact back exact, build: build index t.by_a (a) anew: its entries change
            ids [1] -> [50]
        "#]],
    );
}

#[test]
fn e14_indexes_over_values_that_own_code_converts() {
    check(
        ("id: u64, by_own_code: u8", &["unique a: by_own_code"]),
        ("id: u64, by_own_code: u32", &["unique a: by_own_code"]),
        &[],
        &expect![[r#"
            checked back checked, build: change t.by_own_code from u8 to u32 by own::code
            checked back checked, build: build unique index t.a (by_own_code) anew: its entries change
            ids [1] -> [50]
        "#]],
    );
}

#[test]
fn f1_indexes_that_change() {
    check(
        (USER, &["index a: team", "index b: mail"]),
        (USER, &["index a: team, mail", "index renamed: mail"]),
        &[],
        &expect![[r#"
            exact back exact, build: build index t.a (team, mail) anew: it was index t.a (team)
            ids [1, 2] -> [1, 50]
        "#]],
    );
}

#[test]
fn f1_indexes_that_are_turned_round() {
    check(
        (USER, &["index a: team, mail", "unique b: mail"]),
        (USER, &["index a: team desc, mail", "unique b: mail desc"]),
        &[],
        &expect![[r#"
            checked back checked, build: build unique index t.b (mail desc) anew: it was unique index t.b (mail)
            exact back exact, build: build index t.a (team desc, mail) anew: it was index t.a (team, mail)
            ids [1, 2] -> [50, 51]
        "#]],
    );
    // By what it is about, where its name is made of that: and one that stays is not taken for one that changes.
    check(
        (USER, &["index t_team: team"]),
        (USER, &["index t_team_desc: team desc"]),
        &[],
        &expect![[r#"
            exact back exact, build: build index t.t_team_desc (team desc) anew: it was index t.t_team (team)
            ids [1] -> [50]
        "#]],
    );
    check(
        (USER, &["index down: team desc"]),
        (USER, &["index up: team", "index still: team desc"]),
        &[],
        &expect![[r#"
            exact back exact, build: build index t.up (team)
            ids [1] -> [50, 1]
        "#]],
    );
}

#[test]
fn g1_references() {
    check(
        (USER, &[]),
        (USER, &["to 7 teams: team -> id"]),
        &[],
        &expect![[r#"
            checked back exact, scan: add reference t (team) to teams (id) on delete restrict
            ids [] -> []
        "#]],
    );
    check(
        (USER, &["to 7 teams: team -> id"]),
        (USER, &[]),
        &[],
        &expect![[r#"
            exact back checked, record: drop reference t (team) to teams (id) on delete restrict
            ids [] -> []
        "#]],
    );
    // The table is new and has no id yet.
    check(
        (USER, &["to 7 teams: team -> id"]),
        (USER, &["to ? clubs: team -> id"]),
        &[],
        &expect![[r#"
            checked back checked, scan: change reference t (team) to clubs (id) on delete restrict: it was (team) to teams (id) on delete restrict
            ids [] -> []
        "#]],
    );
}

#[test]
fn g3_names_of_references_are_labels() {
    check(
        (USER, &["to 7 teams: team -> id"]),
        (
            "id: u64, mail: option<string>, squad: u32",
            &["to 7 squads: squad -> number"],
        ),
        &[("team", "squad")],
        &expect![[r#"
            exact back exact, lazy: rename t.squad from team
            exact back exact, record: change reference t (squad) to squads (number) on delete restrict: it was (team) to teams (id) on delete restrict
            ids [] -> []
        "#]],
    );
    check(
        (USER, &["to 7 teams: team -> id"]),
        (
            "id: u64, mail: option<string>, team: option<u32>",
            &["to 7 teams: team -> id"],
        ),
        &[],
        &expect![[r#"
            exact back checked, lazy: change t.team from u32 to option<u32>
            checked back checked, scan: look after reference t (team) to teams (id) on delete restrict: its values change
            ids [] -> []
        "#]],
    );
}
