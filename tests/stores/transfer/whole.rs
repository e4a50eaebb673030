//! Nothing is half imported, however much there is.

use super::*;

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
fn an_export_to_a_full_disk_says_so() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (_, db) = open();
    let users = db.collection::<User>();
    users.insert(&user(1)).unwrap();
    for format in [Export::csv(), Export::json_lines()] {
        let error = users.export(&mut Full, &format).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DiskFull, "{error}");
        assert!(error.to_string().starts_with("writing the rows: "), "{error}");
    }
}
