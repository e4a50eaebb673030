//! Which of several names may have been meant.

/// Sorts names: the one with the fewest edits to `meant` first.
#[must_use]
pub fn nearest_first<'n>(names: impl IntoIterator<Item = &'n str>, meant: &str) -> Vec<&'n str> {
    let mut names: Vec<(usize, &str)> = names.into_iter().map(|name| (edits(name, meant), name)).collect();
    names.sort_unstable();
    names.into_iter().map(|(_, name)| name).collect()
}

/// Counts the characters to insert, delete or replace (Levenshtein's distance).
#[must_use]
pub fn edits(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (line, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in two.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn counts_edits_between_names() {
        for (one, two, count) in [
            ("users", "users", 0),
            ("users", "usr", 2),
            ("", "abc", 3),
            ("team", "tema", 2),
        ] {
            assert_eq!(edits(one, two), count, "{one} {two}");
            assert_eq!(edits(two, one), count, "{two} {one}");
        }
    }
}
