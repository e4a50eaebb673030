//! `index` and `unique`, at a field and at the struct.

use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

use super::entry::{Entry, Value};
use super::value::{self, ungrouped};
use crate::ctxt::Ctxt;

/// An index as it is written.
pub(crate) struct IndexAttr {
    /// The attribute's name where it is written, for messages.
    pub(crate) key: Ident,
    pub(crate) name: Option<LitStr>,
    /// What it is over; empty at a field, which it is over then.
    pub(crate) fields: Vec<IndexPart>,
}

/// A field of an index, and how it orders rows.
pub(crate) struct IndexPart {
    pub(crate) field: IndexField,
    /// `desc`, where the highest values come first.
    pub(crate) descending: Option<Ident>,
}

/// A field that an index is over.
pub(crate) enum IndexField {
    /// A field of the struct by its Rust name.
    Own(Ident),
    /// A path of storage names.
    Path(LitStr),
}

impl IndexAttr {
    pub(crate) fn is_unique(&self) -> bool {
        self.key == "unique"
    }

    /// Reads `index` or `index = "name"` at a field.
    pub(crate) fn of_field(ctxt: &mut Ctxt, entry: &Entry) -> Option<Self> {
        let key = &entry.key;
        let name = match &entry.value {
            Value::Flag => None,
            Value::Assign(_) => value::string(ctxt, entry),
            Value::List(_) => {
                let message = format!(
                    "`{key}` takes no list at a field: write `{key}`, or `{key} = \"name\"`; over several fields it \
                     stands at the struct"
                );
                ctxt.error_at(key, message);
                return None;
            }
        };
        Some(Self {
            key: key.clone(),
            name,
            fields: Vec::new(),
        })
    }

    /// Reads `index(a, "b.c")` or `index(name = "n", fields(a desc, "b.c"))` at the struct.
    pub(crate) fn of_entity(ctxt: &mut Ctxt, entry: &Entry) -> Option<Self> {
        let key = &entry.key;
        let expected = format!(
            "`{key}` of an entity names fields: `{key}(a, \"b.c\")`, or `{key}(name = \"..\", fields(a, \"b.c\"))`, with \
             `desc` behind those whose highest values come first"
        );
        let Value::List(tokens) = &entry.value else {
            ctxt.error_at(key, expected);
            return None;
        };
        let parsed = Punctuated::<Item, Token![,]>::parse_terminated.parse2(tokens.clone());
        let items = parsed.map_err(|error| ctxt.push(error)).ok()?;
        let (mut name, mut read) = (None, Vec::new());
        for item in items {
            match item {
                Item::Name(value) => {
                    name = value::string_literal(&value);
                    if name.is_none() {
                        ctxt.error_at(&value, &expected);
                    }
                }
                Item::Fields(fields) => {
                    read.extend(fields.iter().map(|field| part_of(ctxt, field, &expected)));
                }
                Item::Field(field) => read.push(part_of(ctxt, &field, &expected)),
            }
        }
        if read.is_empty() {
            ctxt.error_at(key, expected);
        }
        Some(Self {
            key: key.clone(),
            name,
            fields: read.into_iter().flatten().collect(),
        })
    }
}

/// What stands in the list of an index.
enum Item {
    /// `name = ".."`.
    Name(Expr),
    /// `fields(..)`.
    Fields(Punctuated<Written, Token![,]>),
    Field(Written),
}

/// A field as it is written: `a`, `"b.c"`, or one of them and `desc`.
struct Written {
    field: Expr,
    descending: Option<Ident>,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let is_list =
            ahead.parse::<Ident>().is_ok_and(|word| word == "fields") && ahead.peek(syn::token::Paren);
        if is_list {
            input.parse::<Ident>()?;
            let inside;
            syn::parenthesized!(inside in input);
            return inside
                .parse_terminated(Written::parse, Token![,])
                .map(Self::Fields);
        }
        let written: Written = input.parse()?;
        Ok(match written.field {
            Expr::Assign(assign) if value::word(&assign.left).as_deref() == Some("name") => {
                Self::Name(*assign.right)
            }
            field => Self::Field(Written { field, ..written }),
        })
    }
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let field = input.parse()?;
        let is_turned = input.fork().parse::<Ident>().is_ok_and(|word| word == "desc");
        let descending = is_turned.then(|| input.parse()).transpose()?;
        Ok(Self { field, descending })
    }
}

fn part_of(ctxt: &mut Ctxt, written: &Written, expected: &str) -> Option<IndexPart> {
    let field = field_of(ctxt, &written.field, expected)?;
    if let IndexField::Path(path) = &field
        && path.value().contains(' ')
    {
        ctxt.error_at(path, expected);
        return None;
    }
    Some(IndexPart {
        field,
        descending: written.descending.clone(),
    })
}

pub(super) fn field_of(ctxt: &mut Ctxt, field: &Expr, expected: &str) -> Option<IndexField> {
    if let Some(path) = value::string_literal(field) {
        return Some(IndexField::Path(path));
    }
    if let Expr::Path(path) = ungrouped(field)
        && let Some(ident) = path.path.get_ident()
    {
        return Some(IndexField::Own(ident.clone()));
    }
    ctxt.error_at(field, expected);
    None
}
