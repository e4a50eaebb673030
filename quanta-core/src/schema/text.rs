//! placeholder until merged
use super::table::Schema;
/// text
#[must_use]
pub fn schema_text(name: &str, schema: &Schema) -> String {
    let mut s = format!("table {name}\n");
    for f in schema.shape.fields() {
        s.push_str(&format!("  {}: {}\n", f.name, schema.shape.sub_shape(f.node)));
    }
    s
}
