//! A lock that begins with what a store holds.

use super::*;

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
