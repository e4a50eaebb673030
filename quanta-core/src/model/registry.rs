//! Which entities a program has.

use super::entity::{Declaration, QuantaEntity};
use super::view::ViewDeclaration;

/// One registered entity.
#[derive(Clone, Copy)]
pub struct Registration {
    declare: fn() -> &'static Declaration,
}

impl Registration {
    /// Registers an entity.
    #[must_use]
    pub const fn of<E: QuantaEntity>() -> Self {
        Self {
            declare: E::declaration,
        }
    }

    pub(crate) fn declaration(self) -> &'static Declaration {
        (self.declare)()
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(Registration);

/// Registers an entity at link time. Used by the derive.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! register_entity {
    ($entity:ty) => {
        $crate::__private::inventory::submit! { $crate::__private::Registration::of::<$entity>() }
    };
}

/// Registers nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! register_entity {
    ($entity:ty) => {};
}

/// Lists the entities that were registered at link time, sorted by table and then by Rust name: link order means
/// nothing.
pub(crate) fn linked() -> Vec<&'static Declaration> {
    #[cfg(feature = "inventory")]
    let mut declarations: Vec<_> = inventory::iter::<Registration>
        .into_iter()
        .map(|registration| registration.declaration())
        .collect();
    #[cfg(not(feature = "inventory"))]
    let mut declarations: Vec<&'static Declaration> = Vec::new();
    declarations.sort_by(|a, b| (&a.table, &a.rust_name).cmp(&(&b.table, &b.rust_name)));
    declarations
}

/// One registered view.
#[derive(Clone, Copy)]
pub struct ViewRegistration {
    declare: fn() -> &'static ViewDeclaration,
}

impl ViewRegistration {
    /// Registers a view by what declares it.
    #[must_use]
    pub const fn new(declare: fn() -> &'static ViewDeclaration) -> Self {
        Self { declare }
    }
}

#[cfg(feature = "inventory")]
inventory::collect!(ViewRegistration);

/// Registers a view at link time. Used by the derive.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! register_view {
    ($view:ty) => {
        $crate::__private::inventory::submit! {
            $crate::__private::ViewRegistration::new(<$view as $crate::__private::QuantaView>::declaration)
        }
    };
}

/// Registers nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! register_view {
    ($view:ty) => {};
}

/// Lists the views that were registered at link time, sorted by name and then by Rust name.
#[must_use]
pub fn linked_views() -> Vec<&'static ViewDeclaration> {
    #[cfg(feature = "inventory")]
    let mut declarations: Vec<_> = inventory::iter::<ViewRegistration>
        .into_iter()
        .map(|registration| (registration.declare)())
        .collect();
    #[cfg(not(feature = "inventory"))]
    let mut declarations: Vec<&'static ViewDeclaration> = Vec::new();
    declarations.sort_by(|a, b| (&a.name, &a.rust_name).cmp(&(&b.name, &b.rust_name)));
    declarations
}

/// A tuple of entities, for `Options::entities`.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Team { #[quanta(id)] id: u64 }
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct User { #[quanta(id)] id: u64 }
/// let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
/// assert_eq!(db.inspect()?.tables.len(), 2);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub trait Entities {
    /// Lists the declarations in the order of the tuple.
    fn declarations() -> Vec<&'static Declaration>;
}

macro_rules! entities {
    ($($name:ident)+) => {
        impl<$($name: QuantaEntity),+> Entities for ($($name,)+) {
            fn declarations() -> Vec<&'static Declaration> {
                vec![$($name::declaration()),+]
            }
        }
    };
}

impl Entities for () {
    fn declarations() -> Vec<&'static Declaration> {
        Vec::new()
    }
}

entities! { A }
entities! { A B }
entities! { A B C }
entities! { A B C D }
entities! { A B C D E }
entities! { A B C D E F }
entities! { A B C D E F G }
entities! { A B C D E F G H }
