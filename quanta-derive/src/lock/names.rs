//! The names in the last version of a history document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What `format` begins with in all versions of the format.
const FORMATS: &str = "quanta-history/";
/// What it says in the version that is known here.
const FORMAT: &str = "quanta-history/1";

pub(crate) type Names = BTreeSet<String>;

/// The names in the last version; none at all if there is no version yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LastVersion {
    /// Fields by table.
    tables: BTreeMap<String, Names>,
    types: BTreeMap<String, TypeNames>,
}

/// The names in a type: its fields, or its variants, each with its fields.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TypeNames {
    Struct(Names),
    /// A variant without named fields has none.
    Enum(BTreeMap<String, Names>),
}

impl LastVersion {
    /// Reads a document. Only what is needed here is looked at: whoever writes the next version checks all of it.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(text).map_err(|error| damaged(&format!("it is no JSON: {error}")))?;
        match document["format"].as_str() {
            Some(FORMAT) => {}
            Some(newer) if newer.starts_with(FORMATS) => {
                let newer = newer.escape_debug();
                return Err(format!(
                    "`quanta.lock` is of the format `{newer}`, and this quantadb knows `{FORMAT}`: use the version that \
                     wrote it"
                ));
            }
            _ => return Err(damaged(&format!("its format is not `{FORMAT}`"))),
        }
        let versions = document["versions"]
            .as_array()
            .ok_or_else(|| damaged("it has no versions"))?;
        match versions.last() {
            None => Ok(Self::default()),
            Some(last) => Self::of(last).ok_or_else(|| damaged("its last version has not the form of one")),
        }
    }

    fn of(version: &Value) -> Option<Self> {
        let mut last = Self::default();
        for table in version["tables"].as_array()? {
            last.tables.insert(name(table)?, names(&table["fields"])?);
        }
        for declared in optional(&version["types"])? {
            let of_type = match &declared["variants"] {
                Value::Null => TypeNames::Struct(names(&declared["fields"])?),
                variants => TypeNames::Enum(
                    optional(variants)?
                        .iter()
                        .map(|variant| Some((name(variant)?, variant_names(variant)?)))
                        .collect::<Option<_>>()?,
                ),
            };
            last.types.insert(name(declared)?, of_type);
        }
        Some(last)
    }

    /// Returns the fields of a table.
    pub(crate) fn table(&self, name: &str) -> Option<&Names> {
        self.tables.get(name)
    }

    /// Returns the names in the type of that label; none if several types have it, for which one is meant can't be told.
    pub(crate) fn type_of(&self, label: &str) -> Option<&TypeNames> {
        let is_numbered = |name: &str, label: &str| {
            let number = name.strip_prefix(label).and_then(|rest| rest.strip_prefix('_'));
            number.is_some_and(|number| number.parse::<u32>().is_ok())
        };
        let mut others = self.types.keys();
        if others.any(|other| is_numbered(other, label) || is_numbered(label, other)) {
            return None;
        }
        self.types.get(label)
    }
}

fn damaged(problem: &str) -> String {
    format!("`quanta.lock`, beside Cargo.toml, is damaged: {problem}; restore it from version control")
}

/// The items of a list that may be left out.
fn optional(list: &Value) -> Option<&[Value]> {
    match list {
        Value::Null => Some(&[]),
        list => list.as_array().map(Vec::as_slice),
    }
}

fn variant_names(variant: &Value) -> Option<Names> {
    match &variant["fields"] {
        Value::Null => Some(Names::new()),
        fields => names(fields),
    }
}

fn names(slots: &Value) -> Option<Names> {
    slots.as_array()?.iter().map(name).collect()
}

fn name(item: &Value) -> Option<String> {
    item["name"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(versions: &str) -> Result<LastVersion, String> {
        LastVersion::parse(
            format!(r#"{{"format": "quanta-history/1", "name": "x", "versions": {versions}}}"#).as_bytes(),
        )
    }

    fn set(names: &[&str]) -> Names {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_last_version_counts() {
        let last = last(
            r#"[{"label": "1", "tables": [{"name": "users", "fields": [{"name": "nick"}]}]},
                {"label": "2", "tables": [{"name": "users", "fields": [{"name": "id"}, {"name": "name"}]}],
                 "types": [{"name": "Address", "fields": [{"name": "town"}]},
                           {"name": "Shape", "variants": [{"name": "Dot"}, {"name": "Line", "tuple": ["u8"]},
                                                          {"name": "Poly", "fields": [{"name": "sides"}]}]}]}]"#,
        )
        .unwrap();
        assert_eq!(last.table("users"), Some(&set(&["id", "name"])));
        assert_eq!(last.table("teams"), None);
        assert_eq!(last.type_of("Address"), Some(&TypeNames::Struct(set(&["town"]))));
        let variants = [("Dot", set(&[])), ("Line", set(&[])), ("Poly", set(&["sides"]))];
        let variants = variants.map(|(name, fields)| (name.to_owned(), fields));
        assert_eq!(last.type_of("Shape"), Some(&TypeNames::Enum(variants.into())));
    }

    #[test]
    fn a_label_of_several_types_means_none() {
        let types = |names: [&str; 3]| {
            let types = names.map(|name| format!(r#"{{"name": "{name}", "fields": []}}"#));
            last(&format!(
                r#"[{{"label": "1", "tables": [], "types": [{}]}}]"#,
                types.join(", ")
            ))
            .unwrap()
        };
        let several = types(["Name", "Name_2", "Named"]);
        assert_eq!(several.type_of("Name"), None);
        assert_eq!(several.type_of("Name_2"), None);
        assert!(several.type_of("Named").is_some());
        assert!(types(["Name", "Name_x", "Name2"]).type_of("Name").is_some());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert_eq!(last("[]").unwrap(), LastVersion::default());
        for (text, expected) in [
            ("", "it is no JSON: EOF while parsing a value at line 1 column 0"),
            ("<<<<<<< ours", "it is no JSON: expected value at line 1 column 1"),
            ("[]", "its format is not `quanta-history/1`"),
            (r#"{"format": "quanta-history/1"}"#, "it has no versions"),
            (
                r#"{"format": "quanta-history/1", "versions": [{"tables": [{"name": 7}]}]}"#,
                "its last version has not the form of one",
            ),
        ] {
            assert_eq!(
                LastVersion::parse(text.as_bytes()).unwrap_err(),
                damaged(expected),
                "{text}"
            );
        }
        let newer = LastVersion::parse(br#"{"format": "quanta-history/2"}"#).unwrap_err();
        assert!(newer.contains("use the version that wrote it"), "{newer}");
    }
}
