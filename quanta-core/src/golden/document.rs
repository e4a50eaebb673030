//! Blocks of a page that are written by code.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The pages, with their blocks in order.
const PAGES: [(&str, &[&str]); 3] = [
    (
        "format.md",
        &[
            "repair",
            "forgotten",
            "work",
            "victim",
            "counter",
            "view",
            "values",
            "collections",
            "kept",
            "index",
            "canonical",
            "limits",
            "store",
        ],
    ),
    (
        "migrations.md",
        &[
            "plan-text",
            "refusal",
            "zeros",
            "conversions",
            "kinds",
            "rules",
            "plan-json",
        ],
    ),
    ("tools.md", &["validation-codes", "finding-codes"]),
];

/// Tests run beside each other, and some write to one page.
static WRITING: Mutex<()> = Mutex::new(());

fn path(page: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "docs", page].iter().collect()
}

fn read(page: &str) -> String {
    let path = path(page);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn start_mark(block: &str) -> String {
    format!("<!-- block {block}: written by a test -->\n")
}

const END_MARK: &str = "<!-- end -->";

/// Returns a block of a page.
pub fn block(page: &str, block: &str) -> String {
    let text = read(page);
    let (_, rest) = text
        .split_once(&start_mark(block))
        .unwrap_or_else(|| panic!("{page} has no block {block}"));
    let (block, _) = rest.split_once(END_MARK).expect("a block has an end");
    block.to_owned()
}

/// Compares a block of a page with what it should be. With `QUANTA_BLESS=1` it is written there.
pub fn check(page: &str, name: &str, expected: &str) {
    let known = PAGES
        .iter()
        .any(|(known, blocks)| *known == page && blocks.contains(&name));
    assert!(known, "block {name} of {page} stands in no list");
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let present = block(page, name);
    if present == expected {
        return;
    }
    if std::env::var_os("QUANTA_BLESS").is_some() {
        let mark = start_mark(name);
        let text = read(page).replace(&format!("{mark}{present}"), &format!("{mark}{expected}"));
        std::fs::write(path(page), text).expect("the page can be written");
        return;
    }
    let difference = crate::plan::diff_text(&present, expected, crate::plan::Style::Plain);
    let changed: Vec<&str> = difference
        .lines()
        .filter(|line| line.starts_with(['-', '+']))
        .collect();
    panic!(
        "docs/{page}, block {name}, is not what the code gives. If the format was meant to change, say so in \
         CHANGELOG.md under \"On-disk format\" and run again with QUANTA_BLESS=1.\n{}",
        changed.join("\n")
    );
}

/// Puts lines into a fence.
pub fn fenced(lines: &str) -> String {
    format!("```text\n{}\n```\n", lines.trim_end())
}

/// Returns what stands in the fence of a block.
pub fn unfenced(block: &str) -> &str {
    block
        .trim_end()
        .strip_prefix("```text\n")
        .and_then(|block| block.strip_suffix("```"))
        .expect("the block is a fence")
}

#[test]
fn every_block_is_checked() {
    for (page, blocks) in PAGES {
        let text = read(page);
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("<!-- block "))
            .filter_map(|line| line.strip_suffix(": written by a test -->"))
            .collect();
        assert_eq!(found, blocks, "{page}");
    }
}
