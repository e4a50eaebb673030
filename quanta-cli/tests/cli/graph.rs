//! `graph --diff`: what two revisions have, and what one of them has alone, as text, Mermaid and JSON; and the JSON of the
//! other pictures.

use expect_test::{Expect, expect};
use quantadb::{Options, QuantaEntity, Ref, Sweep};

use crate::fixture::{Store, quanta};

mod before {
    use super::{QuantaEntity, Ref};

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "teams", register = false)]
    pub struct Team {
        #[quanta(id)]
        pub name: String,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        pub nick: String,
        pub note: Option<String>,
        pub score: f64,
        pub team: Ref<Team>,
    }
}

mod after {
    use super::{QuantaEntity, Ref};

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "clubs", renamed_from = "teams", register = false)]
    pub struct Club {
        #[quanta(id)]
        pub name: String,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from = "nick")]
        pub name: String,
        pub score: f32,
        #[quanta(on_delete = "cascade")]
        pub team: Ref<Club>,
        #[quanta(new)]
        pub joined: bool,
    }

    #[derive(QuantaEntity, Debug)]
    #[quanta(table = "visits", register = false)]
    pub struct Visit {
        #[quanta(id)]
        pub id: u64,
        pub of: Ref<User>,
    }
}

/// A store whose revision 1 has teams and users, and whose revision 2 has them changed, and visits.
fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("app.quanta"));
    let options = || Options::new().sweep(Sweep::Off).clock(|| 0);
    drop(
        options()
            .entities::<(before::User, before::Team)>()
            .open(&store.path)
            .unwrap(),
    );
    let later = options().entities::<(after::User, after::Club, after::Visit)>();
    drop(later.open(&store.path).unwrap());
    (folder, store)
}

#[track_caller]
fn check(words: &str, expected: &Expect) {
    let (_folder, store) = store();
    expected.assert_eq(&store.printed(words));
}

