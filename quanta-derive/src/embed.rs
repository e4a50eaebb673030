//! Migration files as a part of the program.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::lock::manifest_directory;

/// How the names of migration files end.
const ENDING: &str = ".toml";

/// How the names of drafts end, which are left out.
const DRAFT_ENDING: &str = ".draft.toml";

/// Lists the files of a directory, and of those in it, with their texts.
pub(crate) fn embed(directory: &LitStr) -> TokenStream {
    let listed = manifest_directory()
        .ok_or_else(|| "cargo doesn't say where the package is".to_owned())
        .and_then(|package| list(&package.join(directory.value())));
    match listed {
        Ok(files) => {
            let files = files
                .iter()
                .map(|(name, path)| quote!((#name, ::core::include_str!(#path))));
            quote!({
                const FILES: &[(&str, &str)] = &[#(#files),*];
                FILES
            })
        }
        Err(problem) => syn::Error::new(directory.span(), problem).to_compile_error(),
    }
}

fn list(root: &Path) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        let unreadable = |error: std::io::Error| format!("{} can't be read: {error}", directory.display());
        for entry in std::fs::read_dir(&directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if is_hidden(&path) {
                continue;
            }
            if path.is_dir() {
                waiting.push(path);
            } else if is_migration(&path) {
                found.push((name_in(root, &path), path.display().to_string()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

fn is_migration(path: &Path) -> bool {
    let name = file_name(path);
    name.ends_with(ENDING) && !name.ends_with(DRAFT_ENDING)
}

/// Returns the path within the directory, with `/` between its parts.
fn name_in(root: &Path, path: &Path) -> String {
    let within: PathBuf = path.strip_prefix(root).unwrap_or(path).to_path_buf();
    let parts: Vec<String> = within
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}
