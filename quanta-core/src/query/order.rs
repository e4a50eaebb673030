//! Orders of rows.

use std::marker::PhantomData;

pub use crate::schema::OrderWay;

/// An order by one field: `u.age.desc()`. Where several are given, later ones order rows that earlier ones don't tell
/// apart.
///
/// ```
/// # use quantadb::{Engine, Options, Order, QuantaEntity, query::fields_of};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// fn largest_first() -> Order<City> {
///     fields_of::<City>().people.desc()
/// }
/// assert_eq!(db.query::<City>().order_by(|_| largest_first()).first()?.map(|city| city.name), Some("Oslo".into()));
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Order<R> {
    by: OrderBy,
    of: PhantomData<fn() -> R>,
}

/// By what rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// The path of storage names.
    pub path: String,
    /// Which come first.
    pub way: OrderWay,
}

impl<R> Order<R> {
    pub(super) fn ascending(path: String) -> Self {
        Self::new(path, OrderWay::Ascending)
    }

    pub(super) fn descending(path: String) -> Self {
        Self::new(path, OrderWay::Descending)
    }

    fn new(path: String, way: OrderWay) -> Self {
        Self {
            by: OrderBy { path, way },
            of: PhantomData,
        }
    }
}

impl<R> Clone for Order<R> {
    fn clone(&self) -> Self {
        Self {
            by: self.by.clone(),
            of: PhantomData,
        }
    }
}

impl<R> std::fmt::Debug for Order<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.by.fmt(f)
    }
}

/// One order, or a tuple of several.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// # #[derive(QuantaEntity, Debug, PartialEq)]
/// # #[quanta(register = false)]
/// # struct City { #[quanta(id)] name: String, #[quanta(index)] country: String, people: u64 }
/// # let db = Options::new().engine(Engine::memory()).entities::<(City,)>().open("cities")?;
/// # for (name, country, people) in [("Oslo", "NO", 717_710), ("Bergen", "NO", 291_940), ("Turku", "FI", 206_073)] {
/// #     db.collection::<City>().insert(&City { name: name.into(), country: country.into(), people })?;
/// # }
/// let wanted = ["country", "people"];
/// let cities = db.query::<City>().order_by(|c| {
///     let orders = wanted.iter().map(|name| match *name {
///         "country" => c.country.desc(),
///         _ => c.people.asc(),
///     });
///     orders.collect::<Vec<_>>()
/// });
/// assert_eq!(cities.select(|c| c.name).collect()?, ["Bergen", "Oslo", "Turku"]);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub trait Orders<R> {
    /// Lists them.
    #[doc(hidden)]
    fn orders(self) -> Vec<OrderBy>;
}

impl<R> Orders<R> for Order<R> {
    fn orders(self) -> Vec<OrderBy> {
        vec![self.by]
    }
}

impl<R, const N: usize> Orders<R> for [Order<R>; N] {
    fn orders(self) -> Vec<OrderBy> {
        self.into_iter().map(|order| order.by).collect()
    }
}

impl<R> Orders<R> for Vec<Order<R>> {
    fn orders(self) -> Vec<OrderBy> {
        self.into_iter().map(|order| order.by).collect()
    }
}

macro_rules! tuples {
    ($($order:ident $place:tt),+) => {
        impl<R> Orders<R> for ($(tuples!(@ $order R),)+) {
            fn orders(self) -> Vec<OrderBy> {
                vec![$(self.$place.by),+]
            }
        }
    };
    (@ $order:ident $row:ident) => { Order<$row> };
}

tuples! { a 0, b 1 }
tuples! { a 0, b 1, c 2 }
tuples! { a 0, b 1, c 2, d 3 }
