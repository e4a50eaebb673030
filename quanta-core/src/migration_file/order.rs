//! The order in which files run: what they depend on first, then by id.

use std::collections::{BTreeMap, BTreeSet};

use super::file::MigrationFile;

/// Sorts files: each stands behind those that it depends on, else they are sorted by id. What is applied may be there no more.
///
/// # Errors
///
/// Names two files with one id, one that is missing, or those that wait for each other.
pub(crate) fn in_order(
    files: Vec<MigrationFile>,
    applied: &BTreeSet<String>,
) -> Result<Vec<MigrationFile>, String> {
    let mut waiting: BTreeMap<String, MigrationFile> = BTreeMap::new();
    for file in files {
        if let Some(other) = waiting.get(&file.id) {
            return Err(format!(
                "{} and {} both have the id {}",
                other.place(),
                file.place(),
                file.id
            ));
        }
        waiting.insert(file.id.clone(), file);
    }
    for file in waiting.values() {
        if let Some(missing) = file
            .depends_on
            .iter()
            .find(|id| !waiting.contains_key(*id) && !applied.contains(*id))
        {
            return Err(format!(
                "{} depends on {missing}, and there is no file with that id",
                file.place()
            ));
        }
    }
    let gone = applied.iter().filter(|id| !waiting.contains_key(*id));
    let mut done: BTreeSet<String> = gone.cloned().collect();
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let next = waiting
            .values()
            .find(|file| file.depends_on.iter().all(|id| done.contains(id)));
        let Some(id) = next.map(|file| file.id.clone()) else {
            return Err(format!(
                "these files wait for each other: {}",
                circle(&waiting).join(" -> ")
            ));
        };
        sorted.extend(waiting.remove(&id));
        done.insert(id);
    }
    Ok(sorted)
}

/// Finds files that wait for each other, the first again at the end.
fn circle(waiting: &BTreeMap<String, MigrationFile>) -> Vec<String> {
    let mut way: Vec<String> = Vec::new();
    let mut next = waiting.keys().next().cloned();
    while let Some(id) = next {
        if let Some(start) = way.iter().position(|known| *known == id) {
            way.drain(..start);
            way.push(id);
            break;
        }
        let file = waiting.get(&id);
        next = file.and_then(|file| {
            file.depends_on
                .iter()
                .find(|id| waiting.contains_key(*id))
                .cloned()
        });
        way.push(id);
    }
    way
}

/// Lists the ids of files that have one of the tags, and of those that depend on one of them.
pub(crate) fn behind_tags(sorted: &[MigrationFile], tags: &BTreeSet<String>) -> BTreeSet<String> {
    let mut left: BTreeSet<String> = BTreeSet::new();
    for file in sorted {
        let has_tag = file.tags.iter().any(|tag| tags.contains(tag));
        if has_tag || file.depends_on.iter().any(|id| left.contains(id)) {
            left.insert(file.id.clone());
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, depends_on: &[&str]) -> MigrationFile {
        let depends_on: Vec<String> = depends_on.iter().map(|id| format!("\"{id}\"")).collect();
        let text = format!("depends_on = [{}]", depends_on.join(", "));
        MigrationFile::from_toml(id, &text).expect("it is a file")
    }

    fn check(files: &[(&str, &[&str])], expected: Result<&[&str], &str>) {
        let files = files
            .iter()
            .map(|(id, depends_on)| file(id, depends_on))
            .collect();
        let sorted = in_order(files, &BTreeSet::new());
        let ids = sorted.map(|sorted| sorted.into_iter().map(|file| file.id).collect::<Vec<_>>());
        assert_eq!(
            ids.as_ref().map(Vec::as_slice).map_err(String::as_str),
            expected
                .map(|ids| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>())
                .as_deref()
                .map_err(|problem| *problem)
        );
    }

    #[test]
    fn files_run_behind_what_they_depend_on() {
        check(&[("b", &[]), ("a", &[])], Ok(&["a", "b"]));
        check(&[("a", &["c"]), ("b", &[]), ("c", &[])], Ok(&["b", "c", "a"]));
        check(&[("a", &[]), ("a", &[])], Err("a and a both have the id a"));
        check(
            &[("a", &["b"])],
            Err("a depends on b, and there is no file with that id"),
        );
        check(
            &[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])],
            Err("these files wait for each other: b -> c -> b"),
        );
    }

    #[test]
    fn what_depends_on_a_file_that_is_left_is_left() {
        let tagged = MigrationFile::from_toml("a", "tags = [\"slow\"]").expect("it is a file");
        let sorted = in_order(vec![tagged, file("b", &["a"]), file("c", &[])], &BTreeSet::new())
            .expect("they have an order");
        let left = behind_tags(&sorted, &["slow".to_owned()].into());
        assert_eq!(left, ["a".to_owned(), "b".to_owned()].into());
    }
}
