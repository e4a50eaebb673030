//! Writing conditions as text that is read as the same conditions.

use std::fmt::{self, Display, Formatter};

use crate::query::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest, Written};

use super::names::{is_word_char, written};

/// Writes what [`parse_filter`](super::parse_filter) reads. Only what no text says is no filter: values in row form, which
/// are written as their bytes, and conditions that can't be asked.
impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) if parts.is_empty() => f.write_str("true"),
            Self::Any(parts) if parts.is_empty() => f.write_str("false"),
            Self::All(parts) => joined(f, parts, " and "),
            Self::Any(parts) => joined(f, parts, " or "),
            Self::Not(inner) => match inner.as_ref() {
                Self::Is(is) if has_opposite(&is.test) => tested(f, is, Sense::Opposite),
                inner => {
                    f.write_str("not ")?;
                    bracketed(f, inner)
                }
            },
            Self::Is(is) => tested(f, is, Sense::Itself),
            Self::Wrong(problem) => write!(f, "<{problem}>"),
        }
    }
}

/// Whether a test is written, or the one that holds where it doesn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Itself,
    Opposite,
}

/// Tells whether there is a way to write the opposite of a test.
fn has_opposite(test: &Test) -> bool {
    matches!(
        test,
        Test::OneOf(_) | Test::None | Test::Variant(_) | Test::Length(Comparison::Equal, _)
    )
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], word: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        bracketed(f, part)?;
    }
    Ok(())
}

/// Writes a part of a condition, in brackets if it would come apart without them.
fn bracketed(f: &mut Formatter<'_>, part: &Expr) -> fmt::Result {
    match part {
        Expr::All(parts) | Expr::Any(parts) if !parts.is_empty() => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

fn tested(f: &mut Formatter<'_>, is: &Is, sense: Sense) -> fmt::Result {
    let path = Path(&is.path);
    match (&is.test, sense) {
        (Test::OneOf(literals), Sense::Itself) if literals.len() == 1 => {
            write!(f, "{path} = {}", literals[0])
        }
        (Test::OneOf(literals), Sense::Opposite) if literals.len() == 1 => {
            write!(f, "{path} != {}", literals[0])
        }
        (Test::OneOf(literals), Sense::Itself) => write!(f, "{path} in ({})", listed(literals)),
        (Test::OneOf(literals), Sense::Opposite) => write!(f, "{path} not in ({})", listed(literals)),
        (Test::None, Sense::Itself) => write!(f, "{path} is none"),
        (Test::None, Sense::Opposite) => write!(f, "{path} is some"),
        (Test::Variant(name), Sense::Itself) => write!(f, "{path} is {}", written(name)),
        (Test::Variant(name), Sense::Opposite) => write!(f, "{path} is not {}", written(name)),
        (Test::Length(_, length), Sense::Opposite) => write!(f, "length({path}) != {length}"),
        (Test::Length(comparison, length), _) => write!(f, "length({path}) {} {length}", comparison.sign()),
        (Test::Ordered(comparison, literal), _) => write!(f, "{path} {} {literal}", comparison.sign()),
        (Test::Text(test, text), _) => write!(f, "{path} {} {}", words(*test), Quoted(text)),
        (Test::HasKey(key), _) => write!(f, "{path}{{key}} = {key}"),
        (Test::Items(quantifier, inner), _) => {
            let word = match quantifier {
                Quantifier::Any => "any",
                Quantifier::All => "all",
            };
            write!(f, "{word} {path}[] ({inner})")
        }
    }
}

fn listed(literals: &[Literal]) -> String {
    let texts: Vec<String> = literals.iter().map(Literal::to_string).collect();
    texts.join(", ")
}

fn words(test: TextTest) -> &'static str {
    match test {
        TextTest::StartsWith => "starts with",
        TextTest::EndsWith => "ends with",
        TextTest::Contains => "contains",
    }
}

/// A path, with names in backticks that are words of filters.
struct Path<'p>(&'p str);

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The item itself, a variant of it, or a position in it.
        let is_position = self.0.starts_with(|char: char| char.is_ascii_digit());
        if self.0.is_empty() || self.0.starts_with("::") || is_position {
            f.write_str(".")?;
        }
        let mut rest = self.0;
        while !rest.is_empty() {
            let length = rest.find(|char| !is_word_char(char)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(length);
            match name.starts_with(|char: char| char.is_ascii_digit()) {
                true => f.write_str(name)?,
                false if name.is_empty() => {}
                false => f.write_str(&written(name))?,
            }
            let sign = behind.find(is_word_char).unwrap_or(behind.len());
            f.write_str(&behind[..sign])?;
            rest = &behind[sign..];
        }
        Ok(())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoded(bytes) => {
                f.write_str("0x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Written(written) => written.fmt(f),
        }
    }
}

impl Display for Written {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => Quoted(text).fmt(f),
            Self::Number(number) => f.write_str(number),
            Self::Bool(value) => value.fmt(f),
            Self::Json(text) => write!(f, "json {}", Quoted(text)),
            Self::None => f.write_str("none"),
        }
    }
}

/// A text in quotes, with escapes.
struct Quoted<'t>(&'t str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                _ if char.is_control() => write!(f, "\\u{{{:x}}}", u32::from(char))?,
                _ => write!(f, "{char}")?,
            }
        }
        f.write_str("\"")
    }
}
