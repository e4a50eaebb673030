//! Conditions on rows, without types: what typed filters and filter texts both become.

/// A condition on a row, or on an item of a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All of them hold; true if there is none.
    All(Vec<Expr>),
    /// One of them holds at least; false if there is none.
    Any(Vec<Expr>),
    /// It doesn't hold.
    Not(Box<Expr>),
    /// What a field is like.
    Is(Is),
    /// What a query can't ask; the text says why.
    Wrong(String),
}

/// What the field at a path is like.
#[derive(Debug, Clone, PartialEq)]
pub struct Is {
    /// The path of storage names, as indexes have it; empty for the row or item itself.
    pub path: String,
    /// What is asked of it.
    pub test: Test,
}

/// What is asked of a field. All but [`Test::None`] are false where there is no value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It is one of these.
    OneOf(Vec<Literal>),
    /// It compares so with a value.
    Ordered(Comparison, Literal),
    /// There is no value.
    None,
    /// The text is so.
    Text(TextTest, String),
    /// The enum is this variant.
    Variant(String),
    /// So many items of the list, set or array satisfy the condition.
    Items(Quantifier, Box<Expr>),
    /// The map has this key.
    HasKey(Literal),
    /// The list, set, map, array, text or bytes have so many items, characters or bytes.
    Length(Comparison, u64),
}

/// How a value stands to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Below it.
    Less,
    /// Below it, or equal.
    LessOrEqual,
    /// Above it.
    Greater,
    /// Above it, or equal.
    GreaterOrEqual,
    /// Equal.
    Equal,
}

impl Comparison {
    /// Tells whether an order is what is asked for.
    #[must_use]
    pub fn admits(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Equal => order.is_eq(),
        }
    }

    /// Returns how it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "=",
        }
    }
}

/// Where a text has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    /// At its start.
    StartsWith,
    /// At its end.
    EndsWith,
    /// Anywhere.
    Contains,
}

/// How many items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// One at least.
    Any,
    /// All; also if there is none.
    All,
}

/// A value that a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// In row form, of the field's own type.
    Encoded(Vec<u8>),
    /// As a text says it: what it is depends on the field's type.
    Written(Written),
}

/// A value as it is written in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A quoted text: also a date, an identifier, bytes and whatever else is a text in JSON.
    Text(String),
    /// A number, digit for digit.
    Number(String),
    /// A truth value.
    Bool(bool),
    /// Any value, as JSON has it.
    Json(String),
    /// None.
    None,
}
