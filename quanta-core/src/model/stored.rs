//! The trait of everything that can be stored in a field.

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::schema::NodeId;

use super::describe::Describe;

/// A type whose values can be stored. Derive it: `#[derive(QuantaType)]`.
///
/// The identity of a type comes from [`describe`](QuantaType::describe), which the compiler resolves like any other
/// trait: aliases, re-exports and moves change nothing.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaType};
/// #[derive(QuantaType, Debug, PartialEq)]
/// struct Place { lat: f64, lon: f64 }
///
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct City { #[quanta(id)] name: String, place: Option<Place> }
///
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// db.collection().insert(&City { name: "Oslo".into(), place: Some(Place { lat: 59.9, lon: 10.7 }) })?;
/// assert_eq!(db.collection::<City>().get("Oslo")?.unwrap().place, Some(Place { lat: 59.9, lon: 10.7 }));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be stored in a QuantaDB table",
    label = "this type has no stored form",
    note = "for a struct or enum of your own, add `#[derive(QuantaType)]` to it",
    note = "for a type that serde knows, mark the field `#[quanta(serde = \"name\")]`: it is then stored as JSON"
)]
pub trait QuantaType: Sized + 'static {
    /// Adds the type's shape to a description and returns its node.
    fn describe(shape: &mut Describe) -> NodeId;

    /// Writes the value in the row format.
    fn encode(&self, out: &mut Encoder);

    /// Reads a value in the row format.
    ///
    /// # Errors
    ///
    /// If the bytes are no value of this type.
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError>;

    /// Adds the shape of a list of this type. Only `u8` has one of its own: `bytes`.
    #[doc(hidden)]
    fn describe_list(shape: &mut Describe) -> NodeId {
        shape.list(Self::describe)
    }

    /// Writes a list of this type.
    #[doc(hidden)]
    fn encode_list(items: &[Self], out: &mut Encoder) {
        out.items(items, Self::encode);
    }

    /// Reads a list of this type.
    #[doc(hidden)]
    fn decode_list(input: &mut Decoder<'_>) -> Result<Vec<Self>, DecodeError> {
        input.enter()?;
        let count = input.count()?;
        let mut items = Vec::with_capacity(Decoder::capacity::<Self>(count));
        for _ in 0..count {
            items.push(Self::decode(input)?);
        }
        input.leave();
        Ok(items)
    }
}

/// What can stand for a key of type `K` in a look-up: the key itself, a borrowed form of it, or a [`Ref`](crate::Ref) that
/// holds it. `By` tells these apart for the compiler, and is never written.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # let cities = db.collection::<City>();
/// cities.insert(&City { name: "Oslo".into(), people: 717_710 })?;
/// assert!(cities.contains("Oslo")?); // A `str` stands for the `String` that the key is.
/// assert!(cities.contains(&String::from("Oslo"))?);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key of this collection, which is keyed by `{K}`",
    label = "expected a `&{K}`"
)]
pub trait AsKey<K, By = ByValue> {
    /// Writes what the key itself would write.
    #[doc(hidden)]
    fn encode_as_key(&self, out: &mut Encoder);
}

/// A key stands for itself.
#[derive(Debug, Clone, Copy)]
pub enum ByValue {}

/// A reference stands for the key that it holds.
#[derive(Debug, Clone, Copy)]
pub enum ByRef {}

impl<K: QuantaType> AsKey<K> for K {
    fn encode_as_key(&self, out: &mut Encoder) {
        self.encode(out);
    }
}

impl AsKey<String> for str {
    fn encode_as_key(&self, out: &mut Encoder) {
        out.sized_bytes(self.as_bytes());
    }
}

impl AsKey<Vec<u8>> for [u8] {
    fn encode_as_key(&self, out: &mut Encoder) {
        out.sized_bytes(self);
    }
}
