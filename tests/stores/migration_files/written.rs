//! Files that are written for changes of entities, and what reviewed stores do.

use std::fs;
use std::path::{Path, PathBuf};

use quantadb::{ErrorKind, QuantaEntity, QuantaType};

use super::rows;
use crate::support::{Small, filled, verify};

#[derive(QuantaEntity, Debug, Clone)]
#[quanta(table = "users", register = false)]
struct Before {
    #[quanta(id)]
    id: u32,
    nick: String,
    age: i64,
    home: Home,
}

#[derive(QuantaType, Debug, Clone)]
struct Home {
    town: String,
}

mod accounts {
    use super::{QuantaEntity, QuantaType};

    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "users", register = false)]
    pub struct After {
        #[quanta(id)]
        pub id: u32,
        #[quanta(renamed_from = "nick", unique)]
        pub handle: String,
        pub age: u128,
        pub home: NewHome,
        #[quanta(default = "free")]
        pub plan: String,
    }

    #[derive(QuantaType, Debug, Clone)]
    pub struct NewHome {
        #[quanta(renamed_from = "town")]
        pub city: String,
        pub zip: Option<u32>,
    }
}

use accounts::After;

fn store() -> Small {
    filled(&[Before {
        id: 1,
        nick: "ada".into(),
        age: 36,
        home: Home {
            town: "London".into(),
        },
    }])
}

fn listed(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_change_is_written_down_and_others_run_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (store(), store());
    let before = rows(&other.open::<()>().unwrap(), "users");
    let options = |engine: &Small| {
        engine
            .options::<(After,)>()
            .migrations_dir(folder.path())
            .clock(|| 1_795_357_800_000)
    };
    drop(options(&mine).open("memory").unwrap());
    let written = listed(folder.path());
    assert_eq!(written.len(), 1);
    // It lies where the module of the entity lies.
    let within = written[0].strip_prefix(folder.path()).unwrap();
    assert_eq!(
        within.parent().unwrap(),
        Path::new("migration_files/written/accounts")
    );
    assert!(
        within.to_string_lossy().contains("20261122_143000_"),
        "{within:?}"
    );
    let text = fs::read_to_string(&written[0]).unwrap();
    for step in [
        "to = \"handle\"",
        "to = \"city\"",
        "field = \"home.zip\"",
        "unique = true",
        "default = \"free\"",
    ] {
        assert!(text.contains(step), "{step}\n{text}");
    }
    assert!(text.contains("[[down]]"), "{text}");
    // Opened again, nothing happens, and nothing is written.
    let db = options(&mine).open("memory").unwrap();
    assert!(db.open_report().plan.is_empty(), "{}", db.open_report());
    drop(db);
    // Somewhere else the file makes the change, and the entities find nothing left.
    let db = options(&other).reviewed().open("memory").unwrap();
    assert_eq!(db.open_report().plan.files.len(), 1);
    assert!(db.open_report().plan.tables.is_empty());
    assert_eq!(
        rows(&db, "users"),
        rows(&options(&mine).open("memory").unwrap(), "users")
    );
    assert_eq!(listed(folder.path()).len(), 1);
    verify(&db);
    db.rollback(1).unwrap();
    assert_eq!(rows(&other.open::<()>().unwrap(), "users"), before);
}

#[test]
fn a_reviewed_store_names_the_draft_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = store();
    let options = || {
        engine
            .options::<(After,)>()
            .migrations_dir(folder.path())
            .reviewed()
    };
    let before = engine.digest();
    let error = options().open("memory").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.plan().is_some());
    let drafts = listed(folder.path());
    assert!(
        error.to_string().contains(&drafts[0].display().to_string()),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
    // Asked again, it is the same draft.
    options().open("memory").unwrap_err();
    assert_eq!(listed(folder.path()), drafts);
    let name = drafts[0].to_string_lossy().replace(".draft.toml", ".toml");
    fs::rename(&drafts[0], &name).unwrap();
    let db = options().open("memory").unwrap();
    assert_eq!(db.open_report().plan.files.len(), 1);
    verify(&db);
}

#[test]
fn a_new_store_is_made_by_the_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Small::default();
    drop(
        first
            .options::<(Before,)>()
            .migrations_dir(folder.path())
            .open("memory")
            .unwrap(),
    );
    drop(
        first
            .options::<(After,)>()
            .migrations_dir(folder.path())
            .open("memory")
            .unwrap(),
    );
    let names: Vec<PathBuf> = listed(folder.path());
    assert_eq!(names.len(), 2, "{names:?}");
    let second = Small::default();
    let db = second
        .options::<(After,)>()
        .migrations_dir(folder.path())
        .reviewed()
        .open("memory")
        .unwrap();
    assert_eq!(db.open_report().plan.files.len(), 2);
    assert_eq!(db.open_report().revision, 2);
    db.collection()
        .insert(&After {
            id: 1,
            handle: "ada".into(),
            age: 1,
            home: accounts::NewHome {
                city: "London".into(),
                zip: None,
            },
            plan: "free".into(),
        })
        .unwrap();
    verify(&db);
}

/// Where the clock stands behind the files, a new one still comes last.
#[test]
fn a_clock_that_went_back_changes_no_order() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Small::default();
    let options = |time: fn() -> u64| {
        engine
            .options::<(Before,)>()
            .migrations_dir(folder.path())
            .clock(time)
    };
    drop(options(|| 1_795_357_800_000).open("memory").unwrap());
    drop(
        engine
            .options::<(After,)>()
            .migrations_dir(folder.path())
            .clock(|| 0)
            .open("memory")
            .unwrap(),
    );
    let names: Vec<String> = listed(folder.path())
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(
        names.iter().any(|name| name.starts_with("20261122_143001_")),
        "{names:?}"
    );
}

