//! Values as queries compare them, and the types that have such.

use std::cmp::Ordering;
use std::fmt;

use quantadb::query::{Field, Place};
use quantadb::{Filter, QuantaEntity, QuantaType, Query, Ref, Result, Value};

use super::rules::rounded;

/// One value, in the order of keys: none comes first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Datum {
    None,
    Flag(bool),
    Number(i128),
    Real(Real),
    Text(String),
}

/// A float in total order.
#[derive(Clone, Copy)]
pub struct Real(pub f64);

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Real {}

impl fmt::Debug for Datum {
    /// As filters write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Real(Real(number)) if number.is_finite() => write!(f, "{number:?}"),
            Self::Real(Real(number)) => write!(f, "\"{number}\""),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

impl Datum {
    /// Takes a value that was read without its Rust type.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Int(number) => Self::Number(*number),
            Value::UInt(number) => Self::Number(i128::try_from(*number).unwrap()),
            Value::F32(number) => Self::Real(Real((*number).into())),
            Value::F64(number) => Self::Real(Real(*number)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Option(None) => Self::None,
            Value::Option(Some(value)) => Self::of(value),
            Value::Enum { variant, .. } => Self::Text(variant.clone()),
            other => panic!("no query here reads {other:?}"),
        }
    }
}

/// Parts of texts that a query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Start,
    End,
    Within,
}

/// What a query adds up: the sum and the mean.
pub type Tally = (Datum, Option<f64>);

/// A type of fields that queries compare.
pub trait Scalar: QuantaType {
    fn datum(&self) -> Datum;

    fn of(datum: &Datum) -> Self;

    /// Asks for a part of a text.
    fn having<P: Place>(_: Field<P, Self>, _: Part, _: &str) -> Option<Filter<P::Root>> {
        None
    }

    fn having_some<P: Place>(_: Field<P, Option<Self>>, _: Part, _: &str) -> Option<Filter<P::Root>> {
        None
    }

    /// Adds up numbers.
    fn tally<E: QuantaEntity, P: Place<Root = E>>(
        _: Query<'_, E>,
        _: Field<P, Self>,
    ) -> Option<Result<Tally>> {
        None
    }

    fn tally_some<E: QuantaEntity, P: Place<Root = E>>(
        _: Query<'_, E>,
        _: Field<P, Option<Self>>,
    ) -> Option<Result<Tally>> {
        None
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl Scalar for $number {
            fn datum(&self) -> Datum {
                Datum::Number((*self).into())
            }

            fn of(datum: &Datum) -> Self {
                let Datum::Number(number) = datum else { panic!("{datum:?} is no number") };
                Self::try_from(*number).unwrap()
            }

            fn tally<E: QuantaEntity, P: Place<Root = E>>(query: Query<'_, E>, at: Field<P, Self>) -> Option<Result<Tally>> {
                let mean = query.clone().avg(|_| at);
                Some(query.sum(|_| at).and_then(|sum| Ok((Datum::Number(sum), mean?))))
            }

            fn tally_some<E: QuantaEntity, P: Place<Root = E>>(query: Query<'_, E>, at: Field<P, Option<Self>>) -> Option<Result<Tally>> {
                let mean = query.clone().avg(|_| at);
                Some(query.sum(|_| at).and_then(|sum| Ok((Datum::Number(sum), mean?))))
            }
        })*
    };
}

numbers! { u8 u16 u32 i8 i32 i64 }

macro_rules! reals {
    ($($number:ident: $narrow:expr)*) => {
        $(impl Scalar for $number {
            fn datum(&self) -> Datum {
                Datum::Real(Real((*self).into()))
            }

            fn of(datum: &Datum) -> Self {
                let Datum::Real(Real(number)) = datum else { panic!("{datum:?} is no float") };
                $narrow(*number)
            }

            fn tally<E: QuantaEntity, P: Place<Root = E>>(query: Query<'_, E>, at: Field<P, Self>) -> Option<Result<Tally>> {
                let mean = query.clone().avg(|_| at);
                Some(query.sum(|_| at).and_then(|sum| Ok((Datum::Real(Real(sum)), mean?))))
            }
        })*
    };
}

reals! { f32: rounded f64: std::convert::identity }

impl Scalar for bool {
    fn datum(&self) -> Datum {
        Datum::Flag(*self)
    }

    fn of(datum: &Datum) -> Self {
        *datum == Datum::Flag(true)
    }
}

impl Scalar for String {
    fn datum(&self) -> Datum {
        Datum::Text(self.clone())
    }

    fn of(datum: &Datum) -> Self {
        let Datum::Text(text) = datum else {
            panic!("{datum:?} is no text")
        };
        text.clone()
    }

    fn having<P: Place>(at: Field<P, Self>, part: Part, text: &str) -> Option<Filter<P::Root>> {
        Some(match part {
            Part::Start => at.starts_with(text),
            Part::End => at.ends_with(text),
            Part::Within => at.contains(text),
        })
    }

    fn having_some<P: Place>(at: Field<P, Option<Self>>, part: Part, text: &str) -> Option<Filter<P::Root>> {
        Some(match part {
            Part::Start => at.starts_with(text),
            Part::End => at.ends_with(text),
            Part::Within => at.contains(text),
        })
    }
}

impl<T: QuantaEntity<Key: Scalar + Clone>> Scalar for Ref<T> {
    fn datum(&self) -> Datum {
        self.key().datum()
    }

    fn of(datum: &Datum) -> Self {
        Self::new(T::Key::of(datum))
    }
}

impl<T: Scalar> Scalar for Option<T> {
    fn datum(&self) -> Datum {
        self.as_ref().map_or(Datum::None, T::datum)
    }

    fn of(datum: &Datum) -> Self {
        (*datum != Datum::None).then(|| T::of(datum))
    }

    fn having<P: Place>(at: Field<P, Self>, part: Part, text: &str) -> Option<Filter<P::Root>> {
        T::having_some(at, part, text)
    }

    fn tally<E: QuantaEntity, P: Place<Root = E>>(
        query: Query<'_, E>,
        at: Field<P, Self>,
    ) -> Option<Result<Tally>> {
        T::tally_some(query, at)
    }
}
