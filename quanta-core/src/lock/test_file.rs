//! The text of a file of tests for the migrations of a program.

use crate::db::Options;
use crate::error::{Error, ErrorKind, Result};

/// Returns [`test_file`] for the entities that `options` opens with, by their paths in their crates.
///
/// ```
/// # use quantadb::{Options, QuantaEntity, lock};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String }
/// let text = lock::test_file_of("../quanta.lock", &Options::new().entities::<(City,)>())?;
/// assert!(text.contains("assert_lossless!(LOCK, entities(City));"));
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// # Errors
///
/// If there is no entity.
pub fn test_file_of(lock: &str, options: &Options) -> Result<String> {
    let mut names: Vec<String> = options
        .declarations()
        .iter()
        .map(|declaration| declaration.rust_name.to_string())
        .collect();
    names.sort();
    test_file(lock, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Returns the text of a file of tests that holds a program to its lock: that every release migrates, that nothing is lost
/// on the way back, and that a crash does no harm. It compiles with the feature `testing` in `[dev-dependencies]`.
///
/// `lock` is the path of the lock from where the file is going to lie, `entities` are the paths of the entities as the file
/// can name them.
///
/// ```
/// let text = quantadb::lock::test_file("../quanta.lock", &["my_app::User", "my_app::teams::Team"])?;
/// assert!(text.contains("const LOCK: &str = include_str!(\"../quanta.lock\");"));
/// assert!(text.contains("assert_migrates!(LOCK, entities(User, Team));"));
/// # Ok::<(), quantadb::Error>(())
/// ```
///
/// # Errors
///
/// If no entity is named, or one is no path.
pub fn test_file(lock: &str, entities: &[&str]) -> Result<String> {
    if entities.is_empty() {
        return Err(Error::new(
            ErrorKind::Value,
            "a file of tests needs at least one entity",
        ));
    }
    if let Some(wrong) = entities.iter().find(|entity| !is_path(entity)) {
        let problem = format!(
            "`{}` is no path of a struct, such as `my_app::User`",
            wrong.escape_debug()
        );
        return Err(Error::new(ErrorKind::Value, problem));
    }
    let (imports, names) = named(entities);
    Ok(TEMPLATE
        .replace("{imports}", &imports)
        .replace("{lock}", &format!("{lock:?}"))
        .replace("{entities}", &names))
}

const TEMPLATE: &str = r#"//! Holds the migrations of this program to its lock: stores of every release, with generated rows.
//!
//! Where random rows don't fit, say what the program writes there: `.with("table", |row| row.set("field", "value"))`.
//! A store that is to open for ever is kept with `quantadb::testing::golden!`.

{imports}
const LOCK: &str = include_str!({lock});

#[test]
fn every_release_migrates() {
    assert_migrates!(LOCK, entities({entities}));
}

#[test]
fn nothing_is_lost_on_the_way_back() {
    assert_lossless!(LOCK, entities({entities}));
}

#[test]
fn a_crash_leaves_the_old_state_or_the_new_one() {
    crash_at_every_write!(LOCK, entities({entities}));
}
"#;

/// Returns the imports, sorted as rustfmt sorts them, and what the entities are called with them: those whose last names
/// are alike stay as they are.
fn named(entities: &[&str]) -> (String, String) {
    let last = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    let mut imports =
        vec!["use quantadb::testing::{assert_lossless, assert_migrates, crash_at_every_write};".to_owned()];
    let mut names = Vec::new();
    for path in entities {
        let name = last(path);
        let is_alone = entities.iter().filter(|other| last(other) == name).count() == 1;
        if is_alone && path.contains("::") {
            imports.push(format!("use {path};"));
            names.push(name);
        } else {
            names.push((*path).to_owned());
        }
    }
    imports.sort();
    let imports: String = imports.iter().map(|import| format!("{import}\n")).collect();
    (imports, names.join(", "))
}

fn is_path(text: &str) -> bool {
    let text = text.strip_prefix("::").unwrap_or(text);
    text.split("::").all(|part| {
        let mut characters = part.chars();
        let first = characters.next();
        first.is_some_and(|first| first.is_alphabetic() || first == '_')
            && characters.all(|character| character.is_alphanumeric() || character == '_')
    })
}
