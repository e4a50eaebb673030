//! Taking a text apart.

use crate::schema::TextError;

use super::names::{is_word_char, is_word_start};

/// A part of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// The character at which it begins, counted from 1.
    pub column: usize,
}

/// What a part of the text is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'t> {
    /// A word, which is a name or a word of filters.
    Word(&'t str),
    /// A name in backticks.
    Name(String),
    /// A quoted text.
    Text(String),
    /// A number as it is written.
    Number(&'t str),
    /// One of [`SIGNS`].
    Sign(&'static str),
    /// The end.
    End,
}

/// Signs, longest first.
const SIGNS: [&str; 18] = [
    "->", "::", "!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", "{", "}", ",", ".", "-", ":",
];

/// What other languages write, and what is written here.
const FOREIGN: [(&str, &str); 6] = [
    ("==", "equality is `=`"),
    ("<>", "inequality is `!=`"),
    ("&&", "conditions are joined with `and`"),
    ("||", "conditions are joined with `or`"),
    ("!", "conditions are turned round with `not`"),
    (
        "%",
        "parts of texts are asked for with `starts with`, `ends with` and `contains`",
    ),
];

impl Token<'_> {
    /// Makes an error at this place.
    pub fn error(&self, problem: impl Into<String>) -> TextError {
        TextError {
            column: self.column,
            problem: problem.into(),
        }
    }

    /// Makes the error that something else should stand here.
    pub fn instead_of(&self, wanted: &str) -> TextError {
        let found = match &self.kind {
            Kind::Word(text) | Kind::Number(text) => format!("`{text}`"),
            Kind::Name(_) => "a name".to_owned(),
            Kind::Text(_) => "a text".to_owned(),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".to_owned(),
        };
        self.error(format!("expected {wanted}, found {found}"))
    }

    /// Tells whether no path goes on here.
    pub fn is_path_end(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Word(_) | Kind::Name(_) | Kind::Number(_) | Kind::Sign("[" | "::" | ".")
        )
    }

    /// Tells whether it is this word, in any case.
    pub fn is_word(&self, wanted: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(wanted))
    }
}

/// Takes a text apart. The last token is the end.
///
/// # Errors
///
/// If a part of it is none, such as a text without an end.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, TextError> {
    let mut scanner = Scanner {
        rest: text,
        column: 1,
    };
    let mut tokens = Vec::new();
    loop {
        let space = scanner.rest.len() - scanner.rest.trim_start().len();
        scanner.take(space);
        let column = scanner.column;
        let kind = scanner.next()?;
        let is_end = kind == Kind::End;
        tokens.push(Token { kind, column });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Scanner<'t> {
    rest: &'t str,
    column: usize,
}

impl<'t> Scanner<'t> {
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.column += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn error(&self, problem: impl Into<String>) -> TextError {
        TextError {
            column: self.column,
            problem: problem.into(),
        }
    }

    fn length_of(&self, of: impl Fn(char) -> bool) -> usize {
        self.rest.find(|char| !of(char)).unwrap_or(self.rest.len())
    }

    fn next(&mut self) -> Result<Kind<'t>, TextError> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(Kind::End);
        };
        match first {
            '"' | '\'' => return self.quoted(first).map(Kind::Text),
            '`' => return self.name().map(Kind::Name),
            _ if is_word_start(first) => {
                let length = self.length_of(is_word_char);
                return Ok(Kind::Word(self.take(length)));
            }
            _ => {}
        }
        if self
            .rest
            .trim_start_matches('-')
            .starts_with(|char: char| char.is_ascii_digit())
        {
            return self.number();
        }
        let is_next = |sign: &&str| self.rest.starts_with(*sign);
        // `!=` and `=` are signs of ours that foreign ones begin like.
        if let Some((_, fix)) = FOREIGN.iter().find(|(sign, _)| is_next(sign))
            && !self.rest.starts_with("!=")
        {
            return Err(self.error(*fix));
        }
        let Some(sign) = SIGNS.iter().find(|sign| is_next(sign)) else {
            return Err(self.error(format!("`{}` has no meaning here", first.escape_debug())));
        };
        self.take(sign.len());
        Ok(Kind::Sign(sign))
    }

    fn number(&mut self) -> Result<Kind<'t>, TextError> {
        let text = self.rest;
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let mut end = usize::from(text.starts_with('-'));
        let whole = digits(&text[end..]);
        end += whole;
        if let Some(fraction) = text[end..].strip_prefix('.') {
            let fraction = digits(fraction);
            end += if fraction > 0 { fraction + 1 } else { 0 };
        }
        if let Some(exponent) = text[end..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['-', '+']));
            let exponent = digits(&exponent[sign..]);
            end += if exponent > 0 { exponent + sign + 1 } else { 0 };
        }
        let behind = &text[end..];
        let more = behind.find(|char| !is_word_char(char)).unwrap_or(behind.len());
        if whole == 0 || more > 0 {
            let all = &text[..end + more];
            let all = if all.is_empty() { "-" } else { all };
            return Err(self.error(format!("`{all}` is no number: a text is put in quotes")));
        }
        Ok(Kind::Number(self.take(end)))
    }

    fn name(&mut self) -> Result<String, TextError> {
        let Some(length) = self.rest[1..].find('`') else {
            return Err(self.error("the name has no end: a backtick is missing"));
        };
        let name = &self.rest[1..=length];
        let bad = name.find(|char| !is_word_char(char));
        if name.is_empty() || bad.is_some() {
            return Err(self.error("backticks hold one name, of letters, digits and `_`"));
        }
        self.take(length + 2);
        Ok(name.to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<String, TextError> {
        let no_end = self.error(format!("the text has no end: {quote} is missing"));
        self.take(1);
        let mut text = String::new();
        loop {
            let plain = self.length_of(|char| char != quote && char != '\\');
            text.push_str(self.take(plain));
            if self.rest.is_empty() {
                return Err(no_end);
            }
            if self.rest.starts_with(quote) {
                self.take(1);
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    /// Reads what stands behind a backslash.
    fn escape(&mut self) -> Result<char, TextError> {
        let escaped = self.rest[1..].chars().next();
        let char = match escaped {
            Some(char @ ('\\' | '"' | '\'')) => char,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('0') => '\0',
            Some('u') => return self.code_point(),
            Some(other) => {
                let other = other.escape_debug();
                let problem = format!(
                    "`\\{other}` is no escape: there are \\\\ \\\" \\' \\n \\r \\t \\0 and \\u{{..}}"
                );
                return Err(self.error(problem));
            }
            None => return Err(self.error("the text ends within an escape")),
        };
        self.take(2);
        Ok(char)
    }

    fn code_point(&mut self) -> Result<char, TextError> {
        let problem = "`\\u` is followed by a code point in hexadecimal digits, as in `\\u{e9}`";
        let digits = self.rest[2..]
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'));
        let digits = digits.map(|(digits, _)| digits);
        let char = digits
            .filter(|digits| digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        let (Some(char), Some(digits)) = (char, digits) else {
            return Err(self.error(problem));
        };
        self.take(digits.len() + 4);
        Ok(char)
    }
}
