//! Questions about rows: which, in what order, how many. Conditions are asked of the bytes of rows; indexes are used where
//! they find fewer rows.

mod access;
mod bounds;
mod check;
mod choice;
mod compile;
mod conditions;
mod explain;
mod expr;
mod filter;
mod form;
mod groups;
mod number;
mod operand;
mod order;
mod origin;
mod page;
mod place;
mod request;
mod rows;
mod select;
mod selected;
mod sort;
mod stream;
mod typed;

pub use crate::model::{Field, FieldSet, Fielded, In, Maybe, Place, Start, Variant, Varied};
pub use conditions::{Contains, Item, Keyed, Many, Measured, Text};
pub use explain::{Entries, Explanation, Way};
pub use filter::Filter;
pub use groups::{GROUPS_MAX, Groups};
pub use number::{Number, Total};
pub use operand::Operand;
pub use order::{Order, Orders};
pub(crate) use origin::Origin;
pub use page::{Cursor, Page};
pub use rows::QueryRows;
pub use select::Selection;
pub use selected::Selected;
pub use sort::SORT_BYTES_MAX;
pub use typed::{FieldsOf, PAGE_ROWS, Query, fields_of};
