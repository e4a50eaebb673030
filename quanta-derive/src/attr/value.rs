//! Reads the value of an attribute, saying what is expected where it doesn't fit.

use std::collections::BTreeSet;

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr, Path, Token};

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
    let parsed = match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
        Ok(parsed) => parsed,
        Err(error) => {
            ctxt.push(error);
            return Vec::new();
        }
    };
    if parsed.is_empty() {
        ctxt.error_at(
            key,
            format!("`{key}` names nothing: `{key} = \"old\"`, or remove it"),
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

/// `key = path::to::f` or `key = "path::to::f"`, and the path as written.
pub(crate) fn function(ctxt: &mut Ctxt, entry: &Entry) -> Option<(ExprPath, String)> {
    let key = &entry.key;
    let expected = format!("`{key}` takes the path of a function: `{key} = path::to::function`");
    let Some(expr) = assigned(entry) else {
        return report(ctxt, key, expected);
    };
    match expr {
        Expr::Path(path) => Some((path.clone(), path_text(path))),
        other => match string_literal(other).map(|lit| (lit.parse(), lit.value())) {
            Some((Ok(path), text)) => Some((path, text)),
            _ => report(ctxt, other, expected),
        },
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
    let expected = format!("`{key}` takes what becomes of a value that doesn't fit: `\"default\"` or `\"drop_row\"`");
    let Some(expr) = assigned(entry) else {
        return report(ctxt, key, expected);
    };
    match string_literal(expr).map(|lit| lit.value()).as_deref() {
        Some("default") => Some(Resolution::Default),
        Some("drop_row") => Some(Resolution::DropRow),
        _ => report(ctxt, expr, expected),
    }
}

/// `on_failure(key = "drop_row")`.
pub(crate) fn key_resolution(ctxt: &mut Ctxt, entry: &Entry) -> Option<Resolution> {
    let name = &entry.key;
    let expected = format!("`{name}` of an entity says what becomes of rows with one key: `{name}(key = \"drop_row\")`");
    let Value::List(tokens) = &entry.value else {
        return report(ctxt, name, expected);
    };
    let parse = |input: syn::parse::ParseStream<'_>| -> syn::Result<(syn::Ident, LitStr)> {
        let place = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok((place, value))
    };
    match parse.parse2(tokens.clone()) {
        Ok((place, value)) if place == "key" && value.value() == "drop_row" => Some(Resolution::DropRow),
        Ok((place, _)) => report(ctxt, place, expected),
        Err(_) => report(ctxt, name, expected),
    }
}

/// `key = path` or `key(path, inverse = path)`.
pub(crate) fn conversion(ctxt: &mut Ctxt, entry: &Entry) -> Option<Conversion> {
    let key = &entry.key;
    let Value::List(tokens) = &entry.value else {
        let (path, text) = function(ctxt, entry)?;
        return Some(Conversion {
            up: OwnCode { path, text },
            down: None,
        });
    };
    let parse = |input: syn::parse::ParseStream<'_>| -> syn::Result<(ExprPath, Option<ExprPath>)> {
        let up = input.parse()?;
        let mut down = None;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: syn::Ident = input.parse()?;
            if word != "inverse" {
                return Err(syn::Error::new_spanned(word, "expected `inverse = path::to::function`"));
            }
            input.parse::<Token![=]>()?;
            down = Some(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok((up, down))
    };
    let own = |path: ExprPath| OwnCode {
        text: path_text(&path),
        path,
    };
    match parse.parse2(tokens.clone()) {
        Ok((up, down)) => Some(Conversion {
            up: own(up),
            down: down.map(own),
        }),
        Err(error) => {
            let message = format!("`{key}` takes functions: `{key} = to`, or `{key}(to, inverse = back)`");
            ctxt.push(error);
            report(ctxt, key, message)
        }
    }
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

fn string_literal(expr: &Expr) -> Option<LitStr> {
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
