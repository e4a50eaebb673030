//! Guards import and export: what is read is what is written, every mistake is told with its line, and nothing is half
//! imported.

use std::io::{self, Cursor, Read};

use expect_test::{Expect, expect};
use quantadb::{
    Database, ErrorKind, Export, Import, ImportReport, ImportSource, OnExisting, QuantaEntity, QuantaType,
};

use crate::support::{Small, all, verify};

mod forms;
mod mistakes;
mod whole;

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
