//! Reading paths of fields, and orders by them.

use crate::query::order::{OrderBy, OrderWay};
use crate::schema::limits::FILTER_DEPTH_MAX;
use crate::schema::{ACROSS, TextError};

use super::names::{is_reserved, name_in, reserved};
use super::tokens::{Kind, Token, tokens};

/// Tokens that are read one after the other.
#[derive(Debug)]
pub struct Reader<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
}

/// A path, cut at each `[]`: all but the last part lead to something that has items.
#[derive(Debug)]
pub struct Parts {
    /// The parts; there is one at least.
    pub parts: Vec<String>,
    /// Whether the keys of a map are meant.
    pub of: Of,
}

/// What at the end of a path is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The value.
    Value,
    /// The keys of the map.
    Keys,
}

impl<'t> Reader<'t> {
    /// Takes a text apart.
    ///
    /// # Errors
    ///
    /// If a part of it is no token.
    pub fn new(text: &'t str) -> Result<Self, TextError> {
        Ok(Self {
            tokens: tokens(text)?,
            at: 0,
        })
    }

    /// Returns the next token.
    pub fn peek(&self) -> &Token<'t> {
        self.ahead(0)
    }

    /// Returns a token behind the next one.
    pub fn ahead(&self, count: usize) -> &Token<'t> {
        let last = self.tokens.len() - 1;
        &self.tokens[last.min(self.at + count)]
    }

    /// Returns the next token and goes on.
    pub fn advance(&mut self) -> Token<'t> {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    /// Goes on if the next token is that sign.
    pub fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek().kind, Kind::Sign(found) if found == sign);
        self.at += usize::from(found);
        found
    }

    /// Goes on if the next token is that word.
    pub fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_word(word);
        self.at += usize::from(found);
        found
    }

    /// Goes on behind a sign that has to be next.
    ///
    /// # Errors
    ///
    /// If it isn't.
    pub fn sign(&mut self, sign: &str) -> Result<(), TextError> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.peek().instead_of(&format!("`{sign}`")))
        }
    }

    /// Makes sure that the path that was read doesn't lead on into another row. Says what to do else.
    ///
    /// # Errors
    ///
    /// If it does.
    pub fn stay(&self, otherwise: &str) -> Result<(), TextError> {
        match &self.peek().kind {
            Kind::Sign(ACROSS) => Err(self
                .peek()
                .error(format!("`{ACROSS}` leads to another row, and {otherwise}"))),
            _ => Ok(()),
        }
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    ///
    /// Says what would have had a meaning instead.
    pub fn end(&self, wanted: &str) -> Result<(), TextError> {
        match self.peek().kind {
            Kind::End => Ok(()),
            _ => Err(self.peek().instead_of(wanted)),
        }
    }

    /// Reads a path: `name`, `address.city`, `shape::Circle.radius`, `tags[].name`, `prices{key}`; `.` is the item itself.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn path(&mut self) -> Result<Parts, TextError> {
        let mut parts = vec![String::new()];
        let mut part = self.first_name()?;
        loop {
            if self.take("[") {
                let token = self.peek().clone();
                if !self.take("]") {
                    return Err(
                        token.instead_of("`]`: items have no positions here, and `[]` means any of them")
                    );
                }
                if parts.len() > FILTER_DEPTH_MAX {
                    return Err(token.error("the path goes into too many lists"));
                }
                *parts.last_mut().expect("there is one") = std::mem::take(&mut part);
                parts.push(String::new());
            } else if self.take("{") {
                let token = self.advance();
                if !token.is_word("key") {
                    return Err(token.instead_of("`key`: of a map, only its keys can be asked for"));
                }
                self.sign("}")?;
                *parts.last_mut().expect("there is one") = part;
                return Ok(Parts { parts, of: Of::Keys });
            } else if self.take("::") {
                part.push_str("::");
                part.push_str(&self.variant()?);
            } else if self.take(".") {
                let name = self.slot()?;
                if !part.is_empty() {
                    part.push('.');
                }
                part.push_str(&name);
            } else {
                *parts.last_mut().expect("there is one") = part;
                return Ok(Parts { parts, of: Of::Value });
            }
        }
    }

    fn first_name(&mut self) -> Result<String, TextError> {
        let token = self.peek().clone();
        match &token.kind {
            Kind::Word(word) if is_reserved(word) => Err(reserved(&token, word)),
            Kind::Word(_) | Kind::Name(_) => {
                self.advance();
                Ok(name_in(&token).expect("it is a name"))
            }
            Kind::Sign(".") => {
                // Alone, it is the item itself; before a name it may stand or not.
                if name_follows(self.ahead(1)) {
                    return Ok(String::new());
                }
                self.advance();
                Ok(String::new())
            }
            _ => Err(token.instead_of("the name of a field")),
        }
    }

    /// Reads the name of a variant.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn variant(&mut self) -> Result<String, TextError> {
        let token = self.advance();
        name_in(&token).ok_or_else(|| token.instead_of("the name of a variant"))
    }

    /// Reads the name of a field, or a position.
    fn slot(&mut self) -> Result<String, TextError> {
        let token = self.advance();
        if let Kind::Number(number) = token.kind
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            return Ok(number.to_owned());
        }
        name_in(&token).ok_or_else(|| token.instead_of("the name of a field"))
    }
}

/// Tells whether a token is a name, or a position, that a dot leads to.
fn name_follows(token: &Token<'_>) -> bool {
    match &token.kind {
        Kind::Word(word) => !is_reserved(word),
        Kind::Number(number) => number.starts_with(|char: char| char.is_ascii_digit()),
        Kind::Name(_) => true,
        _ => false,
    }
}

/// Reads an order: paths with commas between them, `desc` behind those that go down.
///
/// # Errors
///
/// Says what is wrong, and where.
pub fn parse_order(text: &str) -> Result<Vec<OrderBy>, TextError> {
    let mut reader = Reader::new(text)?;
    let mut order = Vec::new();
    loop {
        let path = single(&mut reader, "rows are ordered")?;
        reader.stay("rows can't be ordered by it: read the path with `select`, and sort what is read")?;
        let way = if reader.take_word("desc") {
            OrderWay::Descending
        } else {
            reader.take_word("asc");
            OrderWay::Ascending
        };
        order.push(OrderBy { path, way });
        if !reader.take(",") {
            reader.end("`asc`, `desc`, `,` or the end")?;
            return Ok(order);
        }
    }
}

/// Reads a text that is one path to one value, in the row or in one that a reference on it leads to.
///
/// # Errors
///
/// Says what is wrong, and where.
pub fn parse_path(text: &str) -> Result<String, TextError> {
    let mut reader = Reader::new(text)?;
    let mut path = single(&mut reader, "values are read")?;
    while reader.take(ACROSS) {
        path.push_str(ACROSS);
        path.push_str(&single(&mut reader, "values are read")?);
    }
    reader.end("the end")?;
    Ok(path)
}

/// Reads a path that leads to one value.
fn single(reader: &mut Reader<'_>, what: &str) -> Result<String, TextError> {
    let token = reader.peek().clone();
    let Parts { mut parts, of } = reader.path()?;
    if parts.len() > 1 || of == Of::Keys || parts[0].is_empty() {
        return Err(token.error(format!("{what} by a path to one value in each row")));
    }
    Ok(parts.remove(0))
}
