//! Numbers that queries add up.

/// What can be added up: numbers, and options of them; none adds nothing.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity};
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct Bill {
///     #[quanta(id)]
///     id: u64,
///     tip: Option<u8>,
///     hours: f32,
/// }
///
/// # let db = Options::new().engine(Engine::memory()).entities::<(Bill,)>().open("bills")?;
/// # let bills = [(1, Some(200), 0.5), (2, None, 1.0), (3, Some(100), 0.0)];
/// # db.collection::<Bill>().insert_many(bills.map(|(id, tip, hours)| Bill { id, tip, hours }))?;
/// // Tips of 200, none, and 100.
/// let tips: i128 = db.query::<Bill>().sum(|b| b.tip)?;
/// assert_eq!(tips, 300);
/// assert_eq!(db.query::<Bill>().avg(|b| b.tip)?, Some(150.0));
/// let hours: f64 = db.query::<Bill>().sum(|b| b.hours)?;
/// assert_eq!(hours, 1.5);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` can't be added up", label = "expected a number")]
pub trait Number {
    /// What the sum is: `i128` of integers, `f64` of floats.
    type Sum: Total;

    /// Returns the number as a part of a sum; none if there is none, or it is beyond the sum's type.
    #[doc(hidden)]
    fn part(&self) -> Part<Self::Sum>;
}

/// A number as a part of a sum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part<S> {
    /// It adds this.
    Value(S),
    /// There is no number.
    None,
    /// It is beyond the sum's type.
    TooLarge,
}

/// A sum.
///
/// See [`Number`] for an example.
pub trait Total: Copy + Default {
    /// Adds; none if the sum gets too large.
    #[doc(hidden)]
    fn plus(self, part: Self) -> Option<Self>;

    /// Returns the sum as a float, rounded.
    #[doc(hidden)]
    fn as_float(self) -> f64;
}

impl Total for i128 {
    fn plus(self, part: Self) -> Option<Self> {
        self.checked_add(part)
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean is a float, rounded")]
    fn as_float(self) -> f64 {
        self as f64
    }
}

impl Total for f64 {
    fn plus(self, part: Self) -> Option<Self> {
        Some(self + part)
    }

    fn as_float(self) -> f64 {
        self
    }
}

macro_rules! integers {
    ($($type:ty)*) => {
        $(impl Number for $type {
            type Sum = i128;

            fn part(&self) -> Part<i128> {
                i128::try_from(*self).map_or(Part::TooLarge, Part::Value)
            }
        })*
    };
}

integers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

macro_rules! floats {
    ($($type:ty)*) => {
        $(impl Number for $type {
            type Sum = f64;

            fn part(&self) -> Part<f64> {
                Part::Value(f64::from(*self))
            }
        })*
    };
}

floats! { f32 f64 }

impl<T: Number> Number for Option<T> {
    type Sum = T::Sum;

    fn part(&self) -> Part<T::Sum> {
        self.as_ref().map_or(Part::None, T::part)
    }
}

/// Numbers added up, and how many there were.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally<S> {
    /// Their sum.
    pub sum: S,
    /// How many.
    pub count: u64,
}

impl<S: Total> Tally<S> {
    /// Adds one.
    ///
    /// # Errors
    ///
    /// If the sum gets too large.
    pub fn add(&mut self, part: Part<S>) -> Result<(), String> {
        let sum = match part {
            Part::None => return Ok(()),
            Part::Value(value) => self.sum.plus(value),
            Part::TooLarge => None,
        };
        self.sum = sum.ok_or("the sum is beyond 128 bits")?;
        self.count += 1;
        Ok(())
    }

    /// Returns the mean; none if there was no number.
    #[expect(clippy::cast_precision_loss, reason = "a mean is a float, rounded")]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.as_float() / self.count as f64)
    }
}
