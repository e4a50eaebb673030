//! Guards what commutes and what doesn't: a base and two versions after it, and what merging them says.

mod edits;

use serde_json::{Value as Json, json};

use super::super::document::HistoryDocument;
use super::{Merge, merge};
use edits::{base, document, edited, edited_as};

fn merged(a: &str, b: &str) -> Merge {
    let (one, two) = (document(&[base(), edited(a)]), document(&[base(), edited(b)]));
    merge(&one, &two, None).unwrap_or_else(|error| panic!("{a} | {b}: {error}"))
}

/// What merges, in both orders.
const COMMUTE: [(&str, &str); 30] = [
    // Own code sees the rows of its own table only.
    ("function users nick shout", "add shops.note string"),
    (
        "drop Shape.Round; becomes Shape Round Dot",
        "rename Shape.Dot Point",
    ),
    ("add users.mail string", "add users.note string"),
    ("add users.mail string", "drop users.nick"),
    ("rename users.nick name", "retype users.age u16"),
    ("rename users.nick name", "rename users.age years"),
    // The name that one side gives up is no longer taken.
    (
        "rename_table users people",
        "rename users.nick name; retype users.age u16",
    ),
    ("rename_table users people", "refer shops owner users id"),
    ("rename_table users people", "index users by_nick nick"),
    ("rename users.nick name", "index users by_nick nick"),
    ("index users by_nick nick", "index users by_age age"),
    // Down is another index than up, and follows its field as well.
    ("index users by_nick nick", "index users down nick-desc"),
    ("rename users.nick name", "index users by_nick nick-desc"),
    // One side leaves a type behind, and the other one uses it anew.
    (
        "drop_table shops; unindex users; drop users.home",
        "add users.work option<Address>",
    ),
    // Of the way to what an index is over, only the last part counts.
    ("index users by_zip home.zip", "rename Address.town city"),
    ("index users by_zip home.zip", "retype Address.town bytes"),
    ("swap users.nick users.last", "add users.mail string"),
    ("add shops.boss option<ref<users>>", "rename users.id number"),
    ("rename Address.town city", "add Address.street string"),
    ("rename Address.town city", "rename users.home house"),
    // A new use of a type takes what the type became.
    (
        "rename Address.town city; retype Address.zip string",
        "table depots",
    ),
    ("add users.work option<Address>", "add Address.street string"),
    ("add users.work Address", "rename Address.town city"),
    ("variant Shape.Line", "variant Shape.Poly"),
    ("variant Shape.Line", "rename Shape.Round Circle"),
    ("rename Shape.Round Circle", "add Shape::Round.depth u8"),
    ("table depots", "table stores"),
    ("key users nick", "add users.mail string"),
    ("drop_table shops", "add users.mail string"),
    (
        "retype users.age u16; on_failure users age default",
        "rename users.nick name",
    ),
];

#[test]
fn what_touches_nothing_in_common_commutes() {
    for (a, b) in COMMUTE {
        for (a, b) in [(a, b), (b, a)] {
            let merge = merged(a, b);
            assert_eq!(merge.conflicts, [], "{a} | {b}");
            let document = merge.merged.unwrap();
            assert_eq!(document.versions.len(), 3, "{a} | {b}");
            let again = HistoryDocument::from_json(&document.to_json()).unwrap();
            assert_eq!(again, document, "{a} | {b}");
        }
    }
}

