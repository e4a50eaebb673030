//! The names that a view has for what it reads, and those that tables and fields have now.

use crate::schema::ViewSchema;

use super::stored::ViewVersion;
use super::tables::TablesAfter;

/// A view by the names of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNow {
    /// What it reads, but for the text of its filter, which is as it was declared.
    pub schema: ViewSchema,
    /// Whether the fields that its filter asks have the names that its text has.
    pub filter_is_current: bool,
}

impl ViewVersion {
    /// Looks up what the tables and fields are called that it reads.
    ///
    /// # Errors
    ///
    /// Says what it reads that is no more.
    pub fn named_now(&self, tables: &TablesAfter<'_>) -> Result<NamedNow, String> {
        let mut schema = self.schema.clone();
        let mut reads = self.reads.iter();
        let mut next = || {
            reads
                .next()
                .ok_or("it has more paths than it reads")?
                .again(tables)
        };
        for column in &mut schema.columns {
            let named = next()?;
            (schema.table, column.path) = (named.table, named.path);
        }
        let mut filter_is_current = true;
        for path in schema.filter.iter().flat_map(|filter| &filter.paths) {
            filter_is_current &= next()?.path == *path;
        }
        Ok(NamedNow {
            schema,
            filter_is_current,
        })
    }

    /// Tells whether names may lead elsewhere by now than they did when it was made.
    pub(super) fn is_renamed(&self, tables: &TablesAfter<'_>) -> bool {
        let named = self.named_now(tables);
        named.is_ok_and(|named| named.schema != self.schema || !named.filter_is_current)
    }
}
