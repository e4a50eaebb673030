//! The words of filters, which no bare name at the start of a path is.

use crate::schema::TextError;

use super::tokens::{Kind, Token};

/// Words with a meaning that can't stand for a field where a condition begins.
const RESERVED: [&str; 14] = [
    "and", "or", "not", "in", "between", "is", "none", "some", "true", "false", "starts", "ends", "contains",
    "with",
];

/// Words that have a meaning only where something follows that fits it.
const CONTEXTUAL: [&str; 5] = ["any", "all", "length", "asc", "desc"];

fn is_among(words: &[&str], word: &str) -> bool {
    words.iter().any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// Tells whether a word can't stand for a field where a condition begins.
pub fn is_reserved(word: &str) -> bool {
    is_among(&RESERVED, word)
}

/// Returns a name as filters read it: in backticks if it is a word of theirs, or no word at all.
pub fn written(name: &str) -> String {
    let is_word = name.starts_with(is_word_start) && name.chars().all(is_word_char);
    if is_word && !is_among(&RESERVED, name) && !is_among(&CONTEXTUAL, name) {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}

/// Tells whether a word can begin with that.
pub fn is_word_start(char: char) -> bool {
    char.is_alphabetic() || char == '_'
}

/// Tells whether a word can have that.
pub fn is_word_char(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Returns what a token names behind a dot or `::`, where every word is a name.
pub fn name_in(token: &Token<'_>) -> Option<String> {
    match &token.kind {
        Kind::Word(word) => Some((*word).to_owned()),
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// Makes the error for a word of filters in the place of a name.
pub fn reserved(token: &Token<'_>, word: &str) -> TextError {
    token.error(format!(
        "`{word}` is a word of filters: if a field is meant, put it in backticks"
    ))
}