/// What doesn't merge, and what is told of each side.
const CONFLICT: [(&str, &str, &str, &str); 35] = [
    (
        "add users.mail string; function users mail shout",
        "drop users.last",
        "give users.mail the values of shout",
        "drop users.last: string",
    ),
    (
        "add users.mail string; migration users shout",
        "retype Address.zip string",
        "run the migration shout over users",
        "change Address.zip from u32 to string",
    ),
    (
        "drop users.last",
        "add users.mail string; migration users shout",
        "drop users.last: string",
        "run the migration shout over users",
    ),
    // What is new takes a type as it is by then; but its keys are values of that type.
    (
        "table depots; key depots home",
        "retype Address.zip string",
        "add table depots",
        "change Address.zip from u32 to string",
    ),
    (
        "swap users.nick users.last",
        "retype users.last bytes",
        "rename users.nick from last",
        "change users.last from string to bytes",
    ),
    (
        "table depots",
        "table depots; add depots.note string",
        "add table depots without depots.note: string",
        "add table depots with depots.note: string",
    ),
    (
        "type Tag a; add users.tag Tag",
        "type Tag b; add shops.tag Tag",
        "add type Tag with Tag.a: u8, without Tag.b: u8",
        "add type Tag without Tag.a: u8, with Tag.b: u8",
    ),
    // The second type of one name is the one with the number, and here they change places.
    (
        "type Address_2 a; retype shops.place Address_2",
        "add users.work option<Address>",
        "change shops.place from Address to Address_2",
        "add users.work: option<Address>",
    ),
    (
        "index users one nick",
        "index users two nick",
        "add unique index one (nick) of users",
        "add unique index two (nick) of users",
    ),
    (
        "retype users.id u128",
        "add shops.boss option<ref<users>>",
        "change users.id from u64 to u128",
        "add shops.boss: option<ref<users>>",
    ),
    (
        "refer shops owner users id",
        "retype users.id u128; retype shops.owner u128",
        "add reference (owner) of shops to users, on delete cascade",
        "change users.id from u64 to u128",
    ),
    (
        "add users.work Address",
        "retype Address.zip date",
        "add users.work: Address",
        "change Address.zip from u32 to date",
    ),
    (
        "add users.mail string",
        "add users.mail bytes",
        "add users.mail: string",
        "add users.mail: bytes",
    ),
    (
        "add users.mail string",
        "rename users.nick mail",
        "add users.mail: string",
        "rename users.mail from nick",
    ),
    (
        "rename users.nick name",
        "rename users.nick alias",
        "rename users.name from nick",
        "rename users.alias from nick",
    ),
    (
        "rename users.nick name",
        "rename users.age name; drop users.nick",
        "rename users.name from nick",
        "drop users.nick: string",
    ),
    (
        "retype users.age u16",
        "retype users.age u32",
        "change users.age from u8 to u16",
        "change users.age from u8 to u32",
    ),
    (
        "retype users.age u16",
        "default users.age 8",
        "change users.age from u8 to u16",
        "set the default of users.age to 8",
    ),
    (
        "rename users.age years",
        "retype users.age u16",
        "rename users.years from age",
        "change users.age from u8 to u16",
    ),
    (
        "drop users.age",
        "retype users.age u16",
        "drop users.age: u8",
        "change users.age from u8 to u16",
    ),
    (
        "drop_table shops",
        "add shops.note string",
        "drop table shops",
        "add shops.note: string",
    ),
    (
        "drop_table shops",
        "add Address.street string",
        "drop table shops",
        "add Address.street: string",
    ),
    (
        "drop_table shops",
        "rename_table shops stores",
        "drop table shops",
        "rename table shops to stores",
    ),
    (
        "retype shops.place option<Address>",
        "rename Address.town city",
        "change shops.place from Address to option<Address>",
        "rename Address.city from town",
    ),
    (
        "rename_table users people",
        "table people",
        "rename table users to people",
        "add table people",
    ),
    (
        "retype users.nick bytes",
        "index users by_nick nick",
        "change users.nick from string to bytes",
        "add unique index by_nick (nick) of users",
    ),
    (
        "retype Address.zip string",
        "index users by_zip home.zip",
        "change Address.zip from u32 to string",
        "add unique index by_zip (home.zip) of users",
    ),
    (
        "index users one nick-desc",
        "index users two nick-desc",
        "add unique index one (nick desc) of users",
        "add unique index two (nick desc) of users",
    ),
    (
        "index users one nick",
        "index users one age",
        "add unique index one (nick) of users",
        "add unique index one (age) of users",
    ),
    (
        "key users nick",
        "key users age",
        "change the key of users from (id) to (nick)",
        "change the key of users from (id) to (age)",
    ),
    (
        "key users nick",
        "refer shops owner users id",
        "change the key of users from (id) to (nick)",
        "add reference (owner) of shops to users, on delete cascade",
    ),
    (
        "drop_table users",
        "refer shops owner users id",
        "drop table users",
        "add reference (owner) of shops to users, on delete cascade",
    ),
    (
        "drop Shape.Round",
        "add Shape::Round.depth u8",
        "drop variant Shape::Round: struct",
        "add Shape::Round.depth: u8",
    ),
    (
        "retype users.age i8; on_failure users age default",
        "retype users.age i8",
        "say on_failure at users, age: default",
        "change users.age from u8 to i8",
    ),
    (
        "retype users.age i8; on_failure users age default",
        "retype users.age i8; on_failure users age drop_row",
        "say on_failure at users, age: default",
        "say on_failure at users, age: drop_row",
    ),
];

