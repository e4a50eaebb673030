//! What queries ask of the rows of one generation: paths to values, as text, as Rust types, and as plain functions.

use quantadb::query::{Field, Item, Many, Place, Start};
use quantadb::{Filter, Order, QuantaEntity, QuantaType, Query, Result};

use super::datum::{Datum, Scalar, Tally};
use super::history::{Cell, Record};
use super::question::{Reach, Test};

/// Compiles a test to a condition.
type Asks<R> = Box<dyn Fn(Reach, &Test) -> Filter<R>>;

/// Answers something of the rows that a query finds.
type Answers<R, T> = Box<dyn Fn(Query<'_, R>) -> T>;

/// Reads what rows have at a place.
type Reads<R> = Box<dyn Fn(&R) -> Vec<Datum>>;

/// Asks something of one item of a list.
type AsksItem<T> = fn(Field<Start<Item<T>>, T>, &Test) -> Filter<Item<T>>;

/// A place in rows that queries ask for: its path, and how a plain program reads it.
pub struct Column<R> {
    pub path: &'static str,
    /// Whether there may be several values.
    pub is_list: bool,
    pub read: Reads<R>,
    /// How typed queries ask for it; none if nobody does.
    pub typed: Option<Typed<R>>,
}

/// A place as typed queries know it.
pub struct Typed<R> {
    pub asks: Asks<R>,
    /// None of a list.
    pub one: Option<One<R>>,
}

/// A place with one value in each row.
pub struct One<R> {
    pub ascending: Box<dyn Fn() -> Order<R>>,
    pub descending: Box<dyn Fn() -> Order<R>>,
    pub select: Answers<R, Result<Vec<Datum>>>,
    pub groups: Answers<R, Result<Vec<(Datum, u64)>>>,
    /// The lowest value and the highest one.
    pub ends: Answers<R, Result<[Datum; 2]>>,
    /// None where there are no numbers.
    pub tally: Answers<R, Option<Result<Tally>>>,
}

/// Rows that queries ask about. The first columns are those of the key.
pub trait Asked: Record {
    /// How many fields the key has.
    const KEY_FIELDS: usize = 1;

    fn columns() -> Vec<Column<Self>>;

    /// As a row of the model has them.
    fn read(row: &Cell, column: &Column<Self>) -> Vec<Datum> {
        (column.read)(row.of::<Self>())
    }
}

/// Asks something of one value.
pub fn condition<P: Place, T: Scalar>(at: Field<P, T>, test: &Test) -> Filter<P::Root> {
    let value = |datum: &Datum| T::of(datum);
    match test {
        Test::Missing => at.is_none(),
        Test::Equal(datum) => at.eq(value(datum)),
        Test::Other(datum) => at.ne(value(datum)),
        Test::Below(datum) => at.lt(value(datum)),
        Test::AtMost(datum) => at.le(value(datum)),
        Test::Above(datum) => at.gt(value(datum)),
        Test::AtLeast(datum) => at.ge(value(datum)),
        Test::Between(low, high) => at.between(value(low), value(high)),
        Test::Among(data) => at.is_in(data.iter().map(value)),
        Test::Has(part, text) => T::having(at, *part, text).expect("only texts are asked for parts"),
    }
}

/// A field of rows that have no type here.
pub fn untyped<R: 'static, T: Scalar>(path: &'static str, read: fn(&R) -> T) -> Column<R> {
    Column {
        path,
        is_list: false,
        read: Box::new(move |row| vec![read(row).datum()]),
        typed: None,
    }
}

/// A field with one value.
pub fn one<R: QuantaEntity, P, T: Scalar>(
    path: &'static str,
    at: Field<P, T>,
    read: fn(&R) -> P::Read<T>,
) -> Column<R>
where
    P: Place<Root = R, Row = R, Read<T>: Scalar>,
{
    let data = |found: Vec<P::Read<T>>| found.iter().map(Scalar::datum).collect();
    let datum = |found: Option<P::Read<T>>| found.map_or(Datum::None, |value| value.datum());
    let one = One {
        ascending: Box::new(move || at.asc()),
        descending: Box::new(move || at.desc()),
        select: Box::new(move |query| query.select(|_| at).collect().map(data)),
        groups: Box::new(move |query| {
            let groups = query.group_by(|_| at).count()?.into_iter();
            Ok(groups.map(|(value, count)| (value.datum(), count)).collect())
        }),
        ends: Box::new(move |query| Ok([datum(query.clone().min(|_| at)?), datum(query.max(|_| at)?)])),
        tally: Box::new(move |query| T::tally(query, at)),
    };
    Column {
        path,
        is_list: false,
        read: Box::new(move |row| vec![read(row).datum()]),
        typed: Some(Typed {
            asks: Box::new(move |_, test| condition(at, test)),
            one: Some(one),
        }),
    }
}

/// A field with items, of which each has one value.
pub fn items<R: QuantaEntity, P, T, V: Scalar>(
    path: &'static str,
    at: Field<P, T>,
    read: fn(&R) -> Vec<V>,
    ask: AsksItem<T::Item>,
) -> Column<R>
where
    P: Place<Root = R>,
    T: Many + QuantaType,
{
    let asks = move |reach, test: &Test| match reach {
        Reach::Any => at.any(|item| ask(item, test)),
        Reach::All => at.all(|item| ask(item, test)),
    };
    Column {
        path,
        is_list: true,
        read: Box::new(move |row| read(row).iter().map(Scalar::datum).collect()),
        typed: Some(Typed {
            asks: Box::new(asks),
            one: None,
        }),
    }
}

/// Implements `Asked` for an entity: fields with one value; places by their way in Rust and as text; fields with items.
macro_rules! asks {
    ($name:ident: $($field:ident),+ $(; at $($step:ident).+ as $path:literal = |$row:ident| $read:expr)* $(; each $list:ident $(. $inner:ident)?)* $(; key of $keys:literal)?) => {
        impl $crate::model::asked::Asked for $name {
            $(const KEY_FIELDS: usize = $keys;)?

            fn columns() -> Vec<$crate::model::asked::Column<Self>> {
                let fields = quantadb::query::fields_of::<Self>();
                vec![
                    $($crate::model::asked::one(stringify!($field), fields.$field, |row: &Self| row.$field.clone()),)+
                    $($crate::model::asked::one($path, fields.$($step).+, |$row: &Self| $read),)*
                    $($crate::model::asked::items(
                        concat!(stringify!($list), "[]" $(, ".", stringify!($inner))?),
                        fields.$list,
                        |row: &Self| row.$list.iter().map(|item| item$(.$inner)?.clone()).collect(),
                        |item, test| $crate::model::asked::condition(item$(.$inner)?, test),
                    ),)*
                ]
            }
        }
    };
}
pub(crate) use asks;

/// Implements `Asked` for rows without a type: fields with one value.
macro_rules! asks_documented {
    ($name:ident: $($field:ident),+) => {
        impl $crate::model::asked::Asked for $name {
            fn columns() -> Vec<$crate::model::asked::Column<Self>> {
                vec![$($crate::model::asked::untyped(stringify!($field), |row: &Self| row.$field.clone())),+]
            }
        }
    };
}
pub(crate) use asks_documented;
