//! What is not written, and locks that can't be understood.

use super::*;

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
