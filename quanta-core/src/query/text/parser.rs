//! Reading filters.

use crate::query::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest, Written};
use crate::schema::TextError;
use crate::schema::limits::FILTER_DEPTH_MAX;

use super::paths::{Of, Parts, Reader};
use super::tokens::{Kind, Token};

/// Reads a filter: `age >= 18 and city = "Oslo"`.
///
/// # Errors
///
/// Says what is wrong, and where. Which fields there are and what type they have is found out later.
pub fn parse_filter(text: &str) -> Result<Expr, TextError> {
    let mut parser = Parser {
        reader: Reader::new(text)?,
    };
    let expr = parser.any_of(0)?;
    parser.reader.end("`and`, `or` or the end")?;
    Ok(expr)
}

/// What is asked of the value at a path.
#[derive(Debug)]
enum Asked {
    Value,
    Length,
}

struct Parser<'t> {
    reader: Reader<'t>,
}

/// Joins conditions; of one, nothing has to be joined.
fn joined(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}

fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}

fn is(path: String, test: Test) -> Expr {
    Expr::Is(Is { path, test })
}

impl Parser<'_> {
    fn any_of(&mut self, depth: usize) -> Result<Expr, TextError> {
        let mut parts = vec![self.all_of(depth)?];
        while self.reader.take_word("or") {
            parts.push(self.all_of(depth)?);
        }
        Ok(joined(parts, Expr::Any))
    }

    fn all_of(&mut self, depth: usize) -> Result<Expr, TextError> {
        let mut parts = vec![self.one(depth)?];
        while self.reader.take_word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(joined(parts, Expr::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expr, TextError> {
        let token = self.reader.peek();
        if depth > FILTER_DEPTH_MAX {
            return Err(token.error(format!("conditions nest to at most {FILTER_DEPTH_MAX} levels")));
        }
        if self.reader.take_word("not") {
            return self.one(depth + 1).map(not);
        }
        if self.reader.take_word("true") {
            return Ok(Expr::All(Vec::new()));
        }
        if self.reader.take_word("false") {
            return Ok(Expr::Any(Vec::new()));
        }
        if self.reader.take("(") {
            let inner = self.any_of(depth + 1)?;
            self.reader.sign(")")?;
            return Ok(inner);
        }
        if matches!(self.reader.peek().kind, Kind::End) {
            return Err(self.reader.peek().instead_of("a condition"));
        }
        self.of_path(depth)
    }

    /// Reads what is asked of a path, with the quantifier in front of it.
    fn of_path(&mut self, depth: usize) -> Result<Expr, TextError> {
        let quantifier = self.quantifier();
        let asked =
            if self.reader.peek().is_word("length") && matches!(self.reader.ahead(1).kind, Kind::Sign("(")) {
                self.reader.advance();
                self.reader.advance();
                Asked::Length
            } else {
                Asked::Value
            };
        let begin = self.reader.peek().clone();
        let Parts { mut parts, of } = self.reader.path()?;
        self.reader.stay(
            "a filter asks only the row itself: ask the other table for the keys of the rows that are meant, and here \
             for what stands before the sign",
        )?;
        let path = parts.pop().expect("a path has a part");
        if quantifier.is_some() && parts.is_empty() {
            return Err(begin.error("`any` and `all` are about items: the path needs `[]`"));
        }
        let depth = depth + parts.len();
        let expr = match asked {
            Asked::Length => {
                self.reader.sign(")")?;
                self.length(path)?
            }
            Asked::Value if of == Of::Keys => self.key(path)?,
            Asked::Value if path.is_empty() && !parts.is_empty() && self.reader.take("(") => {
                let inner = self.any_of(depth + 1)?;
                self.reader.sign(")")?;
                inner
            }
            Asked::Value => self.test(path)?,
        };
        if depth > FILTER_DEPTH_MAX {
            return Err(begin.error(format!("conditions nest to at most {FILTER_DEPTH_MAX} levels")));
        }
        let quantifier = quantifier.unwrap_or(Quantifier::Any);
        let around = |inner, path| is(path, Test::Items(quantifier, Box::new(inner)));
        Ok(parts.into_iter().rev().fold(expr, around))
    }

    /// Reads `any` or `all`, which are names if no path follows.
    fn quantifier(&mut self) -> Option<Quantifier> {
        let is_path = match &self.reader.ahead(1).kind {
            Kind::Name(_) => true,
            Kind::Word(word) => !super::names::is_reserved(word),
            Kind::Sign(".") => !self.reader.ahead(2).is_path_end(),
            _ => false,
        };
        if !is_path {
            return None;
        }
        if self.reader.take_word("any") {
            return Some(Quantifier::Any);
        }
        self.reader.take_word("all").then_some(Quantifier::All)
    }

    /// Reads what is asked of a value.
    fn test(&mut self, path: String) -> Result<Expr, TextError> {
        let token = self.reader.advance();
        let comparison = match token.kind {
            Kind::Sign("=") => return Ok(is(path, Test::OneOf(vec![self.literal()?]))),
            Kind::Sign("!=") => return Ok(not(is(path, Test::OneOf(vec![self.literal()?])))),
            Kind::Sign("<") => Comparison::Less,
            Kind::Sign("<=") => Comparison::LessOrEqual,
            Kind::Sign(">") => Comparison::Greater,
            Kind::Sign(">=") => Comparison::GreaterOrEqual,
            _ if token.is_word("in") => return Ok(is(path, self.one_of()?)),
            _ if token.is_word("not") && self.reader.take_word("in") => {
                return Ok(not(is(path, self.one_of()?)));
            }
            _ if token.is_word("between") => return self.between(path),
            _ if token.is_word("is") => return self.state(path),
            _ if token.is_word("contains") => return self.text_test(path, TextTest::Contains),
            _ if token.is_word("starts") && self.reader.take_word("with") => {
                return self.text_test(path, TextTest::StartsWith);
            }
            _ if token.is_word("ends") && self.reader.take_word("with") => {
                return self.text_test(path, TextTest::EndsWith);
            }
            Kind::Word(word @ ("starts" | "ends")) => {
                return Err(self.reader.peek().instead_of(&format!("`with` behind `{word}`")));
            }
            Kind::Sign("(") => {
                return Err(token
                    .error("a bracket follows only `[]` and `length`: is a list meant, or a word missing?"));
            }
            _ => {
                return Err(token.instead_of(
                    "what is asked of the field: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `is`, `contains`, \
                     `starts with` or `ends with`",
                ));
            }
        };
        Ok(is(path, Test::Ordered(comparison, self.bound()?)))
    }

    fn between(&mut self, path: String) -> Result<Expr, TextError> {
        let low = self.bound()?;
        if !self.reader.take_word("and") {
            return Err(self.reader.peek().instead_of("`and` and the upper end"));
        }
        let high = self.bound()?;
        Ok(Expr::All(vec![
            is(path.clone(), Test::Ordered(Comparison::GreaterOrEqual, low)),
            is(path, Test::Ordered(Comparison::LessOrEqual, high)),
        ]))
    }

    /// Reads what follows `is`.
    fn state(&mut self, path: String) -> Result<Expr, TextError> {
        let is_negated = self.reader.take_word("not");
        let expr = if self.reader.take_word("none") {
            is(path, Test::None)
        } else if self.reader.take_word("some") {
            not(is(path, Test::None))
        } else {
            is(path, Test::Variant(self.reader.variant()?))
        };
        Ok(match (is_negated, expr) {
            (false, expr) => expr,
            (true, Expr::Not(inner)) => *inner,
            (true, expr) => not(expr),
        })
    }

    fn text_test(&mut self, path: String, test: TextTest) -> Result<Expr, TextError> {
        let token = self.reader.advance();
        match token.kind {
            Kind::Text(text) => Ok(is(path, Test::Text(test, text))),
            _ => Err(token.instead_of("a text in quotes")),
        }
    }

    fn one_of(&mut self) -> Result<Test, TextError> {
        self.reader.sign("(")?;
        let mut literals = Vec::new();
        while !self.reader.take(")") {
            literals.push(self.literal()?);
            if !self.reader.take(",") {
                self.reader.sign(")")?;
                break;
            }
        }
        Ok(Test::OneOf(literals))
    }

    fn key(&mut self, path: String) -> Result<Expr, TextError> {
        if !self.reader.take("=") {
            let problem = "`=`: of the keys of a map, only one can be asked for";
            return Err(self.reader.peek().instead_of(problem));
        }
        Ok(is(path, Test::HasKey(self.bound()?)))
    }

    fn length(&mut self, path: String) -> Result<Expr, TextError> {
        let token = self.reader.advance();
        let (comparison, is_negated) = match token.kind {
            Kind::Sign("=") => (Comparison::Equal, false),
            Kind::Sign("!=") => (Comparison::Equal, true),
            Kind::Sign("<") => (Comparison::Less, false),
            Kind::Sign("<=") => (Comparison::LessOrEqual, false),
            Kind::Sign(">") => (Comparison::Greater, false),
            Kind::Sign(">=") => (Comparison::GreaterOrEqual, false),
            _ => return Err(token.instead_of("`=`, `!=`, `<`, `<=`, `>` or `>=`")),
        };
        let token = self.reader.advance();
        let length = match token.kind {
            Kind::Number(number) => number.parse().ok(),
            _ => None,
        };
        let length = length.ok_or_else(|| token.instead_of("a length, which is a whole number"))?;
        let expr = is(path, Test::Length(comparison, length));
        Ok(if is_negated { not(expr) } else { expr })
    }

    /// Reads a value that others stand below or above.
    fn bound(&mut self) -> Result<Literal, TextError> {
        let token = self.reader.peek().clone();
        match self.literal()? {
            Literal::Written(Written::None) => {
                Err(token.error("nothing stands below or above none: ask `is none` or `is some`"))
            }
            literal => Ok(literal),
        }
    }

    fn literal(&mut self) -> Result<Literal, TextError> {
        let token = self.reader.advance();
        let is_word = |word| token.is_word(word);
        Ok(Literal::Written(match &token.kind {
            Kind::Text(text) => Written::Text(text.clone()),
            Kind::Number(number) => Written::Number((*number).to_owned()),
            _ if is_word("true") => Written::Bool(true),
            _ if is_word("false") => Written::Bool(false),
            _ if is_word("none") => Written::None,
            _ if is_word("json") => Written::Json(self.json()?),
            Kind::Word(word) => return Err(no_value(&token, word)),
            _ => return Err(token.instead_of("a value")),
        }))
    }
}

impl Parser<'_> {
    /// Reads what stands behind `json`.
    fn json(&mut self) -> Result<String, TextError> {
        let token = self.reader.advance();
        match token.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(token.instead_of("JSON in quotes behind `json`")),
        }
    }
}

fn no_value(token: &Token<'_>, word: &str) -> TextError {
    if token.is_word("null") {
        return token.error("there is no null: it is called `none`");
    }
    token.error(format!(
        "expected a value, found `{word}`: a text is put in quotes, as \"{word}\""
    ))
}
