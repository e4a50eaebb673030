//! Questions about rows: which, in what order, how many. Conditions are asked of the bytes of rows; indexes are used where
//! they find fewer rows.

mod access;
mod across;
mod batches;
mod bounds;
mod check;
mod choice;
mod coerce;
mod compile;
mod conditions;
mod dynamic;
mod explain;
mod expr;
mod filter;
mod form;
mod groups;
mod known;
mod number;
mod operand;
mod order;
mod origin;
mod page;
mod place;
mod question;
mod reading;
mod referring;
mod refers;
mod relations;
mod request;
mod rows;
mod select;
mod selected;
mod sort;
mod stream;
mod text;
mod typed;
mod watched;
mod with;

pub use crate::model::{
    Across, Field, FieldSet, Fielded, In, Joined, Maybe, Place, RefersToOne, Start, Variant, Varied,
};
pub use batches::WITH_ROWS_MAX;
pub use conditions::{Contains, Item, Keyed, Many, Measured, Text};
pub use dynamic::{DynamicGroups, DynamicQuery, DynamicSelected};
pub use explain::{Entries, Explanation, Way};
pub(crate) use expr::Expr;
pub use filter::Filter;
pub use groups::{GROUPS_MAX, Groups};
pub use known::RELATED_BYTES_MAX;
pub use number::{Number, Total};
pub use operand::Operand;
pub use order::{Order, Orders};
pub(crate) use origin::Origin;
pub use page::{Cursor, Page};
pub use question::PAGE_ROWS;
pub use referring::Referring;
pub use refers::Refers;
pub use relations::Relations;
pub use rows::QueryRows;
pub use select::Selection;
pub use selected::Selected;
pub use sort::SORT_BYTES_MAX;
pub(crate) use text::filter_of;
pub use typed::{FieldsOf, Query, fields_of};
pub(crate) use watched::{RowTest, row_test};
pub use with::With;
