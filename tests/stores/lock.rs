//! Guards `quanta.lock`: what is written when entities change, what is refused, and that a file which can't be
//! understood stays as it is.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use quanta_core::rehearse::{Rehearsal, rehearse};
use quantadb::lock::{Naming, Written, baseline, check_with, read, write_with};
use quantadb::{Engine, Entities, HistoryDocument, Options, QuantaEntity, QuantaType, Sweep};
use tempfile::TempDir;

mod first {
    use super::*;

    #[derive(QuantaType)]
    pub struct Address {
        pub town: String,
        pub street: String,
    }

    #[derive(QuantaType)]
    pub enum Shape {
        Dot,
        Round { radius: u8 },
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from("alias", "handle"))]
        pub nick: String,
        #[quanta(default = 7)]
        pub age: u8,
        pub home: Address,
        pub shape: Shape,
    }
}

mod second {
    use super::*;

    #[derive(QuantaType)]
    pub struct Address {
        #[quanta(renamed_from = "town")]
        pub city: String,
        pub street: String,
        #[quanta(new, default = 10)]
        pub zip: u32,
    }

    #[derive(QuantaType)]
    pub enum Shape {
        #[quanta(default)]
        Dot,
        #[quanta(renamed_from = "Round")]
        Circle {
            #[quanta(renamed_from = "radius")]
            size: u8,
        },
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "people", renamed_from = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from("nick", "alias"))]
        pub name: String,
        #[quanta(default = 8, on_failure = "default")]
        pub age: i8,
        pub home: Address,
        pub shape: Shape,
    }
}

/// A lock in a directory of its own.
struct Lock {
    dir: TempDir,
}

impl Lock {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("shop")).unwrap();
        Self { dir }
    }

    fn with(text: &str) -> Self {
        let lock = Self::new();
        fs::write(lock.path(), text).unwrap();
        lock
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("shop/quanta.lock")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn write<E: Entities>(&self) -> quantadb::Result<Written> {
        write_with(self.path(), &Options::new().entities::<E>(), &Naming::default())
    }

    /// Adds a version, after which the lock is current, can be read and rehearsed, and has nothing beside it.
    #[track_caller]
    fn add<E: Entities>(&self) {
        assert!(matches!(self.write::<E>().unwrap(), Written::Version(_)));
        let text = self.text();
        check_with(self.path(), &Options::new().entities::<E>()).unwrap();
        assert_eq!(self.write::<E>().unwrap(), Written::Unchanged);
        assert_eq!(self.text(), text);
        let document = read(self.path()).unwrap().unwrap();
        assert_eq!(document.to_json() + "\n", text);
        let report = rehearse(
            &document,
            &Rehearsal {
                rows: 10,
                ..Rehearsal::default()
            },
        )
        .unwrap();
        assert!(report.is_good(), "{report:#?}");
        assert_eq!(fs::read_dir(self.path().parent().unwrap()).unwrap().count(), 1);
    }

    /// Expects that the lock is neither current nor can be written, and stays as it is.
    #[track_caller]
    fn refuses<E: Entities>(&self, expected: &Expect) {
        let before = fs::read(self.path()).unwrap();
        let error = self.write::<E>().unwrap_err();
        let text = error
            .to_string()
            .replace(&self.path().display().to_string(), "LOCK");
        expected.assert_eq(&text);
        check_with(self.path(), &Options::new().entities::<E>()).unwrap_err();
        assert_eq!(fs::read(self.path()).unwrap(), before);
        assert_eq!(fs::read_dir(self.path().parent().unwrap()).unwrap().count(), 1);
    }

    /// Expects that the lock is not current, and why.
    #[track_caller]
    fn differs<E: Entities>(&self, expected: &Expect) {
        let error = check_with(self.path(), &Options::new().entities::<E>()).unwrap_err();
        expected.assert_eq(
            &error
                .to_string()
                .replace(&self.path().display().to_string(), "LOCK"),
        );
    }
}

