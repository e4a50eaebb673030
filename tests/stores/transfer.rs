//! Guards import and export: what is read is what is written, every mistake is told with its line, and nothing is half
//! imported.

use std::io::{self, Cursor, Read};

use expect_test::{Expect, expect};
use quantadb::{
    Database, ErrorKind, Export, Import, ImportReport, ImportSource, OnExisting, QuantaEntity, QuantaType,
};

use crate::support::{Small, all, verify};

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Address {
    city: String,
    zip: Option<u32>,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Shape {
    Round,
    Square { side: u8 },
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users", register = false)]
struct User {
    #[quanta(id)]
    id: u32,
    #[quanta(unique)]
    name: String,
    age: Option<u8>,
    address: Address,
    tags: Vec<String>,
    shape: Shape,
    #[quanta(default = 0.5)]
    score: f64,
}

fn user(id: u32) -> User {
    User {
        id,
        name: format!("n{id}"),
        age: None,
        address: Address {
            city: "Oslo".into(),
            zip: None,
        },
        tags: Vec::new(),
        shape: Shape::Round,
        score: 0.5,
    }
}

fn open() -> (Small, Database) {
    let engine = Small::default();
    let db = engine.open::<(User,)>().unwrap();
    (engine, db)
}

fn again(text: &[u8]) -> ImportSource<'_> {
    ImportSource::seekable(Cursor::new(text))
}

fn import(db: &Database, text: &[u8], import: &Import) -> quantadb::Result<ImportReport> {
    db.collection::<User>().import(again(text), import)
}

const HEADER: &str = "id,name,age,address.city,address.zip,tags,shape,score\n";

/// Checks that nothing is imported, whether the file can be read twice or not, typed or not, and what the error says.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, how: &Import, expected: &Expect) {
    let text = text.as_ref();
    let (engine, db) = open();
    db.collection::<User>().insert(&user(100)).unwrap();
    let digest = engine.digest();
    let error = import(&db, text, how).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    expected.assert_eq(&format!("{error}\n"));
    assert_eq!(error.import_report().unwrap().rows_written, 0);
    let table = db.table("users").unwrap();
    for source in [again(text), ImportSource::once(text)] {
        assert_eq!(
            table.import(source, how).unwrap_err().to_string(),
            error.to_string()
        );
    }
    let dry = how.clone().dry_run();
    assert_eq!(
        import(&db, text, &dry).unwrap_err().to_string(),
        error.to_string()
    );
    assert_eq!(engine.digest(), digest);
}

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
fn every_bad_cell_is_told_with_its_place() {
    let text = format!(
        "{HEADER}1,a,256,c,-1,[,Oval,x\n2,b,1,c,1,[],Round\n3,\"c\nc\",,,,[],Round,1\nx,d,,,,[1],\"{{\"\"Square\"\":{{\"\"side\"\":900}}}}\",\n"
    );
    refused(
        text,
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 10 mistakes; nothing was written:
              line 2, column 3, field age: "256" is no u8
              line 2, column 5, field address.zip: "-1" is no u32
              line 2, column 6, field tags: "[" is no JSON: EOF while parsing a list at line 1 column 1
              line 2, column 7, field shape: enum Shape has no variant Oval
              line 2, column 8, field score: "x" is no f64
              line 3: 7 cells where the header has 8
              line 6, column 1, field id: "x" is no u32
              line 6, column 6, field tags: [0]: 1 is no string
              line 6, column 7, field shape: Square.side: 900 is no u8
              line 6, column 8, field score: "" is no f64
        "#]],
    );
}

