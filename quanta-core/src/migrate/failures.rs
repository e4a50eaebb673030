//! Rows that don't fit a change: by field, with the first of them and with what helps.

use std::collections::BTreeMap;

use crate::diff::{KEY_PATH, Refusal, RefusalKind, Way};
use crate::program::{Failure, FailureKind, NONE_WHERE_REQUIRED, VARIANT_IS_GONE};
use crate::schema::Schema;
use crate::value::show_key;

use super::shift::Shift;

/// Failures of one field that a refusal lists by key.
const SHOWN_FAILURES_MAX: usize = 10;

/// Rows that don't fit, by path of the field.
#[derive(Debug, Default)]
pub struct Failures {
    by_path: BTreeMap<String, FieldFailures>,
    /// The version on the way whose keys the rows go by, if it is not the one before.
    pub between: Option<u32>,
}

#[derive(Debug, Default)]
struct FieldFailures {
    count: u64,
    is_own_code: bool,
    first: Vec<String>,
}

impl Failures {
    /// Notes a row that doesn't fit.
    pub fn add(&mut self, schema: &Schema, row_key: &[u8], failure: &Failure) {
        let field = self.by_path.entry(failure.path.clone()).or_default();
        field.count += 1;
        field.is_own_code |= failure.kind == FailureKind::OwnCode;
        if field.first.len() < SHOWN_FAILURES_MAX {
            field
                .first
                .push(format!("{}: {}", show_key(schema, row_key), failure.problem));
        }
    }

    /// Counts rows that don't fit at a path and are not listed.
    pub fn add_unlisted(&mut self, path: &str, rows: u64) {
        if rows > 0 {
            self.by_path.entry(path.to_owned()).or_default().count += rows;
        }
    }

    /// Tells whether all rows fit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Tells whether rows fail, and all of them for want of the program's own code.
    #[must_use]
    pub fn is_own_code(&self) -> bool {
        !self.is_empty() && self.by_path.values().all(|field| field.is_own_code)
    }

    /// Makes one refusal for each field of the table of that name.
    #[must_use]
    pub fn refusals(self, table: &str, shift: &Shift) -> Vec<Refusal> {
        let after = shift.schema();
        let refusal = |(path, field): (String, FieldFailures)| {
            let shown = field.first.len() as u64;
            let mut problem = if path == KEY_PATH {
                format!("{} rows have no key of their own after the change", field.count)
            } else {
                format!("{} rows don't fit", field.count)
            };
            for line in &field.first {
                problem.push_str(&format!("\n    {line}"));
            }
            if field.count > shown {
                problem.push_str(&format!("\n    and {} more", field.count - shown));
            }
            if let Some(version) = self.between {
                problem.push_str(&format!(
                    "\n    these are keys of version {version}, which is on the way"
                ));
            }
            let (kind, fixes) = if field.is_own_code {
                let fix = "mend the function, or run a program that has it: nothing was changed";
                (RefusalKind::OwnCode, vec![fix.to_owned()])
            } else {
                let fixes = match shift.hops.first() {
                    Some((_, Way::Down)) => fixes_back(),
                    _ => fixes(&path, &field.first),
                };
                (RefusalKind::Rows, fixes)
            };
            let path = if path == KEY_PATH {
                after.key.join(", ")
            } else {
                path
            };
            Refusal {
                kind,
                table: table.to_owned(),
                path,
                problem,
                fixes,
            }
        };
        self.by_path.into_iter().map(refusal).collect()
    }
}

/// Says what to do about rows that don't fit on the way back: recorded edges lead there, and no attribute changes them.
fn fixes_back() -> Vec<String> {
    vec![
        "change or remove these rows with the program that wrote them".to_owned(),
        "go no further back than to where they fit".to_owned(),
    ]
}

/// Says what to write, or to do, for rows that don't fit.
fn fixes(path: &str, first: &[String]) -> Vec<String> {
    if path == KEY_PATH {
        return vec![
            "#[quanta(on_failure(key = \"drop_row\"))] at the struct: of the rows with one key, that with the lowest \
             key before survives, and the others are kept"
                .to_owned(),
            "change these rows with the program that wrote them".to_owned(),
            "keep the key as it is".to_owned(),
        ];
    }
    let Some(name) = field_of(path) else {
        return vec![
            "let the migration give a row for these too".to_owned(),
            "change these rows with the program that wrote them".to_owned(),
        ];
    };
    let mut fixes = Vec::new();
    let gone = first
        .iter()
        .find_map(|line| line.strip_suffix(VARIANT_IS_GONE)?.rsplit('`').next());
    if let Some(gone) = gone {
        fixes.push(format!(
            "#[quanta(fallback_for = \"{gone}\")] at the variant that stands in for it: what is replaced is kept"
        ));
    }
    if first.iter().any(|line| line.ends_with(NONE_WHERE_REQUIRED)) {
        fixes.push(format!(
            "#[quanta(default = ..)] at `{name}`: none becomes that value, and is none again on the way back"
        ));
        fixes.push(format!("leave `{name}` an option"));
    }
    fixes.push(format!(
        "#[quanta(on_failure = \"default\")] at `{name}`, or \"drop_row\": what doesn't fit is kept, and comes back on \
         the way back"
    ));
    fixes.push("change these rows with the program that wrote them".to_owned());
    fixes.push("keep the old field and add the new one beside it, under another name".to_owned());
    fixes
}

/// Returns the field whose attributes speak of a path: items, positions and variants have none that do.
fn field_of(path: &str) -> Option<&str> {
    let mut path = path;
    loop {
        let items = ["[]", "{key}", "{value}"];
        if let Some(outer) = items.iter().find_map(|item| path.strip_suffix(item)) {
            path = outer;
            continue;
        }
        let (outer, name) = path.rsplit_once(['.', ':']).unwrap_or(("", path));
        let is_position = name.bytes().all(|byte| byte.is_ascii_digit());
        match outer.strip_suffix(':') {
            Some(outer) => path = outer,
            None if is_position && !outer.is_empty() => path = outer,
            None => return Some(name).filter(|name| !name.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_stand_at_named_fields() {
        let cases = [
            ("age", Some("age")),
            ("home.city", Some("city")),
            ("lines[].amount", Some("amount")),
            ("tags[]", Some("tags")),
            ("scores{value}[]", Some("scores")),
            ("pair.0", Some("pair")),
            ("pair.0.1", Some("pair")),
            ("pair.0.city", Some("city")),
            ("shape::Circle", Some("shape")),
            ("shape::Circle.0", Some("shape")),
            ("shape::Circle.radius", Some("radius")),
            ("", None),
        ];
        for (path, field) in cases {
            assert_eq!(field_of(path), field, "{path}");
        }
    }
}
