//! Showing where in a text something is wrong.

use crate::query::expr::Expr;
use crate::query::order::OrderBy;
use crate::schema::TextError;

use super::parser::parse_filter;
use super::paths::{parse_order, parse_path};

/// Characters of the text that are shown before and behind the place.
const CONTEXT_CHARS: usize = 60;

/// Returns an error with its column, the text, and a caret under the place; in a text without anything, there is none.
pub fn pointed_at(text: &str, error: &TextError) -> String {
    if text.trim().is_empty() {
        return error.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let at = error.column - 1;
    let start = at.saturating_sub(CONTEXT_CHARS);
    let end = chars.len().min(at + CONTEXT_CHARS);
    // What takes no place, or more than one line, would move the caret.
    let shown = chars[start..end].iter();
    let shown: String = shown
        .map(|char| if char.is_control() { ' ' } else { *char })
        .collect();
    let (before, behind) = (dots(start > 0), dots(end < chars.len()));
    let indent = " ".repeat(before.len() + at - start);
    format!("{error}\n  {before}{}{behind}\n  {indent}^", shown.trim_end())
}

fn dots(is_cut: bool) -> &'static str {
    if is_cut { ".." } else { "" }
}

/// Reads a filter; of one that is wrong, the text says where.
pub fn filter_of(text: &str) -> Expr {
    parse_filter(text)
        .unwrap_or_else(|error| Expr::Wrong(format!("the filter, {}", pointed_at(text, &error))))
}

/// Reads an order.
///
/// # Errors
///
/// Says what is wrong, and where.
pub fn order_of(text: &str) -> Result<Vec<OrderBy>, String> {
    parse_order(text).map_err(|error| format!("the order, {}", pointed_at(text, &error)))
}

/// Reads a path to one value.
///
/// # Errors
///
/// Says what is wrong, and where.
pub fn path_of(text: &str) -> Result<String, String> {
    parse_path(text).map_err(|error| format!("the path, {}", pointed_at(text, &error)))
}
