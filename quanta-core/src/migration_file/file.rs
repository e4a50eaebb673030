//! One migration file.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::codec::civil;

use super::step::FileStep;

/// The longest id that is made for a name, in bytes: file systems take names of 255.
const ID_BYTES_MADE_MAX: usize = 120;

/// Digits of a checksum.
const CHECKSUM_DIGITS: usize = 32;

/// A change that was written down: what it does, what it comes after, and how to find it again.
///
/// ```
/// use quantadb::{FileStep, MigrationFile};
///
/// let file = MigrationFile::from_toml(
///     "20261122_143000_add_mail",
///     r#"
///     [[up]]
///     step = "add_field"
///     table = "users"
///     field = "mail"
///     type = "string"
///     "#,
/// )?;
/// assert_eq!(file.name, "add mail");
/// assert!(matches!(&file.up[0], FileStep::AddField { field, .. } if field == "mail"));
/// assert_eq!(MigrationFile::from_toml("copy", &file.to_toml())?.checksum(), file.checksum());
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationFile {
    /// What it is found again by: it never changes. Without an `id` in the file, the name of the file without its ending.
    pub id: String,
    /// What it does, for people.
    pub name: String,
    /// The ids of those that run before it.
    pub depends_on: Vec<String>,
    /// Words to choose files by.
    pub tags: Vec<String>,
    /// What it does, as one change.
    pub up: Vec<FileStep>,
    /// What takes it back. A store takes back by what it has recorded; what is written here is held against that.
    pub down: Vec<FileStep>,
    /// Where it was read from, if it was.
    pub path: Option<PathBuf>,
}

impl MigrationFile {
    /// Returns a hash of what the file says: 32 hexadecimal digits of the BLAKE3 hash of its parts as JSON. Comments, the
    /// order of keys and white space are no part of it, nor is the name.
    ///
    /// ```
    /// # use quantadb::MigrationFile;
    /// let one = MigrationFile::from_toml("one", "up = [{ step = \"drop_table\", table = \"logs\" }]")?;
    /// let with_comment = "# Nobody reads them.\n[[up]]\nstep = \"drop_table\"\ntable = \"logs\"";
    /// assert_eq!(MigrationFile::from_toml("one", with_comment)?.checksum(), one.checksum());
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn checksum(&self) -> String {
        let parts = json!({
            "id": self.id,
            "depends_on": self.depends_on,
            "tags": self.tags,
            "up": self.up,
            "down": self.down,
        });
        blake3::hash(parts.to_string().as_bytes()).to_hex()[..CHECKSUM_DIGITS].to_owned()
    }

    /// Returns where the file is, for messages: its path, or else its id.
    #[must_use]
    pub fn place(&self) -> String {
        self.path
            .as_ref()
            .map_or_else(|| self.id.clone(), |path| path.display().to_string())
    }
}

/// Returns the id of a file: the time, and a name in small letters: `20261122_143000_add_mail`. Of a long name, it has the first
/// words.
///
/// ```
/// assert_eq!(quantadb::file_id(1_795_357_800_000, "Add mail!"), "20261122_143000_add_mail");
/// ```
#[must_use]
pub fn file_id(time_ms: u64, name: &str) -> String {
    let mut id = timestamp_text(time_ms);
    let words = name
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    for word in words {
        if id.len() + word.len() >= ID_BYTES_MADE_MAX {
            break;
        }
        let _ = write!(id, "_{}", word.to_ascii_lowercase());
    }
    id
}

/// Returns an id that comes behind all that there are, also where the clock stands behind them.
///
/// ```
/// let next = |now| quantadb::next_file_id(now, ["20261122_143000_add_mail"], "tags");
/// assert_eq!(next(1_795_357_860_000), "20261122_143100_tags");
/// assert_eq!(next(0), "20261122_143001_tags");
/// ```
#[must_use]
pub fn next_file_id<'i>(now_ms: u64, ids: impl IntoIterator<Item = &'i str>, name: &str) -> String {
    let last = ids.into_iter().filter_map(timestamp_of).max();
    // An id tells seconds.
    let next = last.map_or(0, |last| last + 1000);
    file_id(now_ms.max(next), name)
}

/// Returns a time, in milliseconds since 1970, as `20261122_143000`, in universal time.
fn timestamp_text(time_ms: u64) -> String {
    let seconds = i64::try_from(time_ms / 1000).unwrap_or(i64::MAX);
    // The years behind 9999 have more digits, and no file has them.
    let text = civil::timestamp_text(seconds, 0).unwrap_or_else(|| "99991231T235959Z".to_owned());
    text.replace(['-', ':', 'Z'], "").replace('T', "_")
}

/// Reads the time at the beginning of an id, in milliseconds since 1970; none if there is none.
pub(crate) fn timestamp_of(id: &str) -> Option<u64> {
    let (date, rest) = id.split_once('_')?;
    let time = rest.split('_').next()?;
    let digits =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(date, 8) || !digits(time, 6) {
        return None;
    }
    let spread = |text: &str, between: char| -> String {
        let (start, end) = text.split_at(text.len() - 4);
        format!("{start}{between}{}{between}{}", &end[..2], &end[2..])
    };
    let text = format!("{}T{}Z", spread(date, '-'), spread(time, ':'));
    let (seconds, _) = civil::parse_timestamp(&text)?;
    u64::try_from(seconds).ok().map(|seconds| seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_the_time() {
        for (time_ms, text) in [
            (0, "19700101_000000"),
            (951_782_399_000, "20000228_235959"),
            (951_782_400_000, "20000229_000000"),
            (1_795_357_800_000, "20261122_143000"),
            (4_107_542_400_000, "21000301_000000"),
        ] {
            assert_eq!(timestamp_text(time_ms), text);
            assert_eq!(timestamp_of(&file_id(time_ms, "Add mail")), Some(time_ms));
        }
        assert_eq!(timestamp_of("add_mail"), None);
        assert_eq!(timestamp_of("20269922_143000_x"), None);
    }
}
