//! Objects: what each release of a store consists of, from the ledger alone.

use expect_test::{Expect, expect};
use serde_json::{Value as Json, json};

use super::documents::{Store, fields};
use super::releases::{go, numbered, plain, released};
use super::support::Small;

#[track_caller]
fn check_objects(objects: &quantadb::Objects, expected: &Expect) {
    expected.assert_eq(&format!("{objects}\n"));
}

#[test]
fn objects_are_listed_from_the_ledger() {
    let (store, _) = released();
    let db = plain(&store.small).read_only().open("").unwrap();
    check_objects(
        &db.objects().unwrap(),
        &expect![[r#"
        revision 9
        table people, version 9, releases 1.0 to 3.2, uses type Address, f7838871f99a0c1c1a8c41c495b0b8bb
        table teams, version 1, releases 2.2 to 3.1, gone, 439933d0dcad662c8766ee3aa0b2e149
        type Address, version 3, releases 1.0 to 3.2, 253279a20b507f8929f2f18296673fa5
        index people.by_name, version 1, releases 1.2 to 3.2, uses table people, 4508773e5e2eefa3acbd6e3ebf8cdff8
        reference people (team) to teams, version 1, releases 2.2 to 3.1, gone, uses table people, table teams, 286c445de61108d754eef75716addc9d
    "#]],
    );
    check_objects(
        &db.objects_of_release("1.0").unwrap(),
        &expect![[r#"
        release 1.0, revision 1
        table users, version 1, releases 1.0 to 3.2, uses type Address, 2dfe6d2e1db509a49dde4a271096fba2
        type Address, version 1, releases 1.0 to 3.2, bdd97f678062fea9e1fedd23d91cdcc8
    "#]],
    );
    check_objects(
        &db.objects_of_release("3.0").unwrap(),
        &expect![[r#"
        release 3.0, revision 7
        table people, version 7, releases 1.0 to 3.2, uses type Address, f70d95b8f029b7e5090664edd4bb9f85
        table teams, version 1, releases 2.2 to 3.1, gone, 439933d0dcad662c8766ee3aa0b2e149
        type Address, version 3, releases 1.0 to 3.2, 253279a20b507f8929f2f18296673fa5
        index people.by_name, version 2, releases 1.2 to 3.2, uses table people, a91b3e1d56b29ce6b654550d05f4af1c
        reference people (team) to teams, version 1, releases 2.2 to 3.1, gone, uses table people, table teams, 286c445de61108d754eef75716addc9d
    "#]],
    );
    let json = db.objects_of_release("3.0").unwrap().to_json();
    expect![[r#"
        {
          "content": "f70d95b8f029b7e5090664edd4bb9f85",
          "first_release": "1.0",
          "kind": "table",
          "last_release": "3.2",
          "name": "people",
          "present": true,
          "revision": 7,
          "uses": [
            {
              "kind": "type",
              "name": "Address"
            }
          ],
          "version": 7
        }
    "#]]
    .assert_eq(&format!("{:#}\n", json["objects"][0]));
    assert_eq!((&json["revision"], &json["release"]), (&json!(7), &json!("3.0")));
    drop(db);
    // Where the store stands changes what is there, and nothing of what was.
    go(&store.small, "2.1");
    let db = plain(&store.small).open("").unwrap();
    assert_eq!(
        db.objects_of_release("2.1").unwrap().objects,
        db.objects()
            .unwrap()
            .objects
            .into_iter()
            .filter(|object| object.is_present)
            .collect::<Vec<_>>()
    );
}

/// Types that are renamed and changed, types and tables that use each other, and a table that is made anew.
#[test]
fn objects_keep_being_themselves() {
    let table = |name: &str, list: &str| json!({"name": name, "key": ["id"], "fields": fields(list)});
    let place = |name: &str, list: &str| json!({"name": name, "fields": fields(list)});
    let version = |types: &[Json], tables: &[Json], hints: Json| json!({"types": types, "tables": tables, "hints": hints});
    let inner = || place("Inner", "x: u8, next: option<Outer>");
    let outer = || place("Outer", "inner: option<Inner>");
    let store = Store::new(&numbered(json!([
        version(
            &[place("Place", "x: u8")],
            &[table("b", "id: u64, at: Place")],
            json!({})
        ),
        version(
            &[place("Spot", "x: u8"), inner(), outer()],
            &[
                table("a", "id: u64, at: list<Outer>"),
                table("b", "id: u64, at: Spot, to: option<ref<a>>"),
            ],
            json!({})
        ),
        version(
            &[place("Spot", "x: u8, y: u8"), inner(), outer()],
            &[
                table("a", "id: u64, at: list<Outer>"),
                table("b", "id: u64, at: Spot, to: option<ref<a>>"),
            ],
            json!({})
        ),
    ])));
    for version in 0..3 {
        store.change(version);
    }
    let db = store.open(2).unwrap();
    check_objects(
        &db.objects().unwrap(),
        &expect![[r#"
        revision 3
        table a, version 1, in no release, uses type Outer, 15a369b0dbe4a07edd1de38e3b9eaa4a
        table b, version 3, in no release, uses table a, type Spot, 181bcb61c2b23a10d52c27e56a4a71dd
        type Inner, version 1, in no release, uses type Outer, 5c8ec934daa28870a9091a2f9d82bdc0
        type Outer, version 1, in no release, uses type Inner, 2c34c60954b1e2f8859429a049125658
        type Spot, version 2, in no release, 368477894110f66c262855cb73e9309b
    "#]],
    );
    // Dropped, and made again: another table, the same types.
    drop(db);
    drop(store.options(0).forward().drop_table("a").open("").unwrap());
    drop(store.options(2).forward().open("").unwrap());
    check_objects(
        &store.open(2).unwrap().objects().unwrap(),
        &expect![[r#"
        revision 5
        table a, version 1, in no release, gone, uses type Outer, 15a369b0dbe4a07edd1de38e3b9eaa4a
        table a, version 1, in no release, uses type Outer, 15a369b0dbe4a07edd1de38e3b9eaa4a
        table b, version 5, in no release, uses table a, type Spot, 181bcb61c2b23a10d52c27e56a4a71dd
        type Inner, version 1, in no release, uses type Outer, 5c8ec934daa28870a9091a2f9d82bdc0
        type Outer, version 1, in no release, uses type Inner, 2c34c60954b1e2f8859429a049125658
        type Place, version 1, in no release, gone, f457014e77ea4cca6ab3c5866a7658a5
        type Spot, version 2, in no release, 368477894110f66c262855cb73e9309b
    "#]],
    );
}

mod places {
    pub mod one {
        #[derive(quantadb::QuantaType, Debug)]
        pub struct Place {
            pub x: u8,
        }

        #[derive(quantadb::QuantaEntity, Debug)]
        #[quanta(table = "b", register = false)]
        pub struct B {
            #[quanta(id)]
            pub id: u64,
            pub at: Place,
        }
    }

    pub mod two {
        #[derive(quantadb::QuantaType, Debug)]
        pub struct Place {
            pub x: u8,
            pub y: u8,
        }

        #[derive(quantadb::QuantaEntity, Debug)]
        #[quanta(table = "a", register = false)]
        pub struct A {
            #[quanta(id)]
            pub id: u64,
            pub at: Place,
        }
    }
}

/// Two tables embed types of one name. The number that tells them apart goes to another one; the objects stay.
#[test]
fn a_number_behind_a_name_is_no_other_object() {
    let small = Small::default();
    small.open::<(places::one::B,)>().unwrap().release("1").unwrap();
    let db = small.open::<(places::one::B, places::two::A)>().unwrap();
    db.release("2").unwrap();
    check_objects(
        &db.objects().unwrap(),
        &expect![[r#"
        revision 2
        table a, version 1, release 2, uses type Place, c0ee1df3bb8c5200a99a6d659ba2add6
        table b, version 1, releases 1 to 2, uses type Place_2, b3a4ce9c7fbba3f13f5725e4b97c048e
        type Place, version 1, release 2, 368477894110f66c262855cb73e9309b
        type Place_2, version 1, releases 1 to 2, f457014e77ea4cca6ab3c5866a7658a5
    "#]],
    );
}
