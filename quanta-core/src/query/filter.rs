//! Typed conditions.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::expr::Expr;

/// A condition on the rows of an `R`, or on the items of a list. Conditions are joined with `&` and `|`, and turned round
/// with `!`: one that doesn't hold is the one whose opposite does, also where there is no value.
///
/// ```
/// # use quantadb::{Engine, Filter, Options, QuantaEntity, query::fields_of};
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
/// let b = fields_of::<Book>();
/// let short: Filter<Book> = b.pages.lt(300) | b.title.eq("Emma");
/// let short_without_series = short.clone() & !b.series.is_some();
/// assert_eq!(db.query::<Book>().filter(|_| short).count()?, 2);
/// assert_eq!(db.query::<Book>().filter(|_| short_without_series).select(|b| b.title).collect()?, ["Emma", "Ubik"]);
/// # Ok::<(), quantadb::Error>(())
/// ```
pub struct Filter<R> {
    expr: Expr,
    of: PhantomData<fn() -> R>,
}

impl<R> Filter<R> {
    pub(super) fn new(expr: Expr) -> Self {
        Self {
            expr,
            of: PhantomData,
        }
    }

    /// The condition that always holds: the empty `&`.
    ///
    /// ```
    /// # use quantadb::{Engine, Filter, Options, QuantaEntity};
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
    /// let asked = ["desert", "space"];
    /// let all = |b: &quantadb::query::FieldsOf<Book>| {
    ///     asked.iter().fold(Filter::always(), |all, tag| all & b.tags.contains(*tag))
    /// };
    /// assert_eq!(db.query::<Book>().filter(all).one()?.title, "Dune");
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn always() -> Self {
        Self::new(Expr::All(Vec::new()))
    }

    /// The condition that never holds: the empty `|`.
    ///
    /// ```
    /// # use quantadb::{Engine, Filter, Options, QuantaEntity};
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
    /// let asked = ["desert", "space"];
    /// let any = |b: &quantadb::query::FieldsOf<Book>| {
    ///     asked.iter().fold(Filter::never(), |any, tag| any | b.tags.contains(*tag))
    /// };
    /// assert_eq!(db.query::<Book>().filter(any).count()?, 2);
    /// # Ok::<(), quantadb::Error>(())
    /// ```
    #[must_use]
    pub fn never() -> Self {
        Self::new(Expr::Any(Vec::new()))
    }

    pub(crate) fn into_expr(self) -> Expr {
        self.expr
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<R> std::fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.expr.fmt(f)
    }
}

impl<R> BitAnd for Filter<R> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        let mut parts = match self.expr {
            Expr::All(parts) => parts,
            one => vec![one],
        };
        match other.expr {
            Expr::All(more) => parts.extend(more),
            one => parts.push(one),
        }
        Self::new(Expr::All(parts))
    }
}

impl<R> BitOr for Filter<R> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        let mut parts = match self.expr {
            Expr::Any(parts) => parts,
            one => vec![one],
        };
        match other.expr {
            Expr::Any(more) => parts.extend(more),
            one => parts.push(one),
        }
        Self::new(Expr::Any(parts))
    }
}

impl<R> Not for Filter<R> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(match self.expr {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        })
    }
}
