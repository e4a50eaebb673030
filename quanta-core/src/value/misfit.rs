//! Why a value or its JSON is not of a type, and where.

use std::fmt;

use crate::schema::{Node, Scalar};

/// A problem with the path to it, which grows from its end while the error is handed up.
#[derive(Debug)]
pub(super) struct Misfit {
    path: String,
    problem: String,
}

impl Misfit {
    pub(super) fn new(problem: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            problem: problem.into(),
        }
    }

    /// Makes the error of a value of one kind where another type is expected.
    pub(super) fn expected(found: &str, node: &Node) -> Self {
        Self::new(format!("{found} where {} is expected", type_name(node)))
    }

    /// Places the problem within a field or variant.
    pub(super) fn within(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    /// Places the problem at an item or key.
    pub(super) fn at(mut self, item: impl fmt::Display) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("[{item}]{dot}{}", self.path);
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.problem),
            path => write!(f, "{path}: {}", self.problem),
        }
    }
}

fn type_name(node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => Scalar::name(*scalar).to_owned(),
        Node::Option(_) => "an option".to_owned(),
        Node::List(_) => "a list".to_owned(),
        Node::Set(_) => "a set".to_owned(),
        Node::Map(..) => "a map".to_owned(),
        Node::Array(_, length) => format!("an array of {length} items"),
        Node::Tuple(items) => format!("a tuple of {} items", items.len()),
        Node::Struct { label, .. } => format!("struct {label}").trim_end().to_owned(),
        Node::Enum { label, .. } => format!("enum {label}").trim_end().to_owned(),
        Node::Ref(table) => format!("ref<{table}>"),
        Node::Opaque(name) => format!("opaque({name})"),
    }
}
