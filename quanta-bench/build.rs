//! Writes down what the benchmarks are built with.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

/// The crates whose versions stand in the report.
const CRATES: [&str; 10] = [
    "bincode",
    "fjall",
    "lsm-tree",
    "libsqlite3-sys",
    "microrm",
    "native_db",
    "redb",
    "rusqlite",
    "sled",
    "structsy",
];

fn main() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    println!("cargo::rerun-if-changed={lock}");
    let text = fs::read_to_string(lock).unwrap_or_default();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in text.split("[[package]]") {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key));
            line.map(|rest| rest.trim_matches('"'))
        };
        if let (Some(name), Some(version)) = (value("name = "), value("version = "))
            && CRATES.contains(&name)
        {
            versions.entry(name).or_default().push(version);
        }
    }
    let listed: Vec<String> = versions
        .iter()
        .map(|(name, versions)| format!("{name} {}", versions.join(" and ")))
        .collect();
    println!("cargo::rustc-env=BENCH_CRATES={}", listed.join("; "));
    let compiler = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output();
    let compiler = compiler.map_or_else(|_| "unknown".into(), |output| output.stdout);
    println!(
        "cargo::rustc-env=BENCH_RUSTC={}",
        String::from_utf8_lossy(&compiler).trim()
    );
}
