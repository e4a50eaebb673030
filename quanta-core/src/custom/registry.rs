//! Which migrations of its own a program has.

use super::declaration::MigrationDeclaration;

/// A migration of the program's own: the attribute `migration` makes one of a function, under the function's name.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, migration};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, people: u64 }
/// # let engine = Engine::memory();
/// # let options = || Options::new().engine(engine.clone());
/// #[migration(irreversible)]
/// fn double(city: City) -> City {
///     City { people: city.people * 2, ..city }
/// }
///
/// options().entities::<(City,)>().open("cities")?.collection().insert(&City { name: "Oslo".into(), people: 1 })?;
/// let db = options().entities::<(City,)>().migration::<double>().open("cities")?;
/// assert_eq!(db.history()?.records[1].migrations, ["double"]);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub trait OwnMigration {
    /// Returns what is said of it.
    fn declaration() -> &'static MigrationDeclaration;
}

/// One registered migration.
#[derive(Clone, Copy)]
pub struct MigrationRegistration {
    declare: fn() -> &'static MigrationDeclaration,
}

impl MigrationRegistration {
    /// Registers a migration.
    #[must_use]
    pub const fn of<M: OwnMigration>() -> Self {
        Self {
            declare: M::declaration,
        }
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(MigrationRegistration);

/// Registers a migration at link time. Used by the attribute.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! register_migration {
    ($migration:ty) => {
        $crate::__private::inventory::submit! { $crate::__private::MigrationRegistration::of::<$migration>() }
    };
}

/// Registers nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! register_migration {
    ($migration:ty) => {};
}

/// Lists the migrations that were registered at link time.
pub(crate) fn linked_migrations() -> Vec<&'static MigrationDeclaration> {
    #[cfg(feature = "inventory")]
    let declarations = inventory::iter::<MigrationRegistration>
        .into_iter()
        .map(|registration| (registration.declare)())
        .collect();
    #[cfg(not(feature = "inventory"))]
    let declarations = Vec::new();
    declarations
}
