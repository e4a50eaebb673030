//! What types a field may have for conditions of some kinds to be asked of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::expr::{Expr, Is, Literal, Quantifier, Test, TextTest};
use super::operand::{Operand, encoded};
use crate::model::QuantaType;

/// Types that are stored as text, and options of them.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, QuantaType, query::{Place, Text}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
/// # for (title, pages, series, tags) in [
/// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
/// #     ("Emma", 474, None, vec![]),
/// #     ("Ubik", 202, None, vec!["space"]),
/// # ] {
/// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
/// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
/// # }
/// fn is_one_of_two<P: Place, T: QuantaType + Text>(field: Field<P, T>) -> Filter<P::Root> {
///     field.ends_with(" I") | field.ends_with(" II")
/// }
/// assert_eq!(db.query::<Book>().filter(|b| is_one_of_two(b.title) | is_one_of_two(b.series)).count()?, 0);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no text", label = "expected a `String`")]
pub trait Text {}

impl Text for String {}
impl Text for Cow<'static, str> {}
impl<T: Text> Text for Option<T> {}
impl<T: Text> Text for Box<T> {}
impl<T: Text> Text for std::sync::Arc<T> {}

/// Lists, sets and arrays, and options of them.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, QuantaType, query::{Many, Operand, Place}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
/// # for (title, pages, series, tags) in [
/// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
/// #     ("Emma", 474, None, vec![]),
/// #     ("Ubik", 202, None, vec!["space"]),
/// # ] {
/// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
/// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
/// # }
/// fn has_no_other<P: Place, T: QuantaType + Many>(field: Field<P, T>, item: &T::Item) -> Filter<P::Root> {
///     field.all(|each| each.eq(item))
/// }
/// let space = "space".to_owned();
/// assert_eq!(db.query::<Book>().filter(|b| has_no_other(b.tags, &space)).count()?, 2);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` has no items", label = "expected a list, set or array")]
pub trait Many {
    /// What they hold.
    type Item: QuantaType;
}

/// Maps, and options of them.
///
/// ```
/// # use std::collections::BTreeMap;
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, QuantaType, query::{Keyed, Place}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Article { #[quanta(id)] id: u64, prices: BTreeMap<String, u32> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Article,)>().open("articles")?;
/// fn in_euros<P: Place, T: QuantaType + Keyed<Key = String>>(field: Field<P, T>) -> Filter<P::Root> {
///     field.contains_key("EUR")
/// }
/// # db.collection::<Article>().insert(&Article { id: 1, prices: BTreeMap::from([("EUR".to_owned(), 5)]) })?;
/// assert_eq!(db.query::<Article>().filter(|a| in_euros(a.prices)).count()?, 1);
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is no map", label = "expected a map")]
pub trait Keyed {
    /// By what entries are found.
    type Key: QuantaType;
}

/// Types whose values may be empty, and options of them.
///
/// ```
/// # use quantadb::{Engine, Field, Filter, Options, QuantaEntity, QuantaType, query::{Measured, Place}};
/// # #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// # struct Book { #[quanta(id)] title: String, pages: u32, series: Option<String>, tags: Vec<String> }
/// # let db = Options::new().engine(Engine::memory()).entities::<(Book,)>().open("books")?;
/// # for (title, pages, series, tags) in [
/// #     ("Dune", 612, Some("Dune"), vec!["desert", "space"]),
/// #     ("Emma", 474, None, vec![]),
/// #     ("Ubik", 202, None, vec!["space"]),
/// # ] {
/// #     let (series, tags) = (series.map(String::from), tags.into_iter().map(String::from).collect());
/// #     db.collection::<Book>().insert(&Book { title: title.into(), pages, series, tags })?;
/// # }
/// fn is_left_out<P: Place, T: QuantaType + Measured>(field: Field<P, T>) -> Filter<P::Root> {
///     field.is_none() | field.is_empty()
/// }
/// assert_eq!(db.query::<Book>().filter(|b| is_left_out(b.series) & is_left_out(b.tags)).one()?.title, "Emma");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no length",
    label = "expected a list, set, map or text"
)]
pub trait Measured {}

/// What may contain a `Q`: a text another text, a list an item.
///
/// See [`Field::contains`](super::Field::contains) for an example.
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
