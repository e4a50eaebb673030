//! Orders of rows.

use std::marker::PhantomData;

pub use crate::schema::OrderWay;

/// An order by one field: `u.age.desc()`. Where several are given, later ones order rows that earlier ones don't tell
/// apart.
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
