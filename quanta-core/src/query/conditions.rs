//! What can be asked of a field.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use crate::model::QuantaType;

use super::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest};
use super::filter::Filter;
use super::operand::{Operand, encoded};
use super::order::Order;
use crate::model::{Field, Place, Start, Variant, Varied, path_of};

impl<P: Place, T: QuantaType> Field<P, T> {
    fn is(self, test: Test) -> Filter<P::Root> {
        Filter::new(Expr::Is(Is {
            path: self.path(),
            test,
        }))
    }

    fn with<V>(self, operand: impl Operand<V>, test: impl FnOnce(Literal) -> Test) -> Filter<P::Root> {
        match encoded(operand) {
            Ok(bytes) => self.is(test(Literal::Encoded(bytes))),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    fn ordered(self, comparison: Comparison, operand: impl Operand<T>) -> Filter<P::Root> {
        self.with(operand, |literal| Test::Ordered(comparison, literal))
    }

    /// The value is this one; none if the operand is none, and so is an option in an option that holds none. Equal is what
    /// is stored in the same way, so that floats are by their bits; only decimals are
    /// equal that differ in trailing zeros.
    pub fn eq(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.with(operand, |literal| Test::OneOf(vec![literal]))
    }

    /// The value is another one, or there is none: the opposite of [`Field::eq`].
    pub fn ne(self, operand: impl Operand<T>) -> Filter<P::Root> {
        !self.eq(operand)
    }

    /// The value is one of these.
    pub fn is_in<O: Operand<T>>(self, operands: impl IntoIterator<Item = O>) -> Filter<P::Root> {
        let literals = operands
            .into_iter()
            .map(|operand| encoded(operand).map(Literal::Encoded));
        match literals.collect() {
            Ok(literals) => self.is(Test::OneOf(literals)),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    /// The value is below this one, in the order of keys: floats in total order, enums by the names of their variants.
    pub fn lt(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::Less, operand)
    }

    /// The value is below this one, or equal.
    pub fn le(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::LessOrEqual, operand)
    }

    /// The value is above this one.
    pub fn gt(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::Greater, operand)
    }

    /// The value is above this one, or equal.
    pub fn ge(self, operand: impl Operand<T>) -> Filter<P::Root> {
        self.ordered(Comparison::GreaterOrEqual, operand)
    }

    /// The value is not below `low` and not above `high`.
    pub fn between(self, low: impl Operand<T>, high: impl Operand<T>) -> Filter<P::Root> {
        self.ge(low) & self.le(high)
    }

    /// The text begins with this one, byte for byte.
    pub fn starts_with(self, text: impl Into<String>) -> Filter<P::Root>
    where
        T: Text,
    {
        self.is(Test::Text(TextTest::StartsWith, text.into()))
    }

    /// The text ends with this one, byte for byte.
    pub fn ends_with(self, text: impl Into<String>) -> Filter<P::Root>
    where
        T: Text,
    {
        self.is(Test::Text(TextTest::EndsWith, text.into()))
    }

    /// The text contains this one, byte for byte; the list, set or array has this item.
    pub fn contains<Q>(self, part: Q) -> Filter<P::Root>
    where
        T: Contains<Q>,
    {
        match T::test(part) {
            Ok(test) => self.is(test),
            Err(problem) => Filter::new(Expr::Wrong(format!("a value for `{}`: {problem}", self.path()))),
        }
    }

    /// There is no value: it is none, or an option on the way is, or an enum on the way is another variant.
    pub fn is_none(self) -> Filter<P::Root> {
        self.is(Test::None)
    }

    /// There is a value.
    pub fn is_some(self) -> Filter<P::Root> {
        !self.is_none()
    }

    /// An item satisfies the condition.
    pub fn any(
        self,
        condition: impl FnOnce(Field<Start<Item<T::Item>>, T::Item>) -> Filter<Item<T::Item>>,
    ) -> Filter<P::Root>
    where
        T: Many,
    {
        let inner = condition(Field::NEW).into_expr();
        self.is(Test::Items(Quantifier::Any, Box::new(inner)))
    }

    /// Every item satisfies the condition, or there is none.
    pub fn all(
        self,
        condition: impl FnOnce(Field<Start<Item<T::Item>>, T::Item>) -> Filter<Item<T::Item>>,
    ) -> Filter<P::Root>
    where
        T: Many,
    {
        let inner = condition(Field::NEW).into_expr();
        self.is(Test::Items(Quantifier::All, Box::new(inner)))
    }

    /// There are no items, entries or characters.
    pub fn is_empty(self) -> Filter<P::Root>
    where
        T: Measured,
    {
        self.is(Test::Length(Comparison::Equal, 0))
    }

    /// The map has this key.
    pub fn contains_key<K>(self, key: impl Operand<K>) -> Filter<P::Root>
    where
        T: Keyed<Key = K>,
    {
        self.with(key, Test::HasKey)
    }

    /// Lowest values first, rows without a value before them.
    #[must_use]
    pub fn asc(self) -> Order<P::Root> {
        Order::ascending(self.path())
    }

    /// Highest values first, rows without a value behind them.
    #[must_use]
    pub fn desc(self) -> Order<P::Root> {
        Order::descending(self.path())
    }
}

impl<P: Place, S: Varied, F, const N: usize> Variant<P, S, F, N> {
    /// The value is this variant.
    pub fn is(self) -> Filter<P::Root> {
        Filter::new(Expr::Is(Is {
            path: path_of::<P>(),
            test: Test::Variant(S::VARIANTS[N].to_owned()),
        }))
    }
}

/// An item of a list, set or array: what the conditions of [`Field::any`] and [`Field::all`] are about.
#[derive(Debug)]
pub struct Item<T>(std::marker::PhantomData<fn() -> T>);

/// Types that are stored as text, and options of them.
#[diagnostic::on_unimplemented(message = "`{Self}` is no text", label = "expected a `String`")]
pub trait Text {}

impl Text for String {}
impl Text for Cow<'static, str> {}
impl<T: Text> Text for Option<T> {}
impl<T: Text> Text for Box<T> {}
impl<T: Text> Text for std::sync::Arc<T> {}

/// Lists, sets and arrays, and options of them.
#[diagnostic::on_unimplemented(message = "`{Self}` has no items", label = "expected a list, set or array")]
pub trait Many {
    /// What they hold.
    type Item: QuantaType;
}

/// Maps, and options of them.
#[diagnostic::on_unimplemented(message = "`{Self}` is no map", label = "expected a map")]
pub trait Keyed {
    /// By what entries are found.
    type Key: QuantaType;
}

/// Types whose values may be empty, and options of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no length",
    label = "expected a list, set, map or text"
)]
pub trait Measured {}