#[test]
fn what_came_what_went_and_what_changed() {
    check(
        "graph --diff 1..2",
        &expect![[r#"
        ~ clubs  was teams
            name: string  key
        ~ users
            id: u64  key
        +   joined: bool
        ~   name: string  was nick
        -   note: option<string>
        ~   score: f32  was f64
            team: string
        ~   --> (team) to clubs (name) on delete cascade  was (team) to teams (name) on delete restrict
        + visits
        +   id: u64  key
        +   of: u64
        +   --> (of) to users (id) on delete restrict
    "#]],
    );
}

#[test]
fn the_other_way_round_signs_are_turned() {
    check(
        "graph --diff 2..1",
        &expect![[r#"
        ~ teams  was clubs
            name: string  key
        ~ users
            id: u64  key
        -   joined: bool
        ~   nick: string  was name
        +   note: option<string>
        ~   score: f64  was f32
            team: string
        ~   --> (team) to teams (name) on delete restrict  was (team) to clubs (name) on delete cascade
        - visits
        -   id: u64  key
        -   of: u64
        -   --> (of) to users (id) on delete restrict
    "#]],
    );
}

/// Types within a field, keys, and fields that a table within refers by.
mod nested {
    use quantadb::{QuantaEntity, QuantaType, Ref};

    use super::before::Team;

    pub mod first {
        use super::{QuantaEntity, QuantaType, Ref, Team};

        #[derive(QuantaType, Debug)]
        pub struct Home {
            pub town: String,
            pub club: Ref<Team>,
            pub rival: Ref<Team>,
        }

        #[derive(QuantaEntity, Debug)]
        #[quanta(table = "people", register = false)]
        pub struct Person {
            #[quanta(id)]
            pub id: u64,
            pub home: Home,
        }
    }

    pub mod second {
        use super::{QuantaEntity, QuantaType, Ref, Team};

        #[derive(QuantaType, Debug)]
        pub struct Home {
            pub town: String,
            #[quanta(new)]
            pub zip: u32,
            pub club: Ref<Team>,
        }

        #[derive(QuantaEntity, Debug)]
        #[quanta(table = "people", register = false)]
        pub struct Person {
            #[quanta(id = 0)]
            pub id: u64,
            #[quanta(id = 1)]
            pub year: u32,
            pub home: Home,
        }
    }
}

#[test]
fn types_within_fields_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("app.quanta"));
    drop(store.open::<(nested::first::Person, before::Team)>("1", || 0));
    drop(store.open::<(nested::second::Person, before::Team)>("2", || 0));
    expect![[r#"
        ~ people
        ~   home: Home  was another Home
            id: u64  key
        +   year: u32  key
            --> (home.club) to teams (name) on delete restrict
        -   --> (home.rival) to teams (name) on delete restrict
          teams
            name: string  key
    "#]]
    .assert_eq(&store.printed("graph --diff 1..2"));
}

/// Two branches, neither of which comes from the other.
#[test]
fn revisions_of_two_branches() {
    let (folder, store) = store();
    store.printed("rollback 1");
    store.printed("release-hold");
    let files = folder.path().join("migrations");
    let path = |path: &std::path::Path| path.display().to_string();
    let created = quanta(&[
        "create",
        "--delta",
        "users drop note",
        "--store",
        &path(&store.path),
        "--migrations",
        &path(&files),
    ]);
    assert_eq!(created.code, 0, "{}", created.stderr);
    store.printed(&format!("migrate --migrations {}", path(&files)));
    expect![[r#"
        ~ teams  was clubs
            name: string  key
        ~ users
            id: u64  key
        -   joined: bool
        ~   nick: string  was name
        ~   score: f64  was f32
            team: string
        ~   --> (team) to teams (name) on delete restrict  was (team) to clubs (name) on delete cascade
        - visits
        -   id: u64  key
        -   of: u64
        -   --> (of) to users (id) on delete restrict
    "#]]
    .assert_eq(&store.printed("graph --diff 2..3"));
}

#[test]
fn nothing_differs_from_itself() {
    let (_folder, store) = store();
    let same = store.printed("graph --diff 2..2");
    assert!(same.lines().all(|line| line.starts_with("  ")), "{same}");
}

#[test]
fn a_difference_in_mermaid() {
    check(
        "graph --diff 1..2 --mermaid",
        &expect![[r#"
        erDiagram
            classDef new fill:#dafbe1,stroke:#1a7f37
            classDef gone fill:#ffebe9,stroke:#cf222e
            classDef changed fill:#fff8c5,stroke:#9a6700
            clubs:::changed {
                string name PK
            }
            users:::changed {
                u64 id PK
                bool joined "+"
                string name "~ was nick"
                option_string note "-"
                f32 score "~ was f64"
                string team FK
            }
            visits:::new {
                u64 id PK "+"
                u64 of FK "+"
            }
            users }o--|| clubs : "~ team"
            visits }o--|| users : "+ of"
    "#]],
    );
}

#[test]
fn pictures_as_json() {
    let (_folder, store) = store();
    let difference = store.json("graph --diff 1..2");
    let users = &difference["tables"][1];
    assert_eq!(
        (&users["name"], &users["mark"]),
        (&"users".into(), &"changed".into())
    );
    let name = &users["fields"][2];
    assert_eq!((&name["name"], &name["was"]), (&"name".into(), &"nick".into()));
    assert_eq!(users["references"][0]["mark"], "changed");
    assert_eq!(store.json("graph")["tables"][1]["fields"][0]["key"], true);
    assert_eq!(store.json("graph --history")["revisions"][1]["parent"], 1);
}

#[test]
fn revisions_that_are_not_there_or_no_revisions() {
    let (_folder, store) = store();
    for (words, problem) in [
        ("graph --diff 1..7", "the store has no revision 7: it has 1 to 2"),
        ("graph --diff 1", "two revisions are expected, such as 1..3"),
        ("graph --diff 1..2 --history", "cannot be used with"),
        ("graph --mermaid --json", "cannot be used with"),
    ] {
        let ran = store.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words}");
        assert!(ran.stderr.contains(problem), "{words}: {}", ran.stderr);
    }
}

/// In a terminal, what came is green, what went is red, and what changed is yellow.
#[cfg(unix)]
#[test]
fn differences_are_coloured() {
    let (_folder, store) = store();
    let shown = crate::session::shown(&["graph", store.path.to_str().unwrap(), "--diff", "1..2"]);
    for line in [
        "\u{1b}[32m+ visits\u{1b}[0m",
        "\u{1b}[31m-   note: option<string>\u{1b}[0m",
        "\u{1b}[33m~   name: string  was nick\u{1b}[0m",
        "\n    id: u64  key",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}
