//! Reading the type grammar.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::expand::{Definitions, SlotText, TypeText, expand};
use super::limits::{NESTING_DEPTH_MAX, SHAPE_NODES_MAX};
use super::shape::{Scalar, Shape};

/// Why a text is no type, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// The character at which it was noticed, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.problem)
    }
}

impl std::error::Error for TextError {}

impl FromStr for Shape {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let mut definitions = Definitions::new();
        let parsed = parse_type(text, &mut definitions, Mentions::InText)?;
        expand(&parsed, &definitions).map_err(|problem| TextError { column: 1, problem })
    }
}

/// Where the types that a text mentions are defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mentions {
    /// In the same text.
    InText,
    /// Perhaps elsewhere: the one who expands the text finds out.
    Anywhere,
}

/// Words of the grammar that are no scalar's name.
const WORDS: [&str; 9] = [
    "option", "list", "set", "map", "array", "tuple", "struct", "enum", "ref",
];

/// Tells whether a word has a meaning in the grammar, so that no embedded type can go by it.
pub(crate) fn is_reserved(word: &str) -> bool {
    word == "opaque" || WORDS.contains(&word) || Scalar::by_name(word).is_some()
}

/// Reads a whole text as one type. Named types that it spells out are added to `definitions`.
pub(crate) fn parse_type(
    text: &str,
    definitions: &mut Definitions,
    mentions: Mentions,
) -> Result<TypeText, TextError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        count: 0,
        definitions,
        mentions: BTreeMap::new(),
    };
    let parsed = parser.any_type()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.expected("the end"));
    }
    if mentions == Mentions::InText {
        for (name, at) in &parser.mentions {
            if !parser.definitions.contains_key(*name) {
                return Err(parser.error_at(*at, format!("no type is named `{name}`")));
            }
        }
    }
    Ok(parsed)
}

struct Parser<'t, 'd> {
    text: &'t str,
    at: usize,
    depth: usize,
    count: usize,
    definitions: &'d mut Definitions,
    /// Names that were mentioned, with the place of the first mention.
    mentions: BTreeMap<&'t str, usize>,
}

