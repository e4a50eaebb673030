//! Guards the rules of ARCHITECTURE.md that no compiler checks, by reading the sources.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;

/// A source file of the workspace.
struct Source {
    /// From the root of the workspace, with `/`.
    path: String,
    /// Without comments, and without what only tests see.
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Reads the sources below a folder, sorted by path.
fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut files);
    files.sort();
    let sources: Vec<Source> = files.iter().map(|file| source(file)).collect();
    assert!(!sources.is_empty(), "{folder} has no sources");
    sources
        .into_iter()
        .filter(|source| !is_for_tests(&source.path))
        .collect()
}

fn source(file: &Path) -> Source {
    let text = fs::read_to_string(file).unwrap();
    let path = file
        .strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/");
    Source {
        path,
        code: without_tests(&text),
    }
}

/// Tells whether a file is compiled for tests only: a module on its path is declared under `#[cfg(test)]`.
fn is_for_tests(path: &str) -> bool {
    let file = root().join(path);
    file.ancestors()
        .take_while(|place| !place.ends_with("src"))
        .any(|place| {
            let (Some(folder), Some(name)) = (place.parent(), place.file_stem()) else {
                return false;
            };
            let parents = [
                folder.join("mod.rs"),
                folder.join("lib.rs"),
                folder.with_extension("rs"),
            ];
            let texts = parents
                .iter()
                .filter_map(|parent| fs::read_to_string(parent).ok());
            texts
                .into_iter()
                .any(|text| is_test_module(&text, &name.to_string_lossy()))
        })
}

fn is_test_module(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.windows(2).any(|pair| {
        pair[0] == "#[cfg(test)]"
            && [
                format!("mod {name};"),
                format!("pub mod {name};"),
                format!("pub(crate) mod {name};"),
            ]
            .iter()
            .any(|module| pair[1] == module)
    })
}