#[test]
fn what_touches_one_thing_is_a_conflict_with_both_sides_named() {
    for (a, b, says_a, says_b) in CONFLICT {
        let merge = merged(a, b);
        let told = |one: &str, two: &str, merge: &Merge| {
            merge
                .conflicts
                .iter()
                .any(|found| (found.a.as_str(), found.b.as_str()) == (one, two))
        };
        assert!(told(says_a, says_b, &merge), "{a} | {b}: {merge}");
        assert_eq!(merge.merged, None, "{a} | {b}");
        let is_said = |found: &super::Conflict| found.a != found.b && !found.table.is_empty();
        assert!(merge.conflicts.iter().all(is_said), "{a} | {b}: {merge}");
        let turned = merged(b, a);
        assert!(told(says_b, says_a, &turned), "{b} | {a}: {turned}");
    }
}

#[test]
fn what_both_do_alike_is_done_once() {
    for (a, b) in [
        ("add users.mail string; drop users.age", "add users.mail string"),
        (
            "rename users.nick name; drop shops.owner",
            "rename users.nick name; drop users.age",
        ),
        (
            "table depots; add users.mail string",
            "table depots; add users.note string",
        ),
        (
            "rename_table users people; add people.mail string",
            "rename_table users people; drop people.age",
        ),
        (
            "drop_table shops; add users.mail string",
            "drop_table shops; drop users.age",
        ),
        (
            "retype users.age i8; on_failure users age default",
            "retype users.age i8; on_failure users age default; drop users.nick",
        ),
    ] {
        for (a, b) in [(a, b), (b, a)] {
            let merge = merged(a, b);
            assert_eq!(merge.conflicts, [], "{a} | {b}");
            assert!(!merge.shared.is_empty(), "{a} | {b}");
            let document = merge.merged.unwrap();
            assert_eq!(HistoryDocument::from_json(&document.to_json()).unwrap(), document);
        }
    }
}

#[test]
fn what_one_side_changes_again_is_not_done_alike() {
    let mut again = edited("add users.post string");
    again["label"] = "3".into();
    again["hints"] = json!({"renamed_fields": {"users": {"mail": "post"}}});
    let (a, b) = (edited("add users.mail string"), edited("add users.mail string"));
    let one = document(&[base(), a, edited_as("add users.mail string; drop users.age", "3")]);
    let two = document(&[base(), b, again]);
    let merge = merge(&one, &two, Some(&document(&[base()]))).unwrap();
    assert!(!merge.commutes(), "{merge}");
    assert_eq!(merge.shared, []);
}

#[test]
fn what_follows_from_a_conflict_is_not_told_again() {
    let mut again = edited("add users.post string");
    again["label"] = "3".into();
    again["hints"] = json!({"renamed_fields": {"users": {"mail": "post"}}});
    let once = document(&[base(), edited("add users.mail string"), again]);
    for (one, two, expected) in [
        (
            document(&[base(), edited("type Tag a; add users.tag Tag")]),
            document(&[base(), edited("type Tag b; add shops.tag Tag")]),
            vec![("Tag", "")],
        ),
        (
            once,
            document(&[base(), edited("add users.mail string; drop users.age")]),
            vec![("users", "mail")],
        ),
    ] {
        let merge = merge(&one, &two, None).unwrap();
        let places = merge.conflicts.iter();
        let places: Vec<_> = places
            .map(|found| (found.table.as_str(), found.path.as_str()))
            .collect();
        assert_eq!(places, expected, "{merge}");
    }
}