#[test]
fn mistakes_beyond_the_limit_are_counted() {
    let text = format!("{HEADER}{}", "x,x,x,x,x,x,x,x\n".repeat(100));
    refused(
        text,
        &Import::csv().errors_max(2),
        &expect![[r#"
            what is to be imported into users has 600 mistakes; nothing was written:
              line 2, column 1, field id: "x" is no u32
              line 2, column 3, field age: "x" is no u8
              and 598 more
        "#]],
    );
}

#[test]
fn headers_that_do_not_fit_are_told_at_once() {
    refused(
        "",
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 1: there is nothing, not even a header: the first line names the columns
        "#]],
    );
    refused(
        "id,name,id,nmae,address.city,address,address.street\n1,a,1,b,c,d,e\n",
        &Import::csv().rename("x", "y"),
        &expect![[r#"
            what is to be imported into users has 7 mistakes; nothing was written:
              line 1, column 3, field id: column 1 is id too
              line 1: no column is named x, which is to be renamed
              line 1, field shape: the field has no column, and neither a default nor none can stand for it
              line 1, field tags: the field has no column, and neither a default nor none can stand for it
              line 1, column 4: table users has no field "nmae": rename the column, or ignore it
              line 1, column 5: table users has no field "address.city": rename the column, or ignore it
              line 1, column 7: table users has no field "address.street": rename the column, or ignore it
        "#]],
    );
    refused(
        "name,address.zip\nx,1\n",
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 4 mistakes; nothing was written:
              line 1, field address.city: the field has no column, and neither a default nor none can stand for it
              line 1, field id: the field of the key has no column
              line 1, field shape: the field has no column, and neither a default nor none can stand for it
              line 1, field tags: the field has no column, and neither a default nor none can stand for it
        "#]],
    );
    let (_, db) = open();
    let report = import(&db, HEADER.as_bytes(), &Import::csv()).unwrap();
    assert_eq!((report.rows_read, report.rows_written), (0, 0));
    let report = import(&db, b"", &Import::json_lines()).unwrap();
    assert_eq!(report.rows_read, 0);
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let mut text = format!("{HEADER}1,a,,,,[],Round,1\n2,b").into_bytes();
    text.extend(b"\xff\xfe,,,,[],Round,1\n");
    refused(
        text,
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 3, column 2, field name: the cell is not UTF-8: byte 2 of it is 0xff
        "#]],
    );
    refused(
        b"{\"id\": \xff}\n",
        &Import::json_lines(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 1: byte 8 of the line, 0xff, is not UTF-8
        "#]],
    );
}

#[test]
fn quotes_that_stay_open_are_told() {
    let text = format!("{HEADER}1,a,,,,[],Round,1\n2,\"b,,,,[],Round,1\n3,c,,,,[],Round,1\n");
    refused(
        text,
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 3: a quote that opens in this record is never closed
        "#]],
    );
    // In the last cell, it would otherwise be a long value.
    let text = format!("{HEADER}1,a,,,,[],Round,\"1\n2,b,,,,[],Round,1\n");
    refused(
        text,
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 2: a quote that opens in this record is never closed
        "#]],
    );
    // A quote within a cell is a character like any other.
    let (_, db) = open();
    let text = format!("{HEADER}1,5\" pipe,,,,[],Round,1\n2,\"b\"c,,,,[],Round,1\n");
    import(&db, text.as_bytes(), &Import::csv()).unwrap();
    let names: Vec<String> = all::<User>(&db).into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["5\" pipe", "bc"]);
    refused(
        format!("{HEADER}1,a,,,,[],Round,1\r2,b,,,,[],Round,1\r"),
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 1 mistake; nothing was written:
              line 2: a carriage return stands within the line: lines end with a line feed, and cells that hold either are quoted
        "#]],
    );
}

#[test]
fn bad_json_is_told_with_its_line() {
    let good =
        r#"{"id": 1, "name": "a", "address": {"city": "", "zip": null}, "tags": [], "shape": "Round"}"#;
    let text = [
        good,
        "{",
        "[1]",
        r#"{"id": 2} {"id": 3}"#,
        r#"{"id": 2, "address": {"city": "a", "city": "b"}}"#,
        r#"{"id": 2, "id": 3, "nmae": 1, "name": "b", "address": {"city": 1}, "tags": [1], "shape": "Round"}"#,
    ];
    refused(
        text.join("\n"),
        &Import::json_lines(),
        &expect![[r#"
            what is to be imported into users has 8 mistakes; nothing was written:
              line 2: no JSON of a row: EOF while parsing an object, at character 1
              line 3: no JSON of a row: invalid type: sequence, expected an object
              line 4: no JSON of a row: trailing characters, at character 11
              line 5: no JSON of a row: an object has "city" twice, at character 47
              line 6, field id: the field is there twice
              line 6: table users has no field "nmae": rename the key, or ignore it
              line 6, field address: city: 1 is no string
              line 6, field tags: [0]: 1 is no string
        "#]],
    );
}

#[test]
fn keys_and_unique_values_that_are_there_are_told() {
    let row = |id: u32, name: &str| format!("{id},{name},,,,[],Round,1\n");
    let rows = [
        row(1, "a"),
        row(100, "b"),
        row(2, "n100"),
        row(3, "a"),
        row(1, "d"),
        row(4, "e"),
    ];
    let text = format!("{HEADER}{}", rows.concat());
    refused(
        &text,
        &Import::csv(),
        &expect![[r#"
            what is to be imported into users has 4 mistakes; nothing was written:
              line 3: row 100 of table users exists already
              line 4: row 2 of table users can't be written: row 100 of table users has "n100" too, and the index users_name (name) is unique
              line 5: row 3 of table users can't be written: row 1 of table users has "a" too, and the index users_name (name) is unique
              line 6: line 2 has the same key: row 1 of table users
        "#]],
    );
    let (_, db) = open();
    db.collection::<User>().insert(&user(100)).unwrap();
    let how = Import::csv().on_existing(OnExisting::Replace).keep_going();
    let report = import(&db, text.as_bytes(), &how).unwrap();
    assert_eq!((report.rows_written, report.rows_bad), (5, 1));
    // The later of two lines with one key stays, and so the name of the first is free again.
    let names: Vec<(u32, String)> = all::<User>(&db)
        .into_iter()
        .map(|user| (user.id, user.name))
        .collect();
    let expected = [(1, "d"), (2, "n100"), (4, "e"), (100, "b")].map(|(id, name)| (id, name.to_owned()));
    assert_eq!(names, expected);
    verify(&db);
}

#[test]
fn keep_going_leaves_bad_lines_out() {
    let (_, db) = open();
    let text =
        format!("{HEADER}1,n1,,Oslo,,[],Round,0.5\nx,b,,,,[],Round,1\n3,n3,,Oslo,,[],Round,0.5\n4,d\n");
    let report = import(&db, text.as_bytes(), &Import::csv().keep_going()).unwrap();
    expect![[r#"
        2 rows written to users, 2 rows left out:
          line 3, column 1, field id: "x" is no u32
          line 5: 2 cells where the header has 8"#]]
    .assert_eq(&report.to_string());
    assert_eq!(all::<User>(&db), [user(1), user(3)]);
}

/// Gives some bytes, and then fails.
struct Failing<'t>(&'t [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_read_that_fails_in_the_middle_writes_nothing() {
    let (engine, db) = open();
    let digest = engine.digest();
    let text = format!("{HEADER}1,n1,,Oslo,,[],Round,0.5\n2,n2,,Os");
    let source = || ImportSource::once(Failing(text.as_bytes()));
    let error = db
        .collection::<User>()
        .import(source(), &Import::csv())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(
        error.to_string(),
        "the import into users ended: what it reads from failed: the disk is gone; nothing was written"
    );
    assert_eq!(error.import_report().unwrap().rows_read, 1);
    assert_eq!(engine.digest(), digest);
    let how = Import::csv().keep_going();
    let error = db.collection::<User>().import(source(), &how).unwrap_err();
    assert_eq!(error.import_report().unwrap().rows_written, 1);
    assert_eq!(all::<User>(&db), [user(1)]);
}

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "blobs", register = false)]
struct Blob {
    #[quanta(id)]
    id: u32,
    text: String,
}

fn blobs() -> Database {
    Small::default().open::<(Blob,)>().unwrap()
}

#[test]
fn long_cells_are_taken_up_to_the_limit_of_a_row() {
    let db = blobs();
    let text = format!(
        "id,text\n1,{}\n2,{}\n",
        "a".repeat(1 << 20),
        "b".repeat((16 << 20) + 1)
    );
    let error = db
        .collection::<Blob>()
        .import(again(text.as_bytes()), &Import::csv())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3: the value of row 2 of table blobs takes 16777"),
        "{error}"
    );
    let report = db
        .collection::<Blob>()
        .import(again(text.as_bytes()), &Import::csv().keep_going())
        .unwrap();
    assert_eq!(report.rows_written, 1);
    assert_eq!(
        db.collection::<Blob>().get(&1).unwrap().unwrap().text.len(),
        1 << 20
    );
}

/// Rows of 8 MiB, more of them than one transaction holds, with what is to be wrong at some lines.
fn large(lines: &[(u32, &str)]) -> String {
    let mut text = "id,text\n".to_owned();
    for id in 1..=10 {
        match lines.iter().find(|(line, _)| *line == id + 1) {
            Some((_, line)) => text.push_str(line),
            None => text.push_str(&format!("{id},{}", "x".repeat(8 << 20))),
        }
        text.push('\n');
    }
    text
}

#[test]
fn what_no_transaction_holds_is_looked_at_before_it_is_written() {
    let db = blobs();
    let rows = db.collection::<Blob>();
    let text = large(&[(9, "x,y"), (11, "3,twice")]);
    let error = rows.import(again(text.as_bytes()), &Import::csv()).unwrap_err();
    expect![[r#"
        what is to be imported into blobs has 2 mistakes; nothing was written:
          line 9, column 1, field id: "x" is no u32
          line 11: line 4 has the same key
    "#]]
    .assert_eq(&format!("{error}\n"));
    assert!(rows.is_empty().unwrap());
    let report = rows.import(again(large(&[]).as_bytes()), &Import::csv()).unwrap();
    assert_eq!(
        (report.rows_read, report.rows_written, report.transactions),
        (10, 10, 10)
    );
    assert_eq!(rows.len().unwrap(), 10);
    // Every key exists now, and that is found on the first look.
    let error = rows
        .import(again(large(&[]).as_bytes()), &Import::csv())
        .unwrap_err();
    let report = error.import_report().unwrap();
    assert_eq!((report.rows_bad, report.rows_written), (10, 0));
}

#[test]
fn what_is_read_once_says_how_much_of_it_is_written() {
    let db = blobs();
    let rows = db.collection::<Blob>();
    let text = large(&[(10, "x,y"), (11, "3,twice")]);
    let error = rows
        .import(ImportSource::once(text.as_bytes()), &Import::csv())
        .unwrap_err();
    expect![[r#"
        what is to be imported into blobs has 2 mistakes; 8 rows are written already:
          line 10, column 1, field id: "x" is no u32
          line 11: line 4 has the same key: row 3 of table blobs
    "#]]
    .assert_eq(&format!("{error}\n"));
    assert_eq!(rows.len().unwrap(), error.import_report().unwrap().rows_written);
    let how = Import::csv().on_existing(OnExisting::Replace);
    let report = rows
        .import(ImportSource::once(large(&[]).as_bytes()), &how)
        .unwrap();
    assert_eq!(report.rows_written, 10);
    assert_eq!(rows.len().unwrap(), 10);
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
