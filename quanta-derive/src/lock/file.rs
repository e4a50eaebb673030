//! The file beside the manifest of the crate that is compiled.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use proc_macro2::TokenStream;
use quote::quote;

use super::names::LastVersion;

/// The lock of the crate that is compiled.
pub(crate) struct Lock {
    /// Where it is, as an absolute path.
    path: String,
    pub(crate) last: Arc<LastVersion>,
}

/// The file as it was read last: one crate has one lock, and many items.
struct Known {
    path: PathBuf,
    content: Vec<u8>,
    last: Result<Arc<LastVersion>, String>,
    /// The item at which was told what is wrong. One mistake is told once.
    told_at: Option<String>,
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// Reads the lock beside the manifest; none if there is no such file, or cargo doesn't run. `item` is who asks.
///
/// # Errors
///
/// Says what is wrong with the file, to the first item that asks.
pub(crate) fn beside_manifest(item: &str) -> Result<Option<Lock>, String> {
    match manifest_directory() {
        Some(directory) => read(&directory.join("quanta.lock"), item),
        None => Ok(None),
    }
}

/// Returns the directory of the crate that is compiled; none if cargo doesn't run.
pub(crate) fn manifest_directory() -> Option<PathBuf> {
    // What a procedural macro is to know of a crate, cargo says in the environment.
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)
}

fn read(path: &Path, item: &str) -> Result<Option<Lock>, String> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("reading {}: {error}", path.display())),
    };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = known
        .as_ref()
        .is_some_and(|known| known.path == path && known.content == content);
    if !is_known {
        *known = None;
    }
    let known = known.get_or_insert_with(|| Known {
        path: path.to_path_buf(),
        last: LastVersion::parse(&content).map(Arc::new),
        content,
        told_at: None,
    });
    match (&known.last, path.to_str()) {
        (Ok(last), Some(path)) => Ok(Some(Lock {
            path: path.to_owned(),
            last: Arc::clone(last),
        })),
        (Ok(_), None) => Err(format!("the path of {} is no UTF-8", path.display())),
        (Err(problem), _) if known.told_at.as_deref().is_none_or(|told| told == item) => {
            known.told_at = Some(item.to_owned());
            Err(problem.clone())
        }
        (Err(_), _) => Ok(None),
    }
}

impl Lock {
    /// What makes the compiler look at the item again when the file changes. Nothing of it is left in the program.
    pub(crate) fn tracked(&self) -> TokenStream {
        let path = &self.path;
        quote!(
            const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests of one process share what is known of the file, so there is one test.
    #[test]
    fn the_file_is_read_and_its_mistakes_are_told_once() {
        let directory = std::env::temp_dir().join(format!("quanta-derive-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("quanta.lock");
        assert!(read(&path, "One").unwrap().is_none());
        fs::write(&path, "{").unwrap();
        let problem = read(&path, "One").err().unwrap();
        assert!(problem.contains("is damaged"), "{problem}");
        assert!(read(&path, "Two").unwrap().is_none());
        // Who looks at the same item again is told again.
        assert_eq!(read(&path, "One").err(), Some(problem));
        fs::write(&path, r#"{"format": "quanta-history/1", "versions": []}"#).unwrap();
        let lock = read(&path, "Two").unwrap().unwrap();
        assert_eq!(*lock.last, LastVersion::default());
        assert!(lock.tracked().to_string().contains(path.to_str().unwrap()));
        fs::write(&path, r#"{"format": "quanta-history/9"}"#).unwrap();
        assert!(read(&path, "Two").err().unwrap().contains("quanta-history/9"));
        fs::remove_dir_all(&directory).unwrap();
    }
}
