//! Keys that the store gives out.

use crate::codec::Encoder;

use super::entity::QuantaEntity;
use super::stored::QuantaType;

/// An entity whose keys the store gives out: `#[quanta(id, auto)]` says so. See
/// [`Collection::add`](crate::Collection::add).
///
/// ```
/// # use quantadb::{AutoEntity, Collection, Engine, Options, QuantaEntity};
/// #[derive(QuantaEntity, Default)]
/// # #[quanta(register = false)]
/// struct Note { #[quanta(id, auto)] id: u64, text: String }
///
/// fn add_empty<E: AutoEntity + Default>(rows: &Collection<E>) -> quantadb::Result<E> {
///     rows.add(E::default())
/// }
///
/// # let db = Options::new().engine(Engine::memory()).entities::<(Note,)>().open("notes")?;
/// assert_eq!(add_empty::<Note>(&db.collection())?.id, 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no automatic key",
    label = "the key field needs `#[quanta(id, auto)]`"
)]
pub trait AutoEntity: QuantaEntity {
    /// Sets the key.
    fn set_key(&mut self, key: Self::Key);
}

/// How keys are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoKeys {
    /// Each is one more than the highest one that ever was.
    Numbers,
    /// Each is a UUID v7.
    Uuids,
}

/// A type whose values the store can give out as keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type that keys can be given out of",
    label = "`auto` takes an integer, or a `uuid::Uuid` with the feature `uuid`"
)]
pub trait AutoKey: QuantaType {
    /// How keys are given out.
    #[doc(hidden)]
    const KEYS: AutoKeys;

    /// Tells whether it is the value that stands for no key yet: 0, or the nil UUID.
    #[doc(hidden)]
    fn is_unset(&self) -> bool;

    /// Writes a number as a value of this type. False if it is too large.
    #[doc(hidden)]
    fn write_number(number: u128, out: &mut Encoder) -> bool;
}

/// What the derive says of a key that the store gives out, without its type.
#[derive(Debug, Clone, Copy)]
pub struct Auto {
    /// How keys are given out.
    pub keys: AutoKeys,
    /// Whether the row has none yet.
    pub is_unset: bool,
    /// Writes a number as a key. False if it is too large.
    pub write_number: fn(u128, &mut Encoder) -> bool,
}

impl Auto {
    /// Looks at the key of a row.
    #[must_use]
    pub fn of<K: AutoKey>(key: &K) -> Self {
        Self {
            keys: K::KEYS,
            is_unset: key.is_unset(),
            write_number: K::write_number,
        }
    }
}

macro_rules! numbers {
    ($($type:ty)+) => {
        $(impl AutoKey for $type {
            const KEYS: AutoKeys = AutoKeys::Numbers;

            fn is_unset(&self) -> bool {
                *self == 0
            }

            fn write_number(number: u128, out: &mut Encoder) -> bool {
                let number = Self::try_from(number).ok();
                number.map(|number| number.encode(out)).is_some()
            }
        })+
    };
}

numbers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }
