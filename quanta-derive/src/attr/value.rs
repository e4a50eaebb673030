//! Reads the value of an attribute, saying what is expected where it doesn't fit.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr, Path, Token};

use super::container::LockUse;
use super::entry::{Entry, Value};
use super::field::{Conversion, OwnCode};
use crate::ctxt::Ctxt;

/// `key` alone.
pub(crate) fn flag(ctxt: &mut Ctxt, entry: &Entry) -> bool {
    let key = &entry.key;
    match &entry.value {
        Value::Flag => {}
        Value::Assign(expr) => ctxt.error_at(expr, format!("`{key}` takes no value: write `{key}`")),
        Value::List(_) => ctxt.error_at(key, format!("`{key}` takes no list: write `{key}`")),
    }
    true
}

/// `key = ".."`.
pub(crate) fn string(ctxt: &mut Ctxt, entry: &Entry) -> Option<LitStr> {
    let key = &entry.key;
    let expected = format!("`{key}` takes a string literal: `{key} = \"..\"`");
    match assigned(entry) {
        Some(expr) => string_literal(expr).or_else(|| report(ctxt, expr, expected)),
        None => report(ctxt, key, expected),
    }
}

/// `key = true` or `key = false`.
pub(crate) fn boolean(ctxt: &mut Ctxt, entry: &Entry) -> Option<bool> {
    let key = &entry.key;
    let expected = format!("`{key}` takes `true` or `false`: `{key} = false`");
    match assigned(entry) {
        Some(Expr::Lit(ExprLit {
            lit: Lit::Bool(lit), ..
        })) => Some(lit.value),
        Some(expr) => report(ctxt, expr, expected),
        None => report(ctxt, key, expected),
    }
}

/// `key = "off"`.
pub(crate) fn lock_use(ctxt: &mut Ctxt, entry: &Entry) -> LockUse {
    let key = &entry.key;
    let expected = format!("`{key}` takes `\"off\"`; without it, the names are compared: `{key} = \"off\"`");
    match assigned(entry) {
        Some(expr) if string_literal(expr).is_some_and(|lit| lit.value() == "off") => {}
        Some(expr) => ctxt.error_at(expr, expected),
        None => ctxt.error_at(key, expected),
    }
    LockUse::Off
}

/// `key = 0`.
pub(crate) fn position(ctxt: &mut Ctxt, entry: &Entry, expr: &Expr) -> Option<usize> {
    let key = &entry.key;
    if let Expr::Lit(ExprLit {
        lit: Lit::Int(lit), ..
    }) = ungrouped(expr)
        && let Ok(position) = lit.base10_parse()
    {
        return Some(position);
    }
    report(
        ctxt,
        expr,
        format!("`{key}` takes its position in the key: `{key} = 0`"),
    )
}

/// `key = "a"` or `key("a", "b")`, without repetition.
pub(crate) fn names(ctxt: &mut Ctxt, entry: &Entry) -> Vec<LitStr> {
    let key = &entry.key;
    let Value::List(tokens) = &entry.value else {
        return string(ctxt, entry).into_iter().collect();
    };
    let Some(parsed) = list(ctxt, tokens) else {
        return Vec::new();
    };
    if parsed.is_empty() {
        ctxt.error_at(
            key,
            format!("`{key}` names nothing: `{key} = \"..\"`, or remove it"),
        );
    }
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for expr in &parsed {
        match string_literal(expr) {
            None => ctxt.error_at(
                expr,
                format!("`{key}` takes string literals: `{key}(\"a\", \"b\")`"),
            ),
            Some(name) if !seen.insert(name.value()) => {
                ctxt.error_at(
                    &name,
                    format!("`{}` is listed twice; keep one of them", name.value()),
                );
            }
            Some(name) => names.push(name),
        }
    }
    names
}

/// `key = path::to::f` or `key = "path::to::f"`.
pub(crate) fn function(ctxt: &mut Ctxt, entry: &Entry) -> Option<OwnCode> {
    let key = &entry.key;
    let expected = format!("`{key}` takes the path of a function: `{key} = path::to::function`");
    match assigned(entry) {
        Some(expr) => path(expr).or_else(|| report(ctxt, expr, expected)),
        None => report(ctxt, key, expected),
    }
}

/// What becomes of a row that doesn't fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Resolution {
    Default,
    DropRow,
}

