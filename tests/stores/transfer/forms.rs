//! What is read is what is written.

use super::*;

#[test]
fn csv_is_read_by_the_types_of_the_fields() {
    let (_, db) = open();
    let text = format!(
        "\u{feff}{HEADER}1,\"Ada, \"\"L\"\"\",36,Oslo,150,\"[\"\"a\"\",\"\"b\"\"]\",Round,1e3\r\n\r\n\
         2,\"two\nlines\",,,,[],\"{{\"\"Square\"\":{{\"\"side\"\":3}}}}\",-0.25"
    );
    let report = import(&db, text.as_bytes(), &Import::csv()).unwrap();
    assert_eq!(
        (report.rows_read, report.rows_written, report.transactions),
        (2, 2, 1)
    );
    let ada = User {
        name: "Ada, \"L\"".into(),
        age: Some(36),
        address: Address {
            city: "Oslo".into(),
            zip: Some(150),
        },
        tags: vec!["a".into(), "b".into()],
        score: 1000.0,
        ..user(1)
    };
    let two = User {
        name: "two\nlines".into(),
        address: Address {
            city: String::new(),
            zip: None,
        },
        shape: Shape::Square { side: 3 },
        score: -0.25,
        ..user(2)
    };
    assert_eq!(all::<User>(&db), [ada, two]);
    verify(&db);
}

#[test]
fn columns_may_be_named_otherwise_left_out_and_passed_over() {
    let (_, db) = open();
    let text = "Nr;n;address;tags;shape;score;more\n7;n7;\"{\"\"city\"\":\"\"Oslo\"\",\"\"zip\"\":null}\";[];Round;NA;\u{0}\n";
    let how = Import::csv()
        .delimiter(b';')
        .rename("Nr", "id")
        .rename("n", "name");
    let how = how.ignore_unknown().none_as("NA").none_as("-");
    let error = import(&db, text.as_bytes(), &how).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 2, column 6, field score: NA stands for none, and the field is no option"),
        "{error}"
    );
    import(&db, text.as_bytes(), &how.none_as_default()).unwrap();
    assert_eq!(all::<User>(&db), [user(7)]);
}

#[test]
fn json_lines_are_read_as_rows_are_written() {
    let (_, db) = open();
    let text = r#"
        {"id": 1, "name": "n1", "age": null, "address": {"city": "Oslo", "zip": null}, "tags": [], "shape": "Round", "score": 0.5}

        {"id": 2, "nick": "n2", "address": {"city": "Oslo", "zip": null}, "tags": [], "shape": "Round", "more": [1]}"#;
    let how = Import::json_lines().rename("nick", "name").ignore_unknown();
    let report = import(&db, text.as_bytes(), &how).unwrap();
    assert_eq!(report.rows_written, 2);
    assert_eq!(all::<User>(&db), [user(1), user(2)]);
    let mut file = Vec::new();
    db.collection::<User>()
        .export(&mut file, &Export::json_lines())
        .unwrap();
    let line = r#"{"address":{"city":"Oslo","zip":null},"age":null,"id":1,"name":"n1","score":0.5,"shape":"Round","tags":[]}"#;
    assert_eq!(String::from_utf8(file).unwrap().lines().next(), Some(line));
}

#[test]
fn a_text_that_looks_like_none_is_not_exported_as_it() {
    #[derive(QuantaEntity, Debug, Clone, PartialEq)]
    #[quanta(table = "notes", register = false)]
    struct Note {
        #[quanta(id)]
        id: u32,
        text: Option<String>,
        title: String,
    }
    let db = Small::default().open::<(Note,)>().unwrap();
    let notes = db.collection::<Note>();
    let note = |id: u32, text: Option<&str>| Note {
        id,
        text: text.map(str::to_owned),
        title: String::new(),
    };
    notes.insert_many([note(1, None), note(2, Some(""))]).unwrap();
    let error = notes.export(&mut Vec::new(), &Export::csv()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Value);
    assert_eq!(
        error.to_string(),
        "row 2 of table notes: the field text has the value \"\", which stands for none: choose another word \
         by none_as"
    );
    let mut file = Vec::new();
    notes.export(&mut file, &Export::csv().none_as("NULL")).unwrap();
    assert_eq!(String::from_utf8_lossy(&file), "id,text,title\n1,NULL,\n2,,\n");
    let other = Small::default().open::<(Note,)>().unwrap();
    let how = Import::csv().none_as("NULL");
    other.collection::<Note>().import(again(&file), &how).unwrap();
    assert_eq!(all::<Note>(&other), all::<Note>(&db));
}

#[test]
fn an_export_is_of_one_moment() {
    let (_, db) = open();
    let users = db.collection::<User>();
    users.insert_many((0..50).map(user)).unwrap();
    /// Writes to the store while it is exported.
    struct Meddling<'d>(&'d Database, Vec<u8>);
    impl io::Write for Meddling<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let users = self.0.collection::<User>();
            users.delete(&49).map_err(io::Error::other)?;
            users.put(&user(500)).map_err(io::Error::other)?;
            self.1.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // More than one buffer, so that rows are read after the first write.
    let long = "x".repeat(10_000);
    for id in 0..50 {
        users
            .update(&id, |user| user.address.city.clone_from(&long))
            .unwrap();
    }
    let mut file = Meddling(&db, Vec::new());
    let count = users.export(&mut file, &Export::json_lines()).unwrap();
    assert_eq!(count, 50);
    let last = String::from_utf8(file.1)
        .unwrap()
        .lines()
        .last()
        .unwrap()
        .to_owned();
    assert!(last.contains(r#""id":49"#));
    assert!(users.get(&500).unwrap().is_some());
}
