//! Mistakes are told with their lines.

use super::*;

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
