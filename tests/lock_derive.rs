//! Guards what the derives say of `quanta.lock`: a crate beside one is compiled, in the states that people get into.
//!
//! Where the lock is, cargo says: so the crate is one of its own, with a manifest, and not a case of `derive_ui`.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails like a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};

const LOCK: &str = r#"{
  "format": "quanta-history/1",
  "name": "shop",
  "versions": [
    {"label": "1", "tables": [{"name": "users", "key": ["id"], "fields": [
        {"name": "id", "type": "u64"}, {"name": "alias", "type": "string"}]}]},
    {"label": "2",
     "types": [
       {"name": "Address", "fields": [{"name": "street", "type": "string"}, {"name": "town", "type": "string"}]},
       {"name": "Name", "fields": [{"name": "first", "type": "string"}]},
       {"name": "Name_2", "fields": [{"name": "second", "type": "string"}]},
       {"name": "Shape", "variants": [{"name": "Dot"}, {"name": "Poly", "fields": [{"name": "sides", "type": "u8"}]}]}],
     "tables": [{"name": "users", "key": ["id"], "fields": [
        {"name": "age", "type": "u8"}, {"name": "home", "type": "Address"}, {"name": "id", "type": "u64"},
        {"name": "nick", "type": "string"}]}],
     "hints": {"renamed_fields": {"users": {"alias": "nick"}}}}]}
"#;

/// The crate as the lock knows it.
const CRATE: &str = r#"#![allow(dead_code)]
use quantadb::{QuantaEntity, QuantaType};

#[derive(QuantaEntity)]
#[quanta(table = "users")]
pub struct User {
    #[quanta(id)]
    pub id: u64,
    pub nick: String,
    pub age: u8,
    pub home: Address,
}

#[derive(QuantaType)]
pub struct Address {
    pub town: String,
    pub street: String,
}

#[derive(QuantaType)]
pub enum Shape {
    Dot,
    Poly { sides: u8 },
}
"#;

/// A crate with a lock, which is compiled again and again.
struct Fixture {
    directory: PathBuf,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]\nquantadb = {{ path = {here:?} }}\n\n[workspace]\n"
        );
        fs::write(directory.join("Cargo.toml"), manifest).unwrap();
        fs::copy(here.join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
        Self { directory }
    }

    fn lock(&self, text: &str) -> &Self {
        fs::write(self.directory.join("quanta.lock"), text).unwrap();
        self
    }

    /// Replaces texts in the crate, and leaves it so.
    fn code(&self, changes: &[(&str, &str)]) -> &Self {
        let code = changes.iter().fold(CRATE.to_owned(), |code, (from, to)| {
            assert!(code.contains(from), "{from}");
            code.replacen(from, to, 1)
        });
        fs::write(self.directory.join("src/lib.rs"), code).unwrap();
        self
    }

    /// Compiles the crate, and returns what the compiler says against it.
    fn errors(&self) -> String {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--quiet", "--color=never"])
            .current_dir(&self.directory)
            // Where other crates are compiled against this one, so that what they depend on is there already.
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild"),
            )
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), text.is_empty(), "{text}");
        let (errors, _) = text.split_once("error: could not compile").unwrap_or((&text, ""));
        errors.trim_end().to_owned()
    }

    #[track_caller]
    fn compiles(&self, changes: &[(&str, &str)]) {
        assert_eq!(self.code(changes).errors(), "");
    }

    #[track_caller]
    fn fails(&self, changes: &[(&str, &str)], expected: &Expect) {
        expected.assert_eq(&self.code(changes).errors());
    }
}

const NICK: &str = "    pub nick: String,\n";
const TOWN: &str = "    pub town: String,\n";

