//! Guards `quanta.lock`: what is written when entities change, what is refused, and that a file which can't be
//! understood stays as it is.

use std::fs;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use quanta_core::rehearse::{Rehearsal, rehearse};
use quantadb::lock::{Naming, Written, baseline, check_with, read, write_with};
use quantadb::{Engine, Entities, HistoryDocument, Options, QuantaEntity, QuantaType, Sweep};
use tempfile::TempDir;

mod from_a_store;
mod refused;
mod written;

mod first {
    use super::*;

    #[derive(QuantaType)]
    pub struct Address {
        pub town: String,
        pub street: String,
    }

    #[derive(QuantaType)]
    pub enum Shape {
        Dot,
        Round { radius: u8 },
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from("alias", "handle"))]
        pub nick: String,
        #[quanta(default = 7)]
        pub age: u8,
        pub home: Address,
        pub shape: Shape,
    }
}

mod second {
    use super::*;

    #[derive(QuantaType)]
    pub struct Address {
        #[quanta(renamed_from = "town")]
        pub city: String,
        pub street: String,
        #[quanta(new, default = 10)]
        pub zip: u32,
    }

    #[derive(QuantaType)]
    pub enum Shape {
        #[quanta(default)]
        Dot,
        #[quanta(renamed_from = "Round")]
        Circle {
            #[quanta(renamed_from = "radius")]
            size: u8,
        },
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "people", renamed_from = "users", register = false)]
    pub struct User {
        #[quanta(id)]
        pub id: u64,
        #[quanta(renamed_from("nick", "alias"))]
        pub name: String,
        #[quanta(default = 8, on_failure = "default")]
        pub age: i8,
        pub home: Address,
        pub shape: Shape,
    }
}

mod other {
    use super::*;

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Team {
        #[quanta(id)]
        pub name: String,
    }

    /// A field went and one came, and nobody says whether it is the same.
    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Renamed {
        #[quanta(id)]
        pub label: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Misspelt {
        #[quanta(id, renamed_from = "nmae")]
        pub name: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Grown {
        #[quanta(id)]
        pub name: String,
        #[quanta(new)]
        pub note: String,
    }

    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Noted {
        #[quanta(id)]
        pub name: String,
        #[quanta(new)]
        pub text: String,
    }

    /// The hint comes a version late: stores give the kept values back.
    #[derive(QuantaEntity)]
    #[quanta(table = "teams", register = false)]
    pub struct Late {
        #[quanta(id)]
        pub name: String,
        #[quanta(renamed_from = "note")]
        pub text: String,
    }
}

/// A lock in a directory of its own.
struct Lock {
    dir: TempDir,
}

impl Lock {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("shop")).unwrap();
        Self { dir }
    }

    fn with(text: &str) -> Self {
        let lock = Self::new();
        fs::write(lock.path(), text).unwrap();
        lock
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("shop/quanta.lock")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }

    fn write<E: Entities>(&self) -> quantadb::Result<Written> {
        write_with(self.path(), &Options::new().entities::<E>(), &Naming::default())
    }

    /// Adds a version, after which the lock is current, can be read and rehearsed, and has nothing beside it.
    #[track_caller]
    fn add<E: Entities>(&self) {
        assert!(matches!(self.write::<E>().unwrap(), Written::Version(_)));
        let text = self.text();
        check_with(self.path(), &Options::new().entities::<E>()).unwrap();
        assert_eq!(self.write::<E>().unwrap(), Written::Unchanged);
        assert_eq!(self.text(), text);
        let document = read(self.path()).unwrap().unwrap();
        assert_eq!(document.to_json() + "\n", text);
        let report = rehearse(
            &document,
            &Rehearsal {
                rows: 10,
                ..Rehearsal::default()
            },
        )
        .unwrap();
        assert!(report.is_good(), "{report:#?}");
        assert_eq!(fs::read_dir(self.path().parent().unwrap()).unwrap().count(), 1);
    }

    /// Expects that the lock is neither current nor can be written, and stays as it is.
    #[track_caller]
    fn refuses<E: Entities>(&self, expected: &Expect) {
        let before = fs::read(self.path()).unwrap();
        let error = self.write::<E>().unwrap_err();
        let text = error
            .to_string()
            .replace(&self.path().display().to_string(), "LOCK");
        expected.assert_eq(&text);
        check_with(self.path(), &Options::new().entities::<E>()).unwrap_err();
        assert_eq!(fs::read(self.path()).unwrap(), before);
        assert_eq!(fs::read_dir(self.path().parent().unwrap()).unwrap().count(), 1);
    }

    /// Expects that the lock is not current, and why.
    #[track_caller]
    fn differs<E: Entities>(&self, expected: &Expect) {
        let error = check_with(self.path(), &Options::new().entities::<E>()).unwrap_err();
        expected.assert_eq(
            &error
                .to_string()
                .replace(&self.path().display().to_string(), "LOCK"),
        );
    }
}