impl<'t> Parser<'t, '_> {
    fn any_type(&mut self) -> Result<TypeText, TextError> {
        self.depth += 1;
        self.count += 1;
        if self.depth > 4 * NESTING_DEPTH_MAX || self.count > SHAPE_NODES_MAX {
            return Err(self.error_at(self.at, "the type is too deep or too large"));
        }
        let start = self.at;
        let word = self.word("a type")?;
        let parsed = match word {
            "option" => self.in_brackets().map(TypeText::Option),
            "list" => self.in_brackets().map(TypeText::List),
            "set" => self.in_brackets().map(TypeText::Set),
            "map" => self.map(),
            "array" => self.array(),
            "tuple" => {
                self.token('<')?;
                self.types_until('>').map(TypeText::Tuple)
            }
            "struct" => self.named(|parser| parser.fields().map(TypeText::Struct)),
            "enum" => self.named(|parser| parser.variants().map(TypeText::Enum)),
            "ref" => self.name_between('<', '>').map(TypeText::Ref),
            "opaque" => self.name_between('(', ')').map(TypeText::Opaque),
            _ => Ok(match Scalar::by_name(word) {
                Some(scalar) => TypeText::Scalar(scalar),
                None => {
                    self.mentions.entry(word).or_insert(start);
                    TypeText::Named(word.to_owned())
                }
            }),
        };
        self.depth -= 1;
        parsed
    }

    fn in_brackets(&mut self) -> Result<Box<TypeText>, TextError> {
        self.token('<')?;
        let item = self.any_type()?;
        self.token('>')?;
        Ok(Box::new(item))
    }

    fn map(&mut self) -> Result<TypeText, TextError> {
        self.token('<')?;
        let key = self.any_type()?;
        self.token(',')?;
        let value = self.any_type()?;
        self.token('>')?;
        Ok(TypeText::Map(Box::new(key), Box::new(value)))
    }

    fn array(&mut self) -> Result<TypeText, TextError> {
        self.token('<')?;
        let item = self.any_type()?;
        self.token(',')?;
        let at = self.at;
        let length = self.word("a length")?;
        let length = length
            .parse()
            .map_err(|_| self.error_at(at, format!("`{length}` is no length")))?;
        self.token('>')?;
        Ok(TypeText::Array(Box::new(item), length))
    }

    fn types_until(&mut self, end: char) -> Result<Vec<TypeText>, TextError> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.any_type()?);
            if !self.take(',') {
                self.token(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn name_between(&mut self, open: char, close: char) -> Result<String, TextError> {
        self.token(open)?;
        let name = self.word("a name")?.to_owned();
        self.token(close)?;
        Ok(name)
    }

    /// Reads an optional name and a body; a named body becomes a definition.
    fn named(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<TypeText, TextError>,
    ) -> Result<TypeText, TextError> {
        if self.peek() == Some('{') {
            return body(self);
        }
        let at = self.at;
        let name = self.word("the name of a type or `{`")?;
        if is_reserved(name) {
            return Err(self.error_at(at, format!("`{name}` is a word of the grammar and names no type")));
        }
        let definition = body(self)?;
        match self.definitions.get(name) {
            Some(known) if *known != definition => {
                Err(self.error_at(at, format!("the name `{name}` stands for two different types")))
            }
            _ => {
                self.definitions.insert(name.to_owned(), definition);
                Ok(TypeText::Named(name.to_owned()))
            }
        }
    }

    fn fields(&mut self) -> Result<Vec<SlotText>, TextError> {
        self.slots(|parser| {
            parser.token(':')?;
            parser.any_type()
        })
    }

    fn variants(&mut self) -> Result<Vec<SlotText>, TextError> {
        self.slots(|parser| {
            if parser.take('(') {
                return parser.types_until(')').map(TypeText::Tuple);
            }
            match parser.peek() {
                Some('{') => parser.fields().map(TypeText::Struct),
                _ => Ok(TypeText::Scalar(Scalar::Unit)),
            }
        })
    }

    fn slots(
        &mut self,
        content: impl Fn(&mut Self) -> Result<TypeText, TextError>,
    ) -> Result<Vec<SlotText>, TextError> {
        self.token('{')?;
        let mut slots = Vec::new();
        while !self.take('}') {
            let name = self.word("a name or `}`")?.to_owned();
            let content = content(self)?;
            slots.push(SlotText {
                name,
                content,
                reuses: self.reuses()?,
            });
            if !self.take(',') {
                self.token('}')?;
                break;
            }
        }
        Ok(slots)
    }

    /// Reads `from a|b`, if it follows.
    fn reuses(&mut self) -> Result<Vec<String>, TextError> {
        let mut reuses = Vec::new();
        if self.peek().is_some_and(is_word_char) {
            let at = self.at;
            if self.word("`from`")? != "from" {
                return Err(self.error_at(at, "expected `from`, `,` or `}`"));
            }
            reuses.push(self.word("a name")?.to_owned());
            while self.take('|') {
                reuses.push(self.word("a name")?.to_owned());
            }
        }
        Ok(reuses)
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn token(&mut self, wanted: char) -> Result<(), TextError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.expected(&format!("`{wanted}`")))
        }
    }

    fn word(&mut self, wanted: &str) -> Result<&'t str, TextError> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let length = rest.find(|char| !is_word_char(char)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.expected(wanted));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn expected(&self, wanted: &str) -> TextError {
        let found = match self.text[self.at..].chars().next() {
            Some(char) => format!("`{}`", char.escape_debug()),
            None => "the end".to_owned(),
        };
        self.error_at(self.at, format!("expected {wanted}, found {found}"))
    }

    fn error_at(&self, at: usize, problem: impl Into<String>) -> TextError {
        let skipped = self.text[at..].len() - self.text[at..].trim_start().len();
        let column = self.text[..at + skipped].chars().count() + 1;
        TextError {
            column,
            problem: problem.into(),
        }
    }
}

fn is_word_char(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}
