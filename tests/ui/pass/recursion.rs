#![deny(missing_docs, warnings)]
//! Compiles without a warning.

use quantadb::QuantaType;

/// Through a box, a list and an option.
#[derive(QuantaType)]
pub struct Tree {
    value: u8,
    left: Option<Box<Tree>>,
    right: Option<Box<Self>>,
    children: Vec<Tree>,
}

/// An expression.
#[derive(QuantaType)]
pub enum Term {
    /// A leaf.
    Number(f64),
    /// A node.
    Sum(Box<Term>, Box<Self>),
    /// A node.
    All {
        /// Its parts.
        terms: Vec<Term>,
    },
}

/// Two that contain each other.
#[derive(QuantaType)]
pub struct Folder {
    entries: Vec<Entry>,
}

/// The other one.
#[derive(QuantaType)]
pub enum Entry {
    /// Back.
    Folder(Folder),
    /// A leaf.
    File(String),
}

fn main() {}
