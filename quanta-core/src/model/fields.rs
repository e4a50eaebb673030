//! Fields as values: what a query's closures speak of.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::entity::{Declaration, QuantaEntity};
use super::reference::Ref;
use super::stored::QuantaType;
use crate::schema::ACROSS;

/// Where a field is, as a type: its way from a row, or from an item of a list. A function that takes fields of several
/// places is generic over it.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, query::Place};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Match { #[quanta(id)] id: u64, home: u8, away: Option<u8> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Match,)>().open("matches")?;
/// # db.collection::<Match>().insert(&Match { id: 1, home: 4, away: Some(0) })?;
/// # db.collection::<Match>().insert(&Match { id: 2, home: 1, away: None })?;
/// // Holds for a field of any entity, and for one of a struct in it.
/// fn many<P: Place>(goals: Field<P, u8>) -> Filter<P::Root> {
///     goals.ge(3)
/// }
/// assert_eq!(db.query::<Match>().filter(|m| many(m.home)).one()?.id, 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub trait Place: 'static {
    /// What the way begins at: an entity, or an item. It may lead on along references.
    type Row: 'static;

    /// What conditions on the field are conditions on: what the way begins at, but [`Joined`] rows behind a reference.
    type Root: 'static;

    /// What reading a `T` there gives: an option if something on the way may be missing.
    type Read<T>;

    /// Appends the path of storage names.
    fn write(path: &mut String);

    /// Lists the entities that the references on the way lead to.
    #[doc(hidden)]
    fn behind(_: &mut Vec<&'static Declaration>) {}

    /// Takes what was found there; none if something on the way is missing.
    fn read<T>(found: Option<T>) -> Option<Self::Read<T>>;
}

/// The beginning: a row, or an item.
pub struct Start<R>(PhantomData<fn() -> R>);

impl<R: 'static> Place for Start<R> {
    type Row = R;
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
    type Row = P::Row;
    type Root = P::Root;
    type Read<T> = P::Read<T>;

    fn write(path: &mut String) {
        P::write(path);
        let segment = S::SEGMENTS[N];
        // The path begins with a name, in each row.
        path.push_str(if path.is_empty() || path.ends_with(ACROSS) {
            segment.trim_start_matches('.')
        } else {
            segment
        });
    }

    fn behind(entities: &mut Vec<&'static Declaration>) {
        P::behind(entities);
    }

    fn read<T>(found: Option<T>) -> Option<P::Read<T>> {
        P::read(found)
    }
}

/// The same place, where there may be nothing: inside of an option, or of one variant.
pub struct Maybe<P>(PhantomData<fn() -> P>);

impl<P: Place> Place for Maybe<P> {
    type Row = P::Row;
    type Root = P::Root;
    type Read<T> = Option<T>;

    fn write(path: &mut String) {
        P::write(path);
    }

    fn behind(entities: &mut Vec<&'static Declaration>) {
        P::behind(entities);
    }

    fn read<T>(found: Option<T>) -> Option<Option<T>> {
        Some(found)
    }
}

/// The row of an `E` that the reference at `P` leads to.
pub struct Across<P, E>(PhantomData<fn() -> (P, E)>);

impl<P: Place, E: QuantaEntity> Place for Across<P, E> {
    type Row = P::Row;
    type Root = Joined<E>;
    type Read<T> = P::Read<T>;

    fn write(path: &mut String) {
        P::write(path);
        path.push_str(ACROSS);
    }

    fn behind(entities: &mut Vec<&'static Declaration>) {
        P::behind(entities);
        entities.push(E::declaration());
    }

    fn read<T>(found: Option<T>) -> Option<P::Read<T>> {
        P::read(found)
    }
}

/// A row of an `R` that a reference leads to: its fields can be read, but neither conditions nor orders of the row that
/// refers to it can be made of them.
pub struct Joined<R>(PhantomData<fn() -> R>);

