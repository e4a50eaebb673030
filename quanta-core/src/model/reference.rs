//! The key of a row of another entity, as a type of its own.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::schema::NodeId;

use super::describe::Describe;
use super::entity::QuantaEntity;
use super::stored::{AsKey, ByRef, QuantaType};

/// Refers to a row of another entity, or of the same one, by its key.
///
/// It is stored exactly as the key is, so that a field may become a `Ref` without a row being moved. Beside it, the table
/// gets a reference: a row that refers to nothing is refused when its transaction commits, and `on_delete` says what
/// happens to it when the row it refers to is deleted. `Option<Ref<T>>` may refer to none.
///
/// Put an `index` at the field, as below, if rows are deleted that others refer to: without an index that begins with the
/// field, each such transaction reads the whole table that refers, and a cascade does so for every level that it goes down.
///
/// ```
/// use quantadb::{Engine, ErrorKind, Options, QuantaEntity, Ref};
///
/// #[derive(QuantaEntity, Debug, PartialEq)]
/// struct Team {
///     #[quanta(id)]
///     id: u64,
///     name: String,
/// }
///
/// #[derive(QuantaEntity)]
/// struct User {
///     #[quanta(id)]
///     id: u64,
///     #[quanta(index, on_delete = "cascade")]
///     team: Ref<Team>,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
/// let red = Team { id: 1, name: "red".into() };
/// let ada = User { id: 7, team: Ref::to(&red)? };
/// let error = db.collection::<User>().insert(&ada).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Dangling);
///
/// db.collection::<Team>().insert(&red)?;
/// db.collection::<User>().insert(&ada)?;
/// assert_eq!(ada.team.get(&db.collection())?, Some(red));
///
/// db.collection::<Team>().delete(&ada.team)?;
/// assert!(db.collection::<User>().is_empty()?);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Ref<T: QuantaEntity> {
    key: T::Key,
}

impl<T: QuantaEntity> Ref<T> {
    /// Refers to the row with a key, whether there is one or not.
    ///
    /// ```
    /// # use quantadb::{Engine, Options, QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// # let db = Options::new().engine(Engine::memory()).entities::<(Team,)>().open("people")?;
    /// let team: Ref<Team> = Ref::new(1); // There is no such team yet:
    /// assert_eq!(team.get(&db)?, None);
    /// db.collection().insert(&Team { id: 1, name: "red".into() })?;
    /// assert_eq!(team.get(&db)?.unwrap().name, "red");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub const fn new(key: T::Key) -> Self {
        Self { key }
    }

    /// Refers to a row, by the key it has now.
    ///
    /// ```
    /// # use quantadb::{QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// let red = Team { id: 1, name: "red".into() };
    /// assert_eq!(Ref::to(&red)?, Ref::new(1));
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a value in the key can't be stored.
    pub fn to(row: &T) -> crate::Result<Self> {
        let unfit = |problem: String| {
            let problem = format!("a key of table {} can't be stored: {problem}", T::TABLE);
            crate::Error::new(crate::ErrorKind::Value, problem)
        };
        let mut out = Encoder::default();
        // A composite key is a tuple: its fields one after the other.
        row.encode_key(&mut out);
        let bytes = out.finish().map_err(unfit)?;
        let mut input = Decoder::new(&bytes);
        let key = T::Key::decode(&mut input).and_then(|key| input.finish().map(|()| key));
        key.map(Self::new).map_err(|error| unfit(error.to_string()))
    }

    /// Returns the key.
    ///
    /// ```
    /// # use quantadb::{QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// let team: Ref<Team> = Ref::new(1);
    /// assert_eq!(team.key(), &1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub const fn key(&self) -> &T::Key {
        &self.key
    }

    /// Returns the key.
    ///
    /// ```
    /// # use quantadb::{QuantaEntity, Ref};
    /// # #[derive(QuantaEntity, Debug, PartialEq)]
    /// # #[quanta(register = false)]
    /// # struct Team { #[quanta(id)] id: u64, name: String }
    /// let team: Ref<Team> = Ref::new(1);
    /// assert_eq!(team.into_key(), 1);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn into_key(self) -> T::Key {
        self.key
    }
}

impl<T: QuantaEntity> QuantaType for Ref<T> {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.reference::<T>()
    }

    fn encode(&self, out: &mut Encoder) {
        self.key.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::Key::decode(input).map(Self::new)
    }
}

impl<T: QuantaEntity> AsKey<T::Key, ByRef> for Ref<T> {
    fn encode_as_key(&self, out: &mut Encoder) {
        self.key.encode(out);
    }
}

impl<T: QuantaEntity<Key: Clone>> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self::new(self.key.clone())
    }
}

impl<T: QuantaEntity<Key: Copy>> Copy for Ref<T> {}

impl<T: QuantaEntity<Key: fmt::Debug>> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({} ", T::TABLE)?;
        self.key.fmt(f)?;
        f.write_str(")")
    }
}

impl<T: QuantaEntity<Key: PartialEq>> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T: QuantaEntity<Key: Eq>> Eq for Ref<T> {}

impl<T: QuantaEntity<Key: PartialOrd>> PartialOrd for Ref<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.key.partial_cmp(&other.key)
    }
}

impl<T: QuantaEntity<Key: Ord>> Ord for Ref<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T: QuantaEntity<Key: Hash>> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
