//! The record that says what a store is: in a file of its own, and again among the records.

use std::fmt;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// The version of everything that is stored, from the marker to the rows.
pub const FORMAT_VERSION: u32 = 1;

/// The key under which the marker stands among the records.
pub const MARKER_KEY: &[u8] = &[0x00];

const MAGIC: [u8; 8] = *b"QUANTADB";
const ENGINE_BYTES: usize = 16;
const CHECKED_BYTES: usize = 8 + 4 + ENGINE_BYTES + 16;
const MARKER_BYTES: usize = CHECKED_BYTES + 8;

/// Sixteen random bytes that no other store has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(pub [u8; 16]);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreId({self})")
    }
}

/// What a store is: its format, its engine and its identity.
///
/// On disk it has 52 bytes: `QUANTADB`, the format version as a little-endian `u32`, the engine's name in 16 bytes
/// padded with zeros, the store's id in 16 bytes, and the first 8 bytes of the BLAKE3 hash of all of that.
///
/// ```
/// use quanta_storage::{FORMAT_VERSION, Marker, StoreId};
/// let marker = Marker { format: FORMAT_VERSION, engine: "fjall".into(), id: StoreId([7; 16]) };
/// assert_eq!(Marker::decode(&marker.encode(), "example")?, marker);
/// # Ok::<(), quanta_storage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The version of the format in which everything is stored.
    pub format: u32,
    /// The name of the engine, at most 16 bytes.
    pub engine: String,
    /// The store's identity.
    pub id: StoreId,
}

impl Marker {
    /// Makes the marker of a store in the present format.
    #[must_use]
    pub fn new(engine: impl Into<String>, id: StoreId) -> Self {
        Self {
            format: FORMAT_VERSION,
            engine: engine.into(),
            id,
        }
    }

    /// Encodes the marker. A longer engine name is cut to 16 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MARKER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.format.to_le_bytes());
        let mut engine = [0; ENGINE_BYTES];
        for (to, from) in engine.iter_mut().zip(self.engine.bytes()) {
            *to = from;
        }
        bytes.extend_from_slice(&engine);
        bytes.extend_from_slice(&self.id.0);
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(&checksum.as_bytes()[..8]);
        bytes
    }

    /// Decodes a marker that was found at `place`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MarkerDamaged`] if it isn't one, [`ErrorKind::NewerFormat`] if a newer version wrote it.
    pub fn decode(bytes: &[u8], place: impl fmt::Display) -> Result<Self> {
        let damaged = |what: &str| {
            let message = format!("the marker in {place} is damaged: {what}; restore it from a backup");
            Error::new(ErrorKind::MarkerDamaged, message)
        };
        // The magic and the version come first, so that a newer format may have another length behind them.
        let (magic, rest) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| damaged("it is too short"))?;
        if *magic != MAGIC {
            return Err(damaged("it doesn't start with QUANTADB"));
        }
        let (format, rest) = rest
            .split_first_chunk::<4>()
            .ok_or_else(|| damaged("it is too short"))?;
        let format = u32::from_le_bytes(*format);
        let sound = bytes.len() == MARKER_BYTES
            && blake3::hash(&bytes[..CHECKED_BYTES]).as_bytes()[..8] == bytes[CHECKED_BYTES..];
        if format > FORMAT_VERSION && (sound || bytes.len() != MARKER_BYTES) {
            return Err(newer_format(format, place));
        }
        if !sound {
            return Err(damaged("its checksum doesn't match"));
        }
        let (engine, rest) = rest
            .split_first_chunk::<16>()
            .ok_or_else(|| damaged("it is too short"))?;
        let (id, _) = rest
            .split_first_chunk::<16>()
            .ok_or_else(|| damaged("it is too short"))?;
        let name = engine.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| damaged("its engine has no name"))?;
        Ok(Self {
            format,
            engine: name.to_owned(),
            id: StoreId(*id),
        })
    }

    /// Reads the marker of the store in a directory, without locking or opening it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAStore`] if there is none, besides the errors of [`decode`](Self::decode).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match read_file(&path.join(MARKER_FILE))? {
            Some(marker) => Ok(marker),
            None => Err(Error::new(
                ErrorKind::NotAStore,
                format!(
                    "{} holds no store: there is no file {MARKER_FILE} in it",
                    path.display()
                ),
            )),
        }
    }
}

pub(super) const MARKER_FILE: &str = "MARKER";

/// Reads a marker file; `None` if there is none.
pub(super) fn read_file(path: &Path) -> Result<Option<Marker>> {
    match std::fs::read(path) {
        Ok(bytes) => Marker::decode(&bytes, path.display()).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(format_args!("reading {}", path.display()), error)),
    }
}

fn newer_format(found: u32, place: impl fmt::Display) -> Error {
    let message = format!(
        "{place} was written in format {found}, and this version reads up to {FORMAT_VERSION}: \
         open it with a newer version of quantadb"
    );
    Error::new(ErrorKind::NewerFormat { found }, message)
}