/// Leaves out comments, and modules for tests at the end of a file.
fn without_tests(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Lists the words of a source: what stands between characters that no name has.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

#[test]
fn test_files_are_told_from_others() {
    let core = sources("quanta-core/src");
    let has = |path: &str| core.iter().any(|source| source.path == path);
    assert!(has("quanta-core/src/lib.rs") && has("quanta-core/src/codec/key.rs"));
    assert!(!has("quanta-core/src/codec/key/tests.rs") && !has("quanta-core/src/golden/store.rs"));
}

#[test]
fn schema_diff_and_plan_are_pure() {
    const IMPURE: [&str; 16] = [
        "quanta_storage",
        "Engine",
        "Snapshot",
        "HashMap",
        "HashSet",
        "RandomState",
        "fs",
        "io",
        "env",
        "thread",
        "Instant",
        "SystemTime",
        "Mutex",
        "RwLock",
        "tracing",
        "static",
    ];
    let mut found = Vec::new();
    for folder in ["schema", "diff", "plan", "program", "history"] {
        for source in sources(&format!("quanta-core/src/{folder}")) {
            // A lifetime is no variable.
            let code = source.code.replace("&'static", "&").replace("'static", "");
            found.extend(
                words(&code)
                    .filter(|word| IMPURE.contains(word))
                    .map(|word| format!("{}: {word}", source.path)),
            );
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// The modules of quanta-core, lowest first. Each uses only itself and what stands before it; those on one line may
/// use each other.
const ORDER: [&[&str]; 21] = [
    &["error", "progress", "schema"],
    &["codec"],
    &["diff"],
    &["program"],
    &["plan"],
    &["model"],
    &["value"],
    &["history"],
    &["custom"],
    &["migration_file"],
    &["generate"],
    &["catalog"],
    &["index"],
    &["txn"],
    &["migrate"],
    &["db", "collection", "query", "watch"],
    &["lint"],
    &["transfer"],
    &["rehearse"],
    &["lock"],
    &["testing"],
];

fn rank(module: &str) -> usize {
    ORDER
        .iter()
        .position(|level| level.contains(&module))
        .unwrap_or_else(|| panic!("module {module} of quanta-core stands in no order: give it its place"))
}

#[test]
fn modules_of_the_core_use_only_what_is_below() {
    let mut upwards = Vec::new();
    for source in sources("quanta-core/src") {
        let inner = source.path.trim_start_matches("quanta-core/src/");
        let module = inner.split(['/', '.']).next().unwrap_or(inner);
        if module == "lib" {
            continue;
        }
        let level = rank(module);
        for used in source.code.split("crate::").skip(1) {
            // `$crate::` in a macro is the name for users of the crate.
            let used = words(used).next().unwrap_or(used);
            if ORDER
                .iter()
                .flat_map(|level| level.iter())
                .any(|known| *known == used)
                && rank(used) > level
            {
                upwards.push(format!("{} uses {used}", source.path));
            }
        }
    }
    upwards.dedup();
    assert_eq!(upwards, Vec::<String>::new());
}

/// Lists the files that name a crate.
fn files_that_name(name: &str) -> Vec<String> {
    let all = [
        "src",
        "quanta-derive/src",
        "quanta-storage/src",
        "quanta-core/src",
        "quanta-cli/src",
    ];
    let files = all.iter().flat_map(|folder| sources(folder));
    let names = |code: &str| {
        let imported = [
            format!("use {name}::"),
            format!("use {name};"),
            format!("extern crate {name}"),
        ];
        let by_path = code.match_indices(&format!("{name}::")).any(|(at, _)| {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            !(before.is_alphanumeric() || before == '_' || before == ':')
        });
        by_path || imported.iter().any(|form| code.contains(form))
    };
    files
        .filter(|source| names(&source.code))
        .map(|source| source.path)
        .collect()
}

#[test]
fn one_file_names_each_engine() {
    assert_eq!(files_that_name("fjall"), ["quanta-storage/src/engines/fjall.rs"]);
    assert_eq!(files_that_name("sled"), ["quanta-storage/src/engines/sled.rs"]);
    assert_eq!(files_that_name("redb"), ["quanta-storage/src/engines/redb.rs"]);
}

#[test]
fn one_module_knows_the_wire_format() {
    let files = files_that_name("bincode");
    assert!(!files.is_empty());
    assert!(
        files
            .iter()
            .all(|file| file.starts_with("quanta-core/src/codec/")),
        "{files:?}"
    );
}

#[test]
fn the_catalogue_is_written_by_migrate() {
    let records = ["HEAD", "EPOCH", "schema", "version", "ledger", "work", "sweep"];
    let mut writers = Vec::new();
    for source in sources("quanta-core/src") {
        let code: String = source.code.split_whitespace().collect();
        let writes = records.iter().any(|record| {
            ["put", "delete"]
                .iter()
                .any(|verb| code.contains(&format!("{verb}(keys::{record}")))
        });
        if writes {
            writers.push(source.path);
        }
    }
    // The transaction core takes swept stamps out of the head: only the sweep, in `migrate`, asks it to.
    expect![[r#"
        [
            "quanta-core/src/migrate/build.rs",
            "quanta-core/src/migrate/debts.rs",
            "quanta-core/src/migrate/discard.rs",
            "quanta-core/src/migrate/fill.rs",
            "quanta-core/src/migrate/forget.rs",
            "quanta-core/src/migrate/repair.rs",
            "quanta-core/src/migrate/sweep.rs",
            "quanta-core/src/migrate/switch.rs",
            "quanta-core/src/txn/core.rs",
        ]
    "#]]
    .assert_debug_eq(&writers);
    let callers: Vec<String> = sources("quanta-core/src")
        .into_iter()
        .filter(|source| source.code.contains(".retire_stamps("))
        .map(|source| source.path)
        .collect();
    assert_eq!(callers, ["quanta-core/src/migrate/sweep.rs"]);
}

#[test]
fn libraries_never_print_read_the_environment_or_ask() {
    const WORDS: [&str; 9] = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "dbg!(",
        "stdin",
        "stdout",
        "std::env",
        "env::var",
    ];
    let mut found = Vec::new();
    for folder in [
        "src",
        "quanta-storage/src",
        "quanta-core/src",
        "quanta-derive/src",
    ] {
        for source in sources(folder) {
            let words = WORDS.iter().filter(|word| source.code.contains(*word));
            found.extend(words.map(|word| format!("{}: {word}", source.path)));
        }
    }
    // Golden stores are written if a variable says so: the macro asks in the test that it stands in. A procedural macro
    // asks cargo where the crate is, and cargo answers in the environment.
    let asking = [
        "quanta-core/src/testing/macros.rs",
        "quanta-derive/src/lock/file.rs",
    ];
    let expected = asking
        .iter()
        .flat_map(|file| ["std::env", "env::var"].map(|word| format!("{file}: {word}")));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn every_crate_has_the_lints_of_the_workspace() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in [
        "unsafe_code = \"forbid\"",
        "print_stdout = \"warn\"",
        "unwrap_used = \"warn\"",
        "missing_docs",
    ] {
        assert!(workspace.contains(lint), "{lint}");
    }
    for folder in ["", "quanta-derive", "quanta-storage", "quanta-core", "quanta-cli"] {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{folder}");
    }
}

#[test]
fn the_derives_depend_on_no_crate_of_ours() {
    let manifest = fs::read_to_string(root().join("quanta-derive/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    assert!(!dependencies.contains("quanta-"), "{dependencies}");
}

#[test]
fn no_hash_map_decides_an_order() {
    let mut found = Vec::new();
    for source in sources("quanta-core/src") {
        let names = words(&source.code).any(|word| matches!(word, "HashMap" | "HashSet"));
        if names {
            found.push(source.path);
        }
    }
    // Hash collections of users are stored too, sorted by their bytes, and asked whether they contain something.
    let of_users = [
        "quanta-core/src/model/types/collections.rs",
        "quanta-core/src/query/field_types.rs",
    ];
    assert_eq!(found, of_users);
}

#[test]
fn every_invariant_names_tests_that_exist() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = page.split_once("## Invariants").unwrap();
    let rest = rest.split("\n## ").next().unwrap();
    let invariants: Vec<&str> = rest
        .split("\n\n")
        .filter(|paragraph| paragraph.trim_start().starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert_eq!(invariants.len(), 11);
    let mut files = Vec::new();
    for folder in [
        "tests",
        "quanta-core",
        "quanta-storage",
        "quanta-derive",
        "quanta-cli",
    ] {
        walk(&root().join(folder), &mut files);
    }
    let code: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for invariant in invariants {
        let (_, tests) = invariant
            .split_once("Held by")
            .unwrap_or_else(|| panic!("{invariant}"));
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{invariant}");
        for name in names {
            let exists =
                code.iter().any(|code| code.contains(&format!("fn {name}("))) || root().join(name).exists();
            assert!(exists, "there is no test {name}:\n{invariant}");
        }
    }
}
