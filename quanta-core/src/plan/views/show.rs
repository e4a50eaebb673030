//! Views as text.

use crate::schema::ViewSchema;

/// Returns a view as text: its columns with their types and where they come from, and its filter.
#[must_use]
pub fn view_text(name: &str, view: &ViewSchema) -> String {
    let mut text = format!("view {name} of {} {{\n", view.table);
    for column in &view.columns {
        text.push_str(&format!("    {}: {}", column.name, column.shape));
        if column.path != column.name {
            text.push_str(&format!(" = {}", column.path));
        }
        text.push_str(",\n");
    }
    text.push('}');
    if let Some(filter) = &view.filter {
        text.push_str(&format!(" where {}", filter.text));
    }
    text.push('\n');
    text
}
