//! What a program's own code sees of a row that is being migrated.

use std::fmt::Display;

use crate::codec::{Decoder, skip};
use crate::schema::{Node, NodeId, Schema};

use super::describe::Describe;
use super::stored::QuantaType;

/// A row as it was before the change, read only.
///
/// ```
/// # use quantadb::{Engine, OldRow, Options, QuantaEntity};
/// # mod before {
/// #     #[derive(quantadb::QuantaEntity)]
/// #     #[quanta(table = "people", register = false)]
/// #     pub struct Person { #[quanta(id)] pub id: u64, pub name: String }
/// # }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// # let ada = before::Person { id: 1, name: "Ada".into() };
/// # options().entities::<(before::Person,)>().open("people")?.collection().insert(&ada)?;
/// #[derive(QuantaEntity)]
/// #[quanta(table = "people")]
/// # #[quanta(register = false)]
/// struct Person { #[quanta(id)] id: u64, name: String, #[quanta(init_with = initial)] initial: Option<char> }
///
/// fn initial(old: &OldRow<'_>) -> Result<Option<char>, String> {
///     Ok(old.get::<String>("name")?.chars().next())
/// }
///
/// let db = options().entities::<(Person,)>().open("people")?; // Ada was stored without an initial.
/// assert_eq!(db.collection::<Person>().get(&1)?.unwrap().initial, Some('A'));
/// # Ok::<(), quantadb::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OldRow<'a> {
    schema: &'a Schema,
    body: &'a [u8],
}

impl<'a> OldRow<'a> {
    pub(crate) fn new(schema: &'a Schema, body: &'a [u8]) -> Self {
        Self { schema, body }
    }

    /// Reads a field by its old storage name.
    ///
    /// ```
    /// # use quantadb::{Engine, OldRow, Options, QuantaEntity};
    /// # mod before {
    /// #     #[derive(quantadb::QuantaEntity)]
    /// #     #[quanta(table = "people", register = false)]
    /// #     pub struct Person { #[quanta(id)] pub id: u64, pub name: String }
    /// # }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let ada = before::Person { id: 1, name: "Ada".into() };
    /// # options().entities::<(before::Person,)>().open("people")?.collection().insert(&ada)?;
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] id: u64, name: String, #[quanta(init_with = length)] length: u64 }
    /// fn length(old: &OldRow<'_>) -> Result<u64, String> {
    ///     assert!(old.get::<u8>("name").is_err()); // It is a string.
    ///     assert!(old.get::<u8>("age").is_err()); // There was none.
    ///     Ok(old.get::<String>("name")?.len() as u64)
    /// }
    /// # let db = options().entities::<(Person,)>().open("people")?;
    /// # assert_eq!(db.collection::<Person>().get(&1)?.unwrap().length, 3);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the old row has no such field, or it is not of type `T`: the text names both types.
    pub fn get<T: QuantaType>(&self, field: &str) -> Result<T, String> {
        let (node, bytes) = self.field_bytes(field)?;
        let stored = self.schema.shape.sub_shape(node);
        let wanted = Describe::of::<T>()?.shape;
        if !stored.is_same_as(&wanted) {
            return Err(format!(
                "the old field `{field}` is of type {stored}, not {wanted}"
            ));
        }
        let mut input = Decoder::new(bytes);
        T::decode(&mut input).map_err(|error| format!("the old field `{field}`: {error}"))
    }

    fn field_bytes(&self, name: &str) -> Result<(NodeId, &'a [u8]), String> {
        let mut input = Decoder::new(self.body);
        for field in self.schema.shape.fields() {
            let start = input.rest();
            skip(&self.schema.shape, field.node, &mut input).map_err(|error| error.to_string())?;
            if field.name == name {
                return Ok((field.node, &start[..start.len() - input.rest().len()]));
            }
        }
        let known: Vec<&str> = self
            .schema
            .shape
            .fields()
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        Err(format!(
            "the old row has no field `{name}`, only {}",
            known.join(", ")
        ))
    }

    /// Lists the old fields: name and node.
    ///
    /// ```
    /// # use quantadb::{Engine, OldRow, Options, QuantaEntity};
    /// # mod before {
    /// #     #[derive(quantadb::QuantaEntity)]
    /// #     #[quanta(table = "people", register = false)]
    /// #     pub struct Person { #[quanta(id)] pub id: u64, pub name: String }
    /// # }
    /// # let engine = Engine::memory();
    /// # let options = || Options::new().engine(engine.clone());
    /// # let ada = before::Person { id: 1, name: "Ada".into() };
    /// # options().entities::<(before::Person,)>().open("people")?.collection().insert(&ada)?;
    /// # #[derive(QuantaEntity)]
    /// # #[quanta(table = "people", register = false)]
    /// # struct Person { #[quanta(id)] id: u64, name: String, #[quanta(init_with = count)] count: u64 }
    /// fn count(old: &OldRow<'_>) -> u64 {
    ///     let names: Vec<&str> = old.fields().map(|(name, _)| name).collect();
    ///     assert_eq!(names, ["id", "name"]);
    ///     names.len() as u64
    /// }
    /// # let db = options().entities::<(Person,)>().open("people")?;
    /// # assert_eq!(db.collection::<Person>().get(&1)?.unwrap().count, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let shape = &self.schema.shape;
        shape
            .fields()
            .iter()
            .map(|field| (field.name.as_str(), shape.node(field.node)))
    }
}

/// What an `init_with` function may return: the value, or a result with any error that can be shown.
#[diagnostic::on_unimplemented(
    message = "an `init_with` function for a field of type `{T}` can't return `{Self}`",
    label = "expected a `fn(&OldRow<'_>) -> {T}`, or `-> Result<{T}, E>` where `E` implements `Display`"
)]
pub trait IntoInit<T> {
    /// Returns the value, or why there is none.
    ///
    /// # Errors
    ///
    /// What the function gave.
    fn into_init(self) -> Result<T, String>;
}

impl<T> IntoInit<T> for T {
    fn into_init(self) -> Result<T, String> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Display> IntoInit<T> for Result<T, E> {
    fn into_init(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}