/// What a field that refers to one row is: a [`Ref`], or an option of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` doesn't refer to one row",
    label = "expected a `Ref`, or an `Option` of one"
)]
pub trait RefersToOne: QuantaType {
    /// The entity that it refers to.
    type To: QuantaEntity;

    /// Where that row is, if the reference is at `P`.
    type Row<P: Place>: Place<Row = P::Row>;
}

impl<E: QuantaEntity> RefersToOne for Ref<E> {
    type To = E;
    type Row<P: Place> = Across<P, E>;
}

impl<E: QuantaEntity> RefersToOne for Option<Ref<E>> {
    type To = E;
    type Row<P: Place> = Across<Maybe<P>, E>;
}

/// A type with fields that queries can speak of. Derived with [`QuantaType`] and `QuantaEntity`. What stands before a dot
/// in a closure of a query has to be one.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, QuantaType, query::Place};
/// #[derive(QuantaType)]
/// struct Address {
///     city: String,
/// }
///
/// // Asks a field of the struct, wherever the struct is.
/// fn in_oslo<P: Place>(address: Field<P, Address>) -> Filter<P::Root> {
///     address.city.eq("Oslo")
/// }
///
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Parcel { #[quanta(id)] id: u64, from: Address, to: Address }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Parcel,)>().open("parcels")?;
/// # let [from, to] = ["Oslo", "Turku"].map(|city| Address { city: city.into() });
/// # db.collection::<Parcel>().insert(&Parcel { id: 1, from, to })?;
/// assert_eq!(db.query::<Parcel>().filter(|p| in_oslo(p.from)).count()?, 1);
/// assert_eq!(db.query::<Parcel>().filter(|p| in_oslo(p.to)).count()?, 0);
/// # Ok::<(), quantadb::Error>(())
/// ```
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

    /// Returns the entities that the references on the way to it lead to.
    pub(crate) fn behind(self) -> Vec<&'static Declaration> {
        let mut entities = Vec::new();
        P::behind(&mut entities);
        entities
    }
}

impl<P: Place, T: RefersToOne> Field<P, T> {
    /// The fields of the row that this one refers to, to be read beside those of the row itself: what is read is an option
    /// if the reference is one. Rows are found up to 256 at a time, and each that they refer to is read once for them.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// #[derive(QuantaEntity)]
    /// # #[quanta(register = false)]
    /// struct User { #[quanta(id)] id: u64, team: Ref<Team>, boss: Option<Ref<User>> }
    ///
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
    /// db.collection::<Team>().insert(&Team { id: 1, name: "red".into() })?;
    /// db.collection::<User>().insert(&User { id: 7, team: Ref::new(1), boss: None })?;
    /// db.collection::<User>().insert(&User { id: 8, team: Ref::new(1), boss: Some(Ref::new(7)) })?;
    /// let of_teams = db.query::<User>().select(|u| (u.id, u.team.row().name, u.boss.row().id)).collect()?;
    /// assert_eq!(of_teams, [(7, "red".to_owned(), None), (8, "red".to_owned(), Some(7))]);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn row(self) -> &'static <T::To as Fielded>::Fields<T::Row<P>> {
        <<T::To as Fielded>::Fields<T::Row<P>> as FieldSet>::ALL
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
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, QuantaType};
/// #[derive(QuantaType)]
/// enum Shape {
///     Circle { radius: f64 },
///     Dot,
/// }
///
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Mark { #[quanta(id)] id: u64, shape: Shape }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Mark,)>().open("marks")?;
/// # db.collection::<Mark>().insert(&Mark { id: 1, shape: Shape::Circle { radius: 2.5 } })?;
/// # db.collection::<Mark>().insert(&Mark { id: 2, shape: Shape::Dot })?;
/// assert_eq!(db.query::<Mark>().filter(|m| m.shape.Circle.radius.gt(2.0)).one()?.id, 1);
/// // What only one variant has is read as an option.
/// assert_eq!(db.query::<Mark>().select(|m| m.shape.Circle.radius).collect()?, [Some(2.5), None]);
/// # Ok::<(), quantadb::Error>(())
/// ```
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