/// `key = "default"` or `key = "drop_row"`.
pub(crate) fn resolution(ctxt: &mut Ctxt, entry: &Entry) -> Option<Resolution> {
    let key = &entry.key;
    let expected =
        format!("`{key}` takes what becomes of a value that doesn't fit: `\"default\"` or `\"drop_row\"`");
    let Some(expr) = assigned(entry) else {
        return report(ctxt, key, expected);
    };
    match string_literal(expr).map(|lit| lit.value()).as_deref() {
        Some("default") => Some(Resolution::Default),
        Some("drop_row") => Some(Resolution::DropRow),
        _ => report(ctxt, expr, expected),
    }
}

/// `key = path` or `key(path, inverse = path)`.
pub(crate) fn conversion(ctxt: &mut Ctxt, entry: &Entry) -> Option<Conversion> {
    let key = &entry.key;
    let expected = format!("`{key}` takes functions: `{key} = to`, or `{key}(to, inverse = back)`");
    let Value::List(tokens) = &entry.value else {
        let up = match assigned(entry) {
            Some(expr) => path(expr).or_else(|| report(ctxt, expr, expected))?,
            None => return report(ctxt, key, expected),
        };
        return Some(Conversion { up, down: None });
    };
    let parsed = list(ctxt, tokens)?;
    let mut parts = parsed.iter();
    let up = match parts.next() {
        None => return report(ctxt, key, expected),
        Some(first) => path(first).or_else(|| report(ctxt, first, expected.clone()))?,
    };
    let down = match parts.next() {
        None => None,
        Some(Expr::Assign(assign)) if word(&assign.left).as_deref() == Some("inverse") => {
            let back = path(&assign.right).or_else(|| report(ctxt, &assign.right, expected.clone()))?;
            Some(back)
        }
        Some(other) => {
            let message = format!("expected `inverse = path::to::function`: {expected}");
            return report(ctxt, other, message);
        }
    };
    match parts.next() {
        None => Some(Conversion { up, down }),
        Some(third) => report(ctxt, third, expected),
    }
}

/// What stands in the parentheses of `key(..)`.
pub(super) fn list(ctxt: &mut Ctxt, tokens: &TokenStream) -> Option<Punctuated<Expr, Token![,]>> {
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone());
    parsed.map_err(|error| ctxt.push(error)).ok()
}

/// The word that names a place: `key`, or `index` of `index(users_mail)`.
pub(super) fn word(expr: &Expr) -> Option<String> {
    match ungrouped(expr) {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        Expr::Call(call) => word(&call.func),
        _ => None,
    }
}

/// A path, or one in a string.
fn path(expr: &Expr) -> Option<OwnCode> {
    let path = match ungrouped(expr) {
        Expr::Path(path) => path.clone(),
        other => string_literal(other)?.parse().ok()?,
    };
    let text = path_text(&path);
    Some(OwnCode { path, text })
}

/// `crate = path` or `crate = "path"`.
pub(crate) fn crate_path(ctxt: &mut Ctxt, entry: &Entry) -> Option<Path> {
    let key = &entry.key;
    let expected = format!("`{key}` takes the path of the facade crate: `{key} = path::to::quantadb`");
    match assigned(entry) {
        Some(Expr::Path(ExprPath {
            qself: None, path, ..
        })) => Some(path.clone()),
        Some(expr) => {
            let path = string_literal(expr).and_then(|lit| lit.parse_with(Path::parse_mod_style).ok());
            path.or_else(|| report(ctxt, expr, expected))
        }
        None => report(ctxt, key, expected),
    }
}

fn assigned(entry: &Entry) -> Option<&Expr> {
    match &entry.value {
        Value::Assign(expr) => Some(ungrouped(expr)),
        Value::Flag | Value::List(_) => None,
    }
}

/// A literal that a `macro_rules` fragment brought in stands in an invisible group.
pub(crate) fn ungrouped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

pub(super) fn string_literal(expr: &Expr) -> Option<LitStr> {
    match ungrouped(expr) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(lit), ..
        }) => Some(lit.clone()),
        _ => None,
    }
}

/// The path without the spaces that tokens are printed with, where that can't join two words.
fn path_text(path: &ExprPath) -> String {
    let text = quote::quote!(#path).to_string();
    let is_plain = path.qself.is_none()
        && path
            .path
            .segments
            .iter()
            .all(|segment| segment.arguments.is_none());
    if is_plain { text.replace(' ', "") } else { text }
}

fn report<T>(ctxt: &mut Ctxt, tokens: impl quote::ToTokens, message: String) -> Option<T> {
    ctxt.error_at(tokens, message);
    None
}
