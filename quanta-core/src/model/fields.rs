//! Fields as values: what a query's closures speak of.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::stored::QuantaType;

/// Where a field is, as a type: its way from a row, or from an item of a list.
pub trait Place: 'static {
    /// What the way begins at: an entity, or an item.
    type Root: 'static;

    /// What reading a `T` there gives: an option if something on the way may be missing.
    type Read<T>;

    /// Appends the path of storage names.
    fn write(path: &mut String);

    /// Takes what was found there; none if something on the way is missing.
    fn read<T>(found: Option<T>) -> Option<Self::Read<T>>;
}

/// The beginning: a row, or an item.
pub struct Start<R>(PhantomData<fn() -> R>);

impl<R: 'static> Place for Start<R> {
    type Root = R;
    type Read<T> = T;

    fn write(_: &mut String) {}

    fn read<T>(found: Option<T>) -> Option<T> {
        found
    }
}

/// The `N`th field of an `S` that is at `P`.
pub struct In<P, S, const N: usize>(PhantomData<fn() -> (P, S)>);

impl<P: Place, S: Fielded, const N: usize> Place for In<P, S, N> {
    type Root = P::Root;
    type Read<T> = P::Read<T>;

    fn write(path: &mut String) {
        P::write(path);
        let segment = S::SEGMENTS[N];
        // The path begins with a name.
        path.push_str(if path.is_empty() {
            segment.trim_start_matches('.')
        } else {
            segment
        });
    }

    fn read<T>(found: Option<T>) -> Option<P::Read<T>> {
        P::read(found)
    }
}

/// The same place, where there may be nothing: inside of an option, or of one variant.
pub struct Maybe<P>(PhantomData<fn() -> P>);

impl<P: Place> Place for Maybe<P> {
    type Root = P::Root;
    type Read<T> = Option<T>;

    fn write(path: &mut String) {
        P::write(path);
    }

    fn read<T>(found: Option<T>) -> Option<Option<T>> {
        Some(found)
    }
}

/// A type with fields that queries can speak of. Derived with [`QuantaType`] and `QuantaEntity`.
pub trait Fielded: 'static {
    /// What leads to each field, by its number: `.city`, `.0`, `::Circle.radius`.
    const SEGMENTS: &'static [&'static str];

    /// A struct with one [`Field`] for each field, under its Rust name; of an enum, one [`Variant`] for each variant.
    type Fields<P: Place>: FieldSet;
}

/// The fields of a type, at one place.
pub trait FieldSet: 'static {
    /// All of them: they hold nothing.
    const ALL: &'static Self;
}

impl FieldSet for () {
    const ALL: &'static Self = &();
}

macro_rules! tuples {
    ($($name:ident $position:literal)+) => {
        impl<$($name: 'static),+> Fielded for ($($name,)+) {
            const SEGMENTS: &'static [&'static str] = &[$(concat!(".", $position)),+];
            type Fields<P: Place> = ($(Field<In<P, Self, $position>, $name>,)+);
        }
    };
}

tuples! { A 0 B 1 }
tuples! { A 0 B 1 C 2 }
tuples! { A 0 B 1 C 2 D 3 }
tuples! { A 0 B 1 C 2 D 3 E 4 }
tuples! { A 0 B 1 C 2 D 3 E 4 F 5 }
tuples! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 }
tuples! { A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 }

macro_rules! tuple_sets {
    ($(($($place:ident $name:ident),+))*) => {
        $(impl<$($place: 'static, $name: 'static),+> FieldSet for ($(Field<$place, $name>,)+) {
            const ALL: &'static Self = &($(Field::<$place, $name>::NEW,)+);
        })*
    };
}

tuple_sets! {
    (P A, Q B)
    (P A, Q B, R C)
    (P A, Q B, R C, S D)
    (P A, Q B, R C, S D, T E)
    (P A, Q B, R C, S D, T E, U F)
    (P A, Q B, R C, S D, T E, U F, V G)
    (P A, Q B, R C, S D, T E, U F, V G, W H)
}

impl<T: Fielded> Fielded for Option<T> {
    const SEGMENTS: &'static [&'static str] = T::SEGMENTS;
    type Fields<P: Place> = T::Fields<Maybe<P>>;
}

impl<T: Fielded> Fielded for Box<T> {
    const SEGMENTS: &'static [&'static str] = T::SEGMENTS;
    type Fields<P: Place> = T::Fields<P>;
}

impl<T: Fielded> Fielded for std::sync::Arc<T> {
    const SEGMENTS: &'static [&'static str] = T::SEGMENTS;
    type Fields<P: Place> = T::Fields<P>;
}

/// A field in a query: `u.age` in `|u| u.age.ge(18)`. Fields of embedded structs follow with a dot, also behind options:
/// `u.address.city`.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaType};
/// #[derive(QuantaType)]
/// struct Address { city: String }
///
/// #[derive(QuantaEntity)]
/// struct User { #[quanta(id)] id: u64, age: u8, address: Option<Address>, tags: Vec<String> }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(User,)>().open("users")?;
/// let address = Some(Address { city: "Oslo".into() });
/// db.collection::<User>().insert(&User { id: 1, age: 30, address, tags: vec!["a".into()] })?;
/// let adults = db.query::<User>().filter(|u| u.age.ge(18) & u.address.city.eq("Oslo"));
/// assert_eq!(adults.count()?, 1);
/// assert!(!db.query::<User>().filter(|u| u.tags.contains("b")).exists()?);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Field<P, T>(PhantomData<fn() -> (P, T)>);

impl<P, T> Field<P, T> {
    /// The field. Generated code makes these.
    #[doc(hidden)]
    pub const NEW: Self = Self(PhantomData);
}

impl<P: Place, T: QuantaType> Field<P, T> {
    /// Returns its path of storage names.
    pub(crate) fn path(self) -> String {
        path_of::<P>()
    }
}

/// Returns the path of storage names of a place.
pub(crate) fn path_of<P: Place>() -> String {
    let mut path = String::new();
    P::write(&mut path);
    path
}

impl<P, T> Clone for Field<P, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, T> Copy for Field<P, T> {}

impl<P: Place, T> fmt::Debug for Field<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", path_of::<P>())
    }
}

impl<P: Place, T: Fielded> Deref for Field<P, T> {
    type Target = T::Fields<P>;

    fn deref(&self) -> &Self::Target {
        <T::Fields<P> as FieldSet>::ALL
    }
}

/// A variant of an enum at `P`, with the fields `F` of what it holds: `s.Circle` in `|s| s.Circle.radius.gt(2.0)`.
pub struct Variant<P, S, F, const N: usize>(PhantomData<fn(P, S) -> F>);

impl<P, S, F, const N: usize> Variant<P, S, F, N> {
    /// The variant. Generated code makes these.
    #[doc(hidden)]
    pub const NEW: Self = Self(PhantomData);
}

impl<P, S, F, const N: usize> Clone for Variant<P, S, F, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, S, F, const N: usize> Copy for Variant<P, S, F, N> {}

impl<P: Place, S: Varied, F, const N: usize> fmt::Debug for Variant<P, S, F, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variant({}::{})", path_of::<P>(), S::VARIANTS[N])
    }
}

impl<P: 'static, S: 'static, F: FieldSet, const N: usize> Deref for Variant<P, S, F, N> {
    type Target = F;

    fn deref(&self) -> &F {
        F::ALL
    }
}

/// An enum whose variants queries can speak of. Derived with [`QuantaType`].
pub trait Varied: 'static {
    /// The storage names of its variants.
    const VARIANTS: &'static [&'static str];
}