#[test]
fn names_are_compared_with_the_last_version() {
    let fixture = Fixture::new("lock-names");
    fixture.lock(LOCK);
    fixture.compiles(&[]);

    // What only came, what only went, and what has its word.
    fixture.compiles(&[(NICK, "    pub nick: String,\n    pub mail: String,\n")]);
    fixture.compiles(&[(NICK, "")]);
    for word in [
        "renamed_from = \"nick\"",
        "renamed_from(\"nick\", \"alias\")",
        "new",
        "name = \"nick\"",
    ] {
        fixture.compiles(&[(NICK, &format!("    #[quanta({word})]\n    pub name: String,\n"))]);
    }
    fixture.compiles(&[(NICK, "    #[quanta(skip)]\n    pub name: String,\n")]);
    let computed = "    #[quanta(init_with = computed)]\n    pub name: String,\n";
    let function =
        "#![allow(dead_code)]\nfn computed(_: &quantadb::OldRow<'_>) -> String { String::new() }\n";
    fixture.compiles(&[(NICK, computed), ("#![allow(dead_code)]\n", function)]);
    fixture.fails(
        &[(NICK, "    pub name: String,\n"), ("    pub age: u8,\n", "    pub years: u8,\n")],
        &expect![[r#"
            error: `name` came and `age`, `nick` went since the last version in quanta.lock: a rename, or not? write one of
                     #[quanta(renamed_from = "age")]  to keep its values
                     #[quanta(renamed_from = "nick")]  to keep its values
                     #[quanta(new)]  if it has nothing to do with them
             --> src/lib.rs:9:9
              |
            9 |     pub name: String,
              |         ^^^^

            error: `years` came and `age`, `nick` went since the last version in quanta.lock: a rename, or not? write one of
                     #[quanta(renamed_from = "age")]  to keep its values
                     #[quanta(renamed_from = "nick")]  to keep its values
                     #[quanta(new)]  if it has nothing to do with them
              --> src/lib.rs:10:9
               |
            10 |     pub years: u8,
               |         ^^^^^"#]],
    );

    // Inside of types, and under an earlier name of the table.
    fixture.fails(&[(TOWN, "    pub city: String,\n")], &expect![[r#"
        error: `city` came and `town` went since the last version in quanta.lock: a rename, or not? write one of
                 #[quanta(renamed_from = "town")]  to keep its values
                 #[quanta(new)]  if it has nothing to do with it
          --> src/lib.rs:16:9
           |
        16 |     pub city: String,
           |         ^^^^"#]]);
    fixture.compiles(&[(
        TOWN,
        "    #[quanta(renamed_from = \"town\")]\n    pub city: String,\n",
    )]);
    fixture.fails(&[("Dot", "Point"), ("sides", "edges")], &expect![[r#"
        error: `Point` came and `Dot` went since the last version in quanta.lock: a rename, or not? write one of
                 #[quanta(renamed_from = "Dot")]  to keep its values
                 #[quanta(new)]  if it has nothing to do with it
          --> src/lib.rs:22:5
           |
        22 |     Point,
           |     ^^^^^

        error: `edges` came and `sides` went since the last version in quanta.lock: a rename, or not? write one of
                 #[quanta(renamed_from = "sides")]  to keep its values
                 #[quanta(new)]  if it has nothing to do with it
          --> src/lib.rs:23:12
           |
        23 |     Poly { edges: u8 },
           |            ^^^^^"#]]);
    fixture.compiles(&[
        ("Dot", "#[quanta(fallback_for = \"Dot\")] Point"),
        (
            "Poly { sides",
            "#[quanta(renamed_from = \"Poly\")] Polygon { #[quanta(renamed_from = \"sides\")] edges",
        ),
    ]);
    fixture.fails(
        &[("table = \"users\"", "table = \"people\", renamed_from = \"users\""), (NICK, "    pub name: String,\n")],
        &expect![[r#"
            error: `name` came and `nick` went since the last version in quanta.lock: a rename, or not? write one of
                     #[quanta(renamed_from = "nick")]  to keep its values
                     #[quanta(new)]  if it has nothing to do with it
             --> src/lib.rs:9:9
              |
            9 |     pub name: String,
              |         ^^^^"#]],
    );
}

#[test]
fn what_is_not_compared() {
    let fixture = Fixture::new("lock-off");
    fixture.lock(LOCK);
    let renamed = (NICK, "    pub name: String,\n");
    fixture.compiles(&[
        renamed,
        ("table = \"users\"", "table = \"users\", lock = \"off\""),
    ]);
    fixture.compiles(&[
        renamed,
        ("table = \"users\"", "table = \"users\", register = false"),
    ]);
    fixture.compiles(&[renamed, ("table = \"users\"", "table = \"members\"")]);
    let off = "#[quanta(lock = \"off\")]\npub struct Address";
    fixture.compiles(&[(TOWN, "    pub city: String,\n"), ("pub struct Address", off)]);
    // Two types have that label, and which one this is nobody can tell.
    let more = "#[derive(QuantaType)]\npub struct Name { pub third: String }\n";
    fixture.compiles(&[(
        "#[derive(QuantaType)]\n",
        &format!("{more}\n#[derive(QuantaType)]\n"),
    )]);
}

#[test]
fn a_lock_that_is_not_understood_is_one_error() {
    let fixture = Fixture::new("lock-damaged");
    fixture.lock(&LOCK[..LOCK.len() / 2]).fails(&[], &expect![[r#"
        error: `quanta.lock`, beside Cargo.toml, is damaged: it is no JSON: EOF while parsing a value at line 11 column 16; restore it from version control
         --> src/lib.rs:6:12
          |
        6 | pub struct User {
          |            ^^^^"#]]);
    let newer = LOCK.replace("quanta-history/1", "quanta-history/2");
    fixture.lock(&newer).fails(&[], &expect![[r#"
        error: `quanta.lock` is of the format `quanta-history/2`, and this quantadb knows `quanta-history/1`: use the version that wrote it
         --> src/lib.rs:6:12
          |
        6 | pub struct User {
          |            ^^^^"#]]);
    fixture.lock(LOCK).compiles(&[]);
}

/// Nothing of the crate changes here but the lock.
#[test]
fn a_change_of_the_lock_compiles_the_crate_again() {
    let fixture = Fixture::new("lock-changed");
    fixture.code(&[]);
    assert_eq!(fixture.errors(), "", "without a lock");
    fixture.lock(LOCK).compiles(&[]);
    fixture.lock(&LOCK.replace("\"nick\"", "\"handle\""));
    let error = fixture.errors();
    assert!(error.contains("`nick` came and `handle` went"), "{error}");
    fixture.lock(LOCK);
    assert_eq!(fixture.errors(), "");
}
