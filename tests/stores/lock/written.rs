//! What is written when entities change.

use super::*;

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
