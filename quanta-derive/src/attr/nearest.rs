//! What an unknown attribute was probably meant to be.

use super::known::{KNOWN, Place, SYNONYMS};

/// The attribute for `place` that comes closest to `word`, if one is close enough to be meant.
pub(crate) fn nearest(word: &str, place: Place) -> Option<&'static str> {
    let here = || {
        KNOWN
            .iter()
            .filter(|known| known.allows(place))
            .map(|known| known.name)
    };
    if let Some(name) = here().find(|name| SYNONYMS.contains(&(word, *name))) {
        return Some(name);
    }
    let (distance, name) = here().map(|name| (distance(word, name), name)).min()?;
    let is_part = word.len() >= 3 && (name.starts_with(word) || word.starts_with(name));
    (is_part || distance <= 1 + word.len() / 5).then_some(name)
}

/// The number of single-character edits between two words.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, char) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(char != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        let cases = [
            ("uniqe", Place::EntityField, Some("unique")),
            ("renamed_form", Place::EntityField, Some("renamed_from")),
            ("rename", Place::EntityField, Some("name")),
            ("rename", Place::Entity, Some("table")),
            ("name", Place::Entity, Some("table")),
            ("primary_key", Place::EntityField, Some("id")),
            ("table_name", Place::Entity, Some("table")),
            ("di", Place::EntityField, None),
            ("colour", Place::EntityField, None),
            ("crat", Place::Type, Some("crate")),
        ];
        for (word, place, expected) in cases {
            assert_eq!(nearest(word, place), expected, "{word}");
        }
    }
}
