//! Types of fields that refer to rows.

use crate::model::{QuantaEntity, QuantaType, Ref};

/// What a field that refers to rows is: a [`Ref`], an option of one, or a list of them.
///
/// See [`Query::with`](super::Query::with) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` refers to no row",
    label = "expected a `Ref`, an `Option` of one, or a `Vec` of them"
)]
pub trait Refers: QuantaType {
    /// The entity that it refers to.
    type Target: QuantaEntity;

    /// What stands beside a row when that is loaded: the row for a [`Ref`], maybe none for an option, all of them for a
    /// list.
    type Loaded;

    /// Lists what it refers to.
    #[doc(hidden)]
    fn refs(&self) -> &[Ref<Self::Target>];

    /// Takes the rows that it refers to, in the order of [`Refers::refs`], and those that are missing; none if one is
    /// missing that has to be there.
    #[doc(hidden)]
    fn loaded(rows: Vec<Option<Self::Target>>) -> Option<Self::Loaded>;
}

impl<T: QuantaEntity> Refers for Ref<T> {
    type Target = T;
    type Loaded = T;

    fn refs(&self) -> &[Self] {
        std::slice::from_ref(self)
    }

    fn loaded(rows: Vec<Option<T>>) -> Option<T> {
        rows.into_iter().next().flatten()
    }
}

impl<T: QuantaEntity> Refers for Option<Ref<T>> {
    type Target = T;
    type Loaded = Option<T>;

    fn refs(&self) -> &[Ref<T>] {
        self.as_slice()
    }

    fn loaded(rows: Vec<Option<T>>) -> Option<Option<T>> {
        Some(rows.into_iter().next().flatten())
    }
}

impl<T: QuantaEntity> Refers for Vec<Ref<T>> {
    type Target = T;
    type Loaded = Vec<T>;

    fn refs(&self) -> &[Ref<T>] {
        self
    }

    fn loaded(rows: Vec<Option<T>>) -> Option<Vec<T>> {
        rows.into_iter().collect()
    }
}
