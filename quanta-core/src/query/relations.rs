//! Loading the rows that rows refer to.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::collection::{RowSource, decoded_row, look_up_key, table_of};
use crate::error::{Error, Result};
use crate::model::{ByRef, Field, Place, QuantaEntity, Ref};
use crate::txn::{Core, Table, row_place};

use super::across::Asked;
use super::known::{Known, dangling};
use super::refers::Refers;
use super::select::Places;
use super::stream::RowBytes;

/// Finds what stands beside the rows of a batch.
pub(crate) trait Loader<T> {
    /// Returns one for each row, in their order. What is wrong with one row is no error of the others.
    fn load(&mut self, source: &RowSource<'_>, table: &Table, rows: &[RowBytes]) -> Result<Vec<Result<T>>>;
}

/// Relations that were found in the tables of a store.
pub struct Opened<T>(pub(super) Box<dyn Loader<T>>);

impl<T> std::fmt::Debug for Opened<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened")
    }
}

/// One field that refers to rows, or a tuple of several: what a query loads beside each row.
///
/// See [`Query::with`](super::Query::with) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no reference of `{R}`",
    label = "expected a field of type `Ref`, `Option<Ref>` or `Vec<Ref>`, or a tuple of such fields"
)]
pub trait Relations<R>: 'static {
    /// What stands beside each row.
    type Loaded;

    /// Finds the fields in a table, and the tables that they lead to.
    #[doc(hidden)]
    fn open(&self, core: &Core, table: &Table) -> Result<Opened<Self::Loaded>>;
}

impl<P: Place, T: Refers> Relations<P::Root> for Field<P, T> {
    type Loaded = P::Read<T::Loaded>;

    fn open(&self, core: &Core, table: &Table) -> Result<Opened<Self::Loaded>> {
        Ok(Opened(Box::new(Related::<P, T> {
            path: self.path(),
            places: Places::new(core, table, &[Asked::of(*self)])?,
            target: table_of::<T::Target>(core)?,
            known: Known::default(),
            field: PhantomData,
        })))
    }
}

macro_rules! tuples {
    ($($relation:ident $loaded:ident $rows:ident $place:tt),+) => {
        impl<R, $($relation: Relations<R>),+> Relations<R> for ($($relation,)+)
        where
            $($relation::Loaded: 'static,)+
        {
            type Loaded = ($($relation::Loaded,)+);

            fn open(&self, core: &Core, table: &Table) -> Result<Opened<Self::Loaded>> {
                Ok(Opened(Box::new(($(self.$place.open(core, table)?.0,)+))))
            }
        }

        impl<$($loaded),+> Loader<($($loaded,)+)> for ($(Box<dyn Loader<$loaded>>,)+) {
            fn load(
                &mut self,
                source: &RowSource<'_>,
                table: &Table,
                rows: &[RowBytes],
            ) -> Result<Vec<Result<($($loaded,)+)>>> {
                $(let mut $rows = self.$place.load(source, table, rows)?.into_iter();)+
                let one = |_| Ok(($($rows.next().expect("there is one for each row")?,)+));
                Ok(rows.iter().map(one).collect())
            }
        }
    };
}

tuples! { A X a 0 }
tuples! { A X a 0, B Y b 1 }
tuples! { A X a 0, B Y b 1, C Z c 2 }
tuples! { A X a 0, B Y b 1, C Z c 2, D W d 3 }

/// The rows that one field refers to.
struct Related<P, T> {
    path: String,
    places: Places,
    target: Arc<Table>,
    known: Known,
    field: PhantomData<fn() -> (P, T)>,
}

/// Returns the keys of the rows that a field refers to; none if something on the way to it is missing.
pub(super) fn keys_of<T: Refers>(
    places: &Places,
    (table, target): (&Table, &Table),
    row: &RowBytes,
) -> Result<Option<Vec<Vec<u8>>>> {
    let Some(value) = places.value::<T>(table, row)? else {
        return Ok(None);
    };
    let key = |to: &Ref<T::Target>| look_up_key::<<T::Target as QuantaEntity>::Key, _, ByRef>(target, to);
    value.refs().iter().map(key).collect::<Result<_>>().map(Some)
}

impl<P: Place, T: Refers> Related<P, T> {
    fn of_row(&self, table: &Table, row: &RowBytes, keys: Option<&[Vec<u8>]>) -> Result<P::Read<T::Loaded>> {
        let rows = |keys: &[Vec<u8>]| -> Result<T::Loaded> {
            let rows = keys.iter().map(|key| {
                let body = self.known.body(key);
                body.map(|body| decoded_row(&self.target, key, body)).transpose()
            });
            T::loaded(rows.collect::<Result<_>>()?).ok_or_else(|| self.dangling(table, row, keys))
        };
        P::read(keys.map(rows).transpose()?).ok_or_else(|| {
            let problem = "a field that every row has is missing";
            Error::corrupt(row_place(table, &row.key), problem)
        })
    }

    fn dangling(&self, table: &Table, row: &RowBytes, keys: &[Vec<u8>]) -> Error {
        let missing = keys.iter().find(|key| self.known.body(key).is_none());
        let to = missing.map_or_else(String::new, |key| row_place(&self.target, key));
        dangling(&row_place(table, &row.key), &self.path, &to, "`with`")
    }
}

impl<P: Place, T: Refers> Loader<P::Read<T::Loaded>> for Related<P, T> {
    fn load(
        &mut self,
        source: &RowSource<'_>,
        table: &Table,
        rows: &[RowBytes],
    ) -> Result<Vec<Result<P::Read<T::Loaded>>>> {
        let keys = rows
            .iter()
            .map(|row| keys_of::<T>(&self.places, (table, &self.target), row));
        let keys: Vec<Result<Option<Vec<Vec<u8>>>>> = keys.collect();
        let wanted = keys.iter().flatten().flatten().flatten().cloned().collect();
        self.known.learn(source, &self.target, wanted)?;
        let loaded = rows.iter().zip(keys);
        let loaded = loaded.map(|(row, keys)| self.of_row(table, row, keys?.as_deref()));
        Ok(loaded.collect())
    }
}
