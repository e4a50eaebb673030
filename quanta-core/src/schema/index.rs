//! The definition of an index.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What stands behind the path of a field that goes down.
const DESCENDING: &str = " desc";

/// An index over fields of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndexDef {
    /// A label; what identifies an index is its id.
    pub name: String,
    /// The indexed fields, in key order.
    pub fields: Vec<IndexField>,
    /// Whether two rows may have equal values.
    pub unique: bool,
}

impl IndexDef {
    /// Returns what makes it another index than others, which its name doesn't.
    #[must_use]
    pub fn definition(&self) -> (&[IndexField], bool) {
        (&self.fields, self.unique)
    }

    /// Lists the paths of its fields, in key order.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.fields.iter().map(|field| &field.path)
    }

    /// Lists the ways of its fields, in key order.
    pub fn ways(&self) -> impl Iterator<Item = OrderWay> {
        self.fields.iter().map(|field| field.way)
    }

    /// Returns its fields as text, with commas between them.
    #[must_use]
    pub fn fields_text(&self) -> String {
        let fields = self.fields.iter().map(ToString::to_string);
        fields.collect::<Vec<_>>().join(", ")
    }
}

/// A field that an index is over. As text, in JSON and in records it is its path, and ` desc` if it goes down: a path has
/// no spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IndexField {
    /// The path.
    pub path: String,
    /// Which values come first.
    pub way: OrderWay,
}

impl IndexField {
    /// Makes the field of an index whose lowest values come first.
    #[must_use]
    pub fn ascending(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            way: OrderWay::Ascending,
        }
    }
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderWay {
    /// Those with the lowest values.
    Ascending,
    /// Those with the highest values.
    Descending,
}

impl fmt::Display for IndexField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match self.way {
            OrderWay::Ascending => Ok(()),
            OrderWay::Descending => f.write_str(DESCENDING),
        }
    }
}

impl FromStr for IndexField {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, way) = match text.strip_suffix(DESCENDING) {
            Some(path) => (path, OrderWay::Descending),
            None => (text, OrderWay::Ascending),
        };
        if path.contains(' ') {
            return Err(format!("`{text}` is neither a path nor a path and `desc`"));
        }
        Ok(Self {
            path: path.to_owned(),
            way,
        })
    }
}

impl TryFrom<String> for IndexField {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<IndexField> for String {
    fn from(field: IndexField) -> Self {
        field.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_texts() {
        let down = IndexField {
            path: "home.town".to_owned(),
            way: OrderWay::Descending,
        };
        let home = IndexField::ascending("home");
        for (text, field) in [("home.town desc", &down), ("home", &home)] {
            assert_eq!(text.parse(), Ok(field.clone()));
            assert_eq!(field.to_string(), text);
            assert_eq!(String::from(field.clone()), text);
        }
        for text in ["home desc desc", "home asc", "home  desc", " home", "home DESC"] {
            let problem = format!("`{text}` is neither a path nor a path and `desc`");
            assert_eq!(text.parse::<IndexField>(), Err(problem));
        }
    }

    /// The canonical encoding sorts texts, and a schema sorts fields: both have to give one order.
    #[test]
    fn fields_order_like_their_texts() {
        let texts = [
            "a",
            "a desc",
            "a.b",
            "a.b desc",
            "a::B",
            "a[]",
            "aa",
            "a_b",
            "a{key} desc",
        ];
        for one in texts {
            for other in texts {
                let fields = [one, other].map(|text| text.parse::<IndexField>().unwrap());
                assert_eq!(fields[0].cmp(&fields[1]), one.cmp(other), "{one} beside {other}");
            }
        }
    }
}