/// What may contain a `Q`: a text another text, a list an item.
#[diagnostic::on_unimplemented(message = "`{Self}` can't contain `{Q}`")]
pub trait Contains<Q> {
    /// What to ask for.
    #[doc(hidden)]
    fn test(part: Q) -> Result<Test, String>;
}

macro_rules! containers {
    ($($(#$impl:tt)? [$($generics:tt)*] $type:ty, $item:ty;)*) => {
        $(impl<$($generics)*> Many for $type {
            type Item = $item;
        }

        impl<$($generics)*> Measured for $type {}

        impl<Q: Operand<$item>, $($generics)*> Contains<Q> for $type {
            fn test(part: Q) -> Result<Test, String> {
                let item = Expr::Is(Is {
                    path: String::new(),
                    test: Test::OneOf(vec![Literal::Encoded(encoded(part)?)]),
                });
                Ok(Test::Items(Quantifier::Any, Box::new(item)))
            }
        })*
    };
}

containers! {
    [T: QuantaType] Vec<T>, T;
    [T: QuantaType] VecDeque<T>, T;
    [T: QuantaType] BTreeSet<T>, T;
    [T: QuantaType, S] HashSet<T, S>, T;
    [T: QuantaType, const N: usize] [T; N], T;
}

impl<T: Many> Many for Option<T> {
    type Item = T::Item;
}

impl<T: Measured> Measured for Option<T> {}
impl Measured for String {}
impl Measured for Cow<'static, str> {}
impl<K, V> Measured for BTreeMap<K, V> {}
impl<K, V, S> Measured for HashMap<K, V, S> {}

impl<K: QuantaType, V> Keyed for BTreeMap<K, V> {
    type Key = K;
}

impl<K: QuantaType, V, S> Keyed for HashMap<K, V, S> {
    type Key = K;
}

impl<T: Keyed> Keyed for Option<T> {
    type Key = T::Key;
}

impl<Q: Into<String>> Contains<Q> for String {
    fn test(part: Q) -> Result<Test, String> {
        Ok(Test::Text(TextTest::Contains, part.into()))
    }
}

impl<Q: Into<String>> Contains<Q> for Cow<'static, str> {
    fn test(part: Q) -> Result<Test, String> {
        Ok(Test::Text(TextTest::Contains, part.into()))
    }
}

impl<Q, T: Contains<Q>> Contains<Q> for Option<T> {
    fn test(part: Q) -> Result<Test, String> {
        T::test(part)
    }
}
