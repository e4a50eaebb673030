//! The first steps: derive, open, insert, get, update.
//!
//! `cargo run --example quickstart`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use quantadb::{Options, QuantaEntity, Result};

#[derive(QuantaEntity, Debug, Clone, PartialEq)]
#[quanta(table = "users")]
struct User {
    #[quanta(id)]
    id: u64,
    name: String,
    email: Option<String>,
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir().expect("the system has a place for temporary files");
    let db = Options::new().open(folder.path().join("app.quanta"))?;
    println!("{}", db.open_report());
    assert!(db.open_report().to_string().contains("create table users"));

    let users = db.collection::<User>();
    let ada = User {
        id: 7,
        name: "Ada".into(),
        email: None,
    };
    users.insert(&ada)?;
    assert_eq!(users.get(&7)?, Some(ada));

    let ada = users.update(&7, |ada| ada.email = Some("ada@example.org".into()))?;
    println!("{ada:?}");
    assert_eq!(users.iter().collect::<Result<Vec<_>>>()?, Vec::from_iter(ada));
    Ok(())
}
