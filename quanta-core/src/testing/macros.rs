//! Assertions about migrations, as tests write them.

/// Makes the [`Migrations`](crate::testing::Migrations) of a program: what the assertions take.
///
/// First comes the text of the lock, then the program: `entities(A, B)`, or `program = my_app::options`. Whatever follows
/// is a method of [`Migrations`](crate::testing::Migrations) and its argument: `from = "1.0"`, `rows = 50`, `seed = 7`,
/// `taking_out = "users"`, `fill = |db| ..`.
///
/// ```
/// # use quantadb::{Options, QuantaEntity};
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "age", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, age: u8 }
/// # fn options() -> Options { Options::new().entities::<(User,)>() }
/// use quantadb::testing::{assert_holds, migrations};
///
/// let numbers = || migrations!(LOCK, entities(User), rows = 20).with("users", |row| row.set("age", "36"));
/// assert_holds(numbers().migrate());
/// assert_holds(numbers().are_lossless());
///
/// // A text that is no number doesn't fit, and refuses the change: generated rows are full of such.
/// let failure = migrations!(LOCK, program = options).migrate().unwrap_err();
/// assert!(failure.problem().contains("users.age"));
/// ```
#[macro_export]
macro_rules! migrations {
    ($lock:expr, entities($($entity:ty),+ $(,)?) $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::testing::Migrations::of($lock, || {
            $crate::Options::new().entities::<()>()$(.register::<$entity>())+
        })
        .also_along_the_lock()
        $(.$name($value))*
    };
    ($lock:expr, program = $program:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::testing::Migrations::of($lock, $program)$(.$name($value))*
    };
}

/// Asserts that stores of every release open with the present program, and that every row is there: see
/// [`Migrations::migrate`](crate::testing::Migrations::migrate). The arguments are those of
/// [`migrations!`](crate::migrations).
///
/// ```
/// # use quantadb::QuantaEntity;
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, name: String, age: Option<u8> }
/// quantadb::testing::assert_migrates!(LOCK, entities(User), from = "1.0", rows = 20);
/// ```
#[macro_export]
macro_rules! assert_migrates {
    ($($program:tt)+) => {
        $crate::testing::assert_holds($crate::migrations!($($program)+).migrate())
    };
}

/// Asserts that going back gives every row as it was, and up again too: see
/// [`Migrations::are_lossless`](crate::testing::Migrations::are_lossless). The arguments are those of
/// [`migrations!`](crate::migrations).
///
/// ```
/// # use quantadb::QuantaEntity;
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "note", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64 }
/// // `User` has no `note` any more: what rows had there is kept.
/// quantadb::testing::assert_lossless!(LOCK, entities(User), rows = 20);
/// ```
#[macro_export]
macro_rules! assert_lossless {
    ($($program:tt)+) => {
        $crate::testing::assert_holds($crate::migrations!($($program)+).are_lossless())
    };
}

/// Asserts that a migration leaves the old state or the new one wherever it is interrupted: see
/// [`Migrations::survive_crashes`](crate::testing::Migrations::survive_crashes). The arguments are those of
/// [`migrations!`](crate::migrations). The store is opened four times for each write, so few rows are enough.
///
/// ```
/// # use quantadb::QuantaEntity;
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, #[quanta(index)] name: String }
/// quantadb::testing::crash_at_every_write!(LOCK, entities(User), rows = 6);
/// ```
#[macro_export]
macro_rules! crash_at_every_write {
    ($($program:tt)+) => {
        $crate::testing::assert_holds($crate::migrations!($($program)+).survive_crashes())
    };
}

/// Asserts that a store in a file opens with the present program: see
/// [`Migrations::open_golden`](crate::testing::Migrations::open_golden). The file is a backup
/// ([`Database::backup`](crate::Database::backup)) that lies in git: what a release has once written opens for ever.
///
/// The first argument is its path from the directory of the crate's `Cargo.toml`, the second the release that it is of; the
/// others are those of [`migrations!`](crate::migrations).
///
/// If the variable `QUANTA_BLESS` is in the environment of the test, a file that isn't there is written, with generated rows.
/// One that is there is never written again: remove it first, if it was a mistake.
///
/// ```no_run
/// # use quantadb::QuantaEntity;
/// # const LOCK: &str = r#"{"format": "quanta-history/1", "name": "shop", "versions": [
/// #     {"label": "1.0", "tables": [{"name": "users", "key": ["id"],
/// #       "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]}]}]}"#;
/// # #[derive(QuantaEntity)]
/// # #[quanta(table = "users", register = false)]
/// # struct User { #[quanta(id)] id: u64, name: String }
/// quantadb::testing::golden!("tests/golden/1.0.quanta-backup", "1.0", LOCK, entities(User));
/// ```
#[macro_export]
macro_rules! golden {
    ($path:expr, $label:expr, $($program:tt)+) => {{
        let path = ::std::path::Path::new(::core::env!("CARGO_MANIFEST_DIR")).join($path);
        let migrations = $crate::migrations!($($program)+);
        if ::std::env::var_os("QUANTA_BLESS").is_some() {
            $crate::testing::assert_holds(migrations.write_golden(&path, $label));
        }
        $crate::testing::assert_holds(migrations.open_golden(&path));
    }};
}