/// What steps can't say is done all the same, and told.
#[test]
fn a_change_without_words_is_noted() {
    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "trees", register = false)]
    struct Tree {
        #[quanta(id)]
        id: u32,
        root: Node,
    }
    #[derive(QuantaType, Debug, Clone)]
    struct Node {
        name: String,
        children: Vec<Node>,
    }
    #[derive(QuantaEntity, Debug, Clone)]
    #[quanta(table = "trees", register = false)]
    struct Grown {
        #[quanta(id)]
        id: u32,
        root: Taller,
    }
    #[derive(QuantaType, Debug, Clone)]
    struct Taller {
        name: String,
        height: u32,
        children: Vec<Taller>,
    }
    let node = Node {
        name: "a".into(),
        children: Vec::new(),
    };
    let engine = filled(&[Tree { id: 1, root: node }]);
    let folder = tempfile::tempdir().unwrap();
    let db = engine
        .options::<(Grown,)>()
        .migrations_dir(folder.path())
        .open("memory")
        .unwrap();
    let grown = db.collection::<Grown>().get(&1).unwrap().unwrap();
    assert_eq!(
        (
            grown.id,
            grown.root.height,
            grown.root.name.as_str(),
            grown.root.children.len()
        ),
        (1, 0, "a", 0)
    );
    let is_written = !listed(folder.path()).is_empty();
    let is_noted = db
        .open_report()
        .plan
        .notes
        .iter()
        .any(|note| note.contains("no migration file was written"));
    assert!(is_written != is_noted, "{}", db.open_report());
}

/// A file says what changes about defaults too, also beside other changes, and its name stays short.
#[test]
fn defaults_and_long_names_are_written_down() {
    #[derive(QuantaEntity)]
    #[quanta(
        table = "a_table_with_a_name_that_goes_on_and_on_and_on_until_nobody_wants_to_read_it_any_more_at_all",
        register = false
    )]
    struct First {
        #[quanta(id)]
        id: u32,
        #[quanta(default = 1)]
        level: u8,
    }
    #[derive(QuantaEntity)]
    #[quanta(
        table = "a_table_with_a_name_that_goes_on_and_on_and_on_until_nobody_wants_to_read_it_any_more_at_all",
        register = false
    )]
    struct Second {
        #[quanta(id)]
        id: u32,
        #[quanta(default = 2)]
        level: u8,
        a_field_with_a_name_that_is_as_long_as_that_of_its_table_or_even_longer_than_that_if_this_can_be: u8,
    }
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (Small::default(), Small::default());
    for engine in [&mine, &other] {
        drop(engine.options::<(First,)>().open("memory").unwrap());
    }
    let options = |engine: &Small| engine.options::<(Second,)>().migrations_dir(folder.path());
    drop(options(&mine).open("memory").unwrap());
    let written = listed(folder.path());
    assert!(written[0].file_name().unwrap().len() < 130, "{written:?}");
    assert!(
        fs::read_to_string(&written[0])
            .unwrap()
            .contains("step = \"set_default\"")
    );
    drop(options(&mine).open("memory").unwrap());
    let db = options(&other).reviewed().open("memory").unwrap();
    assert!(db.open_report().plan.tables.is_empty(), "{}", db.open_report());
}

/// A view of the program gives way to a file, and is what the program says behind it.
#[test]
fn views_of_the_program_follow_the_files() {
    use quantadb::QuantaView;

    #[derive(QuantaEntity)]
    #[quanta(table = "trips", register = false)]
    struct Long {
        #[quanta(id)]
        id: u32,
        from: String,
        to: String,
    }
    #[derive(QuantaEntity)]
    #[quanta(table = "trips", register = false)]
    struct Short {
        #[quanta(id)]
        id: u32,
        to: String,
    }
    #[derive(QuantaView)]
    #[quanta(of = Long, name = "ends", register = false)]
    #[expect(dead_code, reason = "what it reads is enough")]
    struct LongEnds {
        id: u32,
        from: String,
    }
    #[derive(QuantaView)]
    #[quanta(of = Short, name = "ends", register = false)]
    #[expect(dead_code, reason = "what it reads is enough")]
    struct ShortEnds {
        id: u32,
        to: String,
    }
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (Small::default(), Small::default());
    for engine in [&mine, &other] {
        drop(
            engine
                .options::<(Long,)>()
                .views::<(LongEnds,)>()
                .open("memory")
                .unwrap(),
        );
    }
    let options = |engine: &Small| {
        engine
            .options::<(Short,)>()
            .views::<(ShortEnds,)>()
            .migrations_dir(folder.path())
    };
    drop(options(&mine).open("memory").unwrap());
    assert_eq!(listed(folder.path()).len(), 1);
    let db = options(&other).reviewed().open("memory").unwrap();
    assert_eq!(db.open_report().plan.files.len(), 1);
    verify(&db);
    // A program that says nothing of the view is refused.
    let stranger = Small::default();
    drop(
        stranger
            .options::<(Long,)>()
            .views::<(LongEnds,)>()
            .open("memory")
            .unwrap(),
    );
    let error = stranger
        .options::<(Short,)>()
        .migrations_dir(folder.path())
        .open("memory")
        .unwrap_err();
    assert!(error.to_string().contains("the view `ends`"), "{error}");
}