/// What neither side touches twice, and still no version: together, values go too deep.
#[test]
fn what_only_both_together_break_is_a_conflict_of_the_whole() {
    let deep = |ty: &str| format!("{}{ty}{}", "list<".repeat(40), ">".repeat(40));
    let (a, b) = (
        format!("add Address.deep {}", deep("u8")),
        format!("add users.work {}", deep("Address")),
    );
    for (a, b) in [(&a, &b), (&b, &a)] {
        let merge = merged(a, b);
        let [conflict] = &merge.conflicts[..] else {
            panic!("{merge}")
        };
        assert_eq!((conflict.table.as_str(), merge.merged.is_none()), ("", true));
        assert!(
            conflict.fix.contains("the two don't fit together: version 3: "),
            "{merge}"
        );
    }
}

#[test]
fn a_store_that_took_neither_branch_may_ask() {
    for (a, b, expected) in [
        ("drop users.nick", "add users.mail string", 1),
        ("drop users.nick", "add users.mail map<string,u8>", 0),
        ("drop users.nick", "add shops.mail string", 0),
        ("drop Address.zip", "add Address.code u64", 1),
    ] {
        let merge = merged(a, b);
        assert_eq!(merge.notes.len(), expected, "{a} | {b}: {merge}");
    }
}

#[test]
fn the_base_is_what_both_begin_with_whatever_it_is_called() {
    let first = |label: &str| edited_as("add users.mail string", label);
    let a = document(&[
        base(),
        first("2"),
        edited_as("add users.mail string; add users.note string", "3"),
    ]);
    let b = document(&[
        base(),
        first("1.1"),
        edited_as("add users.mail string; drop users.age", "3"),
    ]);
    let found = merge(&a, &b, None).unwrap();
    assert_eq!((found.base.as_str(), found.shared.len()), ("2", 0));
    let labels: Vec<_> = found
        .merged
        .unwrap()
        .versions
        .into_iter()
        .map(|version| version.label)
        .collect();
    assert_eq!(labels, ["1", "2", "3", "4"]);
    let early = merge(&a, &b, Some(&document(&[base()]))).unwrap();
    assert_eq!((early.base.as_str(), early.shared.len()), ("1", 1));
    assert!(early.commutes(), "{early}");
    let nothing = merge(&a, &document(&[base()]), None).unwrap();
    assert_eq!(nothing.merged, Some(a.clone()));
    assert_eq!(
        merge(&document(&[base()]), &a, None).unwrap().merged,
        Some(a.clone())
    );
    let other = |versions: &[Json], name: &str| HistoryDocument {
        name: name.to_owned(),
        ..document(versions)
    };
    for (b, base, problem) in [
        (
            other(&[base()], "bank"),
            None,
            "the documents are histories of `shop` and of `bank`: only branches of one history merge",
        ),
        (
            document(&[edited("drop users.age")]),
            None,
            "the documents have no version in common, even their first ones differ: take one of them, and run `lock` with \
             the code of both",
        ),
        (b.clone(), Some(document(&[])), "the base has no version"),
        (
            document(&[]),
            None,
            "a document has no version: the other one is the merged lock",
        ),
        (
            b.clone(),
            Some(document(&[edited("drop users.age")])),
            "the first document doesn't begin with the base: version 2 is another one, or isn't there; without a base, the \
             versions that both documents begin with are taken",
        ),
        (
            document(&[base()]),
            Some(document(&[base(), first("2")])),
            "the second document doesn't begin with the base: version 2 is another one, or isn't there; without a base, the \
             versions that both documents begin with are taken",
        ),
    ] {
        assert_eq!(merge(&a, &b, base.as_ref()).unwrap_err(), problem);
    }
}