#[test]
fn versions_are_added_with_the_hints_that_lead_there() {
    let lock = Lock::new();
    lock.add::<(first::User,)>();
    lock.differs::<(second::User,)>(&expect![[r#"
        LOCK is not what the entities are: run `lock`, or call `quantadb::lock::write`, and commit the file
          Address.city: string came
          Address.town: string went
          Address.zip: u32 came
          Address.zip, default: 10 came
          Shape::Circle: struct came
          Shape::Circle.size: u8 came
          Shape::Dot, default variant: yes came
          Shape::Round: struct went
          Shape::Round.radius: u8 went
          people.age: u8 became i8
          people.age, default: 7 became 8
          people.name: string came
          people.nick: string went
          table people: users became people"#]]);
    lock.add::<(second::User,)>();
    expect![[r#"
        {
          "format": "quanta-history/1",
          "name": "shop",
          "versions": [
            {
              "label": "1",
              "types": [
                {
                  "name": "Address",
                  "fields": [
                    {
                      "name": "street",
                      "type": "string"
                    },
                    {
                      "name": "town",
                      "type": "string"
                    }
                  ]
                },
                {
                  "name": "Shape",
                  "variants": [
                    {
                      "name": "Dot"
                    },
                    {
                      "name": "Round",
                      "fields": [
                        {
                          "name": "radius",
                          "type": "u8"
                        }
                      ]
                    }
                  ]
                }
              ],
              "tables": [
                {
                  "name": "users",
                  "key": [
                    "id"
                  ],
                  "fields": [
                    {
                      "name": "age",
                      "type": "u8",
                      "default": 7
                    },
                    {
                      "name": "home",
                      "type": "Address"
                    },
                    {
                      "name": "id",
                      "type": "u64"
                    },
                    {
                      "name": "nick",
                      "type": "string"
                    },
                    {
                      "name": "shape",
                      "type": "Shape"
                    }
                  ]
                }
              ],
              "hints": {
                "renamed_fields": {
                  "users": {
                    "alias": "nick",
                    "handle": "nick"
                  }
                }
              }
            },
            {
              "label": "2",
              "types": [
                {
                  "name": "Address",
                  "fields": [
                    {
                      "name": "city",
                      "type": "string"
                    },
                    {
                      "name": "street",
                      "type": "string"
                    },
                    {
                      "name": "zip",
                      "type": "u32",
                      "default": 10
                    }
                  ]
                },
                {
                  "name": "Shape",
                  "variants": [
                    {
                      "name": "Circle",
                      "fields": [
                        {
                          "name": "size",
                          "type": "u8"
                        }
                      ]
                    },
                    {
                      "name": "Dot",
                      "default": true
                    }
                  ]
                }
              ],
              "tables": [
                {
                  "name": "people",
                  "key": [
                    "id"
                  ],
                  "fields": [
                    {
                      "name": "age",
                      "type": "i8",
                      "default": 8
                    },
                    {
                      "name": "home",
                      "type": "Address"
                    },
                    {
                      "name": "id",
                      "type": "u64"
                    },
                    {
                      "name": "name",
                      "type": "string"
                    },
                    {
                      "name": "shape",
                      "type": "Shape"
                    }
                  ]
                }
              ],
              "hints": {
                "renamed_tables": {
                  "users": "people"
                },
                "renamed_fields": {
                  "people": {
                    "nick": "name"
                  }
                },
                "types": {
                  "Address": {
                    "renamed": {
                      "town": "city"
                    },
                    "new": [
                      "zip"
                    ]
                  },
                  "Shape": {
                    "renamed": {
                      "Round": "Circle"
                    }
                  },
                  "Shape::Circle": {
                    "renamed": {
                      "radius": "size"
                    }
                  }
                },
                "on_failure": {
                  "people": {
                    "age": "default"
                  }
                }
              }
            }
          ]
        }
    "#]]
    .assert_eq(&lock.text());
}

mod other {
    use super::*;

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Team {
        #[quanta(id)]
        pub name: String,
    }

    /// A field went and one came, and nobody says whether it is the same.
    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Renamed {
        #[quanta(id)]
        pub label: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Misspelt {
        #[quanta(id, renamed_from = "nmae")]
        pub name: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Grown {
        #[quanta(id)]
        pub name: String,
        #[quanta(new)]
        pub note: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Noted {
        #[quanta(id)]
        pub name: String,
        #[quanta(new)]
        pub text: String,
    }

    /// The hint comes a version late: stores give the kept values back.
    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Late {
        #[quanta(id)]
        pub name: String,
        #[quanta(renamed_from = "note")]
        pub text: String,
    }
}

#[test]
fn what_a_store_would_refuse_is_not_written_down() {
    let lock = Lock::new();
    lock.add::<(other::Team,)>();
    lock.refuses::<(other::Renamed,)>(&expect![[r#"
        LOCK can't be brought up to date:
          teams, key: name became label
          teams.label: string came
          teams.name: string went
          refused: teams.label: `label` came and `name` (44 % similar) went: a rename, or not?
          fix: #[quanta(renamed_from = "name")] at `label`, to keep its values
           or: #[quanta(new)] at `label`, if it has nothing to do with them"#]]);
    lock.refuses::<(other::Misspelt,)>(&expect![[r#"
        LOCK can't be brought up to date:
          unknown hint: table teams, `name`: `renamed_from = "nmae"`: no version has that name there: mend it, or take it out"#]]);
}

#[test]
fn a_hint_that_comes_late_is_a_version() {
    let lock = Lock::new();
    lock.add::<(other::Grown,)>();
    lock.add::<(other::Noted,)>();
    lock.differs::<(other::Late,)>(&expect![[r#"
        LOCK is not what the entities are: run `lock`, or call `quantadb::lock::write`, and commit the file
          teams.text, renamed from note: the lock has not seen this hint"#]]);
    lock.add::<(other::Late,)>();
    assert_eq!(read(lock.path()).unwrap().unwrap().versions.len(), 3);
}

#[test]
fn not_registered_is_not_dropped() {
    let lock = Lock::new();
    lock.add::<(first::User, other::Team)>();
    let text = lock.text();
    assert_eq!(lock.write::<(other::Team,)>().unwrap(), Written::Unchanged);
    assert_eq!(lock.text(), text);
    let dropping = Options::new().entities::<(other::Team,)>().drop_table("users");
    write_with(lock.path(), &dropping, &Naming::default()).unwrap();
    let document = read(lock.path()).unwrap().unwrap();
    assert_eq!(document.versions[1].hints.dropped_tables, ["users"]);
    assert_eq!(document.versions[1].tables.keys().collect::<Vec<_>>(), ["teams"]);
    assert_eq!(
        write_with(lock.path(), &dropping, &Naming::default()).unwrap(),
        Written::Unchanged
    );
}

/// Said for a change that is over, it is not written again.
#[test]
fn what_becomes_of_rows_that_do_not_fit_is_written_once() {
    let versions = [
        "",
        r#","indexes": [{"name": "t_a", "fields": ["a"], "unique": true}]"#,
    ];
    let hints = ["", r#","hints": {"on_failure": {"t": {"@t_a": "drop_row"}}}"#];
    let version = |number: usize| {
        let (indexes, hints) = (versions[number], hints[number]);
        format!(
            r#"{{"label": "{number}", "tables": [{{"name": "t", "key": ["id"], "fields": [
                {{"name": "a", "type": "u8"}}, {{"name": "id", "type": "u64"}}]{indexes}}}]{hints}}}"#
        )
    };
    let text = format!(
        r#"{{"format": "quanta-history/1", "name": "t", "versions": [{}, {}]}}"#,
        version(0),
        version(1)
    );
    let document = HistoryDocument::from_json(&text).unwrap();
    let lock = Lock::new();
    for version in &document.versions {
        write_with(
            lock.path(),
            &Options::new().tables_of(version),
            &Naming::default(),
        )
        .unwrap();
    }
    let written = read(lock.path()).unwrap().unwrap();
    assert_eq!(written.versions[1].hints, document.versions[1].hints);
    let again = Options::new().tables_of(&document.versions[1]);
    assert_eq!(
        write_with(lock.path(), &again, &Naming::default()).unwrap(),
        Written::Unchanged
    );
}

#[test]
fn labels_and_names_may_be_given() {
    let lock = Lock::new();
    let write = |label: Option<&str>, options: Options| {
        let naming = Naming {
            name: Some("stock".to_owned()),
            label: label.map(str::to_owned),
        };
        write_with(lock.path(), &options, &naming)
    };
    write(Some("2"), Options::new().entities::<(other::Team,)>()).unwrap();
    let error = write(Some("2"), Options::new().entities::<(other::Grown,)>()).unwrap_err();
    expect!["version 2: an earlier version has that label too"].assert_eq(&error.to_string());
    write(None, Options::new().entities::<(other::Grown,)>()).unwrap();
    write(Some("1.2.0"), Options::new().entities::<(other::Noted,)>()).unwrap();
    let document = read(lock.path()).unwrap().unwrap();
    let labels: Vec<&str> = document
        .versions
        .iter()
        .map(|version| version.label.as_str())
        .collect();
    assert_eq!(
        (document.name.as_str(), labels),
        ("stock", vec!["2", "3", "1.2.0"])
    );
}

#[test]
fn a_lock_that_is_not_understood_stays_as_it_is() {
    let lock = Lock::new();
    lock.add::<(other::Team,)>();
    let sound = lock.text();
    let changed = |from: &str, to: &str| {
        assert!(sound.contains(from));
        Lock::with(&sound.replacen(from, to, 1))
    };
    let cut = &sound[..sound.len() / 2];
    Lock::with(cut).refuses::<(other::Grown,)>(&expect![
        "LOCK is damaged: EOF while parsing a list at line 11 column 8"
    ]);
    Lock::with("").refuses::<(other::Grown,)>(&expect![
        "LOCK is damaged: EOF while parsing a value at line 1 column 0"
    ]);
    changed("quanta-history/1", "quanta-history/2").refuses::<(other::Grown,)>(&expect!["LOCK: its format is `quanta-history/2`, and this version knows `quanta-history/1`: a newer version of quantadb wrote it"]);
    changed("quanta-history/1", "npm").refuses::<(other::Grown,)>(&expect![
        "LOCK is damaged: the format is `npm`, not `quanta-history/1`"
    ]);
    changed("\"key\": [\n", "\"key\": [\"nmae\",\n").refuses::<(other::Grown,)>(&expect![
        "LOCK is damaged: version 1: table teams: the key field `nmae` is missing"
    ]);
    changed("{\n", "<<<<<<< ours\n{\n").refuses::<(other::Grown,)>(&expect!["LOCK is damaged: it has the marks of a merge that was not finished: keep the versions of one side, and write the lock anew"]);
    let no_text = Lock::new();
    fs::write(no_text.path(), [0xff, 0xfe]).unwrap();
    no_text.refuses::<(other::Grown,)>(&expect!["LOCK is damaged: it is no text"]);
}

#[test]
fn without_a_lock_or_entities_it_says_so() {
    let lock = Lock::new();
    lock.differs::<(other::Team,)>(&expect![
        "there is no LOCK: run `lock`, or call `quantadb::lock::write`, and commit the file"
    ]);
    let error = lock.write::<()>().unwrap_err();
    expect!["this program has no entities: they have to be linked (`use models as _;`), or named with Options::entities or Options::register"].assert_eq(&error.to_string());
    assert!(!lock.path().exists());
}

/// The hints of the program speak of names that only the store knows: the baseline has them.
#[test]
fn k9_a_store_is_the_baseline_of_a_lock() {
    let engine = Engine::memory();
    let open = |options: Options| {
        options
            .engine(engine.clone())
            .sweep(Sweep::Off)
            .open("shop")
            .unwrap()
    };
    drop(open(Options::new().entities::<(first::User,)>()));
    let db = open(Options::new().entities::<(second::User,)>());
    let document = baseline(&db, "shop", Some("1.0")).unwrap();
    expect![[r#"
        {
          "format": "quanta-history/1",
          "name": "shop",
          "versions": [
            {
              "label": "1.0",
              "types": [
                {
                  "name": "Address",
                  "fields": [
                    {
                      "name": "city",
                      "type": "string"
                    },
                    {
                      "name": "street",
                      "type": "string"
                    },
                    {
                      "name": "zip",
                      "type": "u32"
                    }
                  ]
                },
                {
                  "name": "Shape",
                  "variants": [
                    {
                      "name": "Circle",
                      "fields": [
                        {
                          "name": "size",
                          "type": "u8"
                        }
                      ]
                    },
                    {
                      "name": "Dot"
                    }
                  ]
                }
              ],
              "tables": [
                {
                  "name": "people",
                  "key": [
                    "id"
                  ],
                  "fields": [
                    {
                      "name": "age",
                      "type": "i8",
                      "default": 8
                    },
                    {
                      "name": "home",
                      "type": "Address"
                    },
                    {
                      "name": "id",
                      "type": "u64"
                    },
                    {
                      "name": "name",
                      "type": "string"
                    },
                    {
                      "name": "shape",
                      "type": "Shape",
                      "default": "Dot"
                    }
                  ]
                }
              ],
              "hints": {
                "renamed_tables": {
                  "users": "people"
                },
                "renamed_fields": {
                  "people": {
                    "alias": "name",
                    "handle": "name",
                    "nick": "name"
                  }
                },
                "types": {
                  "Address": {
                    "renamed": {
                      "town": "city"
                    }
                  },
                  "Shape": {
                    "renamed": {
                      "Round": "Circle"
                    }
                  },
                  "Shape::Circle": {
                    "renamed": {
                      "radius": "size"
                    }
                  }
                }
              }
            }
          ]
        }"#]]
    .assert_eq(&document.to_json());
    let lock = Lock::with(&document.to_json());
    lock.differs::<(second::User,)>(&expect![[r#"
        LOCK is not what the entities are: run `lock`, or call `quantadb::lock::write`, and commit the file
          Address.zip, default: 10 came
          Shape::Dot, default variant: yes came
          people.shape, default: "Dot" went"#]]);
    lock.add::<(second::User,)>();
}
