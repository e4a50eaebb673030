//! Guards that docs/tools.md lists the codes that there are.

use crate::db::{FindingCode, ValidationCode};

use super::document;

#[test]
fn n5_every_code_of_a_validation_is_listed() {
    let mut lines = "| code | | what |\n| --- | --- | --- |\n".to_owned();
    let mut before = String::new();
    for code in ValidationCode::ALL {
        assert!(before.as_str() < code.code(), "codes go up: {code}");
        before = code.code().to_owned();
        let severity = code.severity().name();
        lines.push_str(&format!("| `{code}` | {severity} | {} |\n", code.what()));
    }
    document::check("tools.md", "validation-codes", &lines);
}

#[test]
fn n8_n9_every_finding_is_listed_with_what_a_repair_does() {
    let mut lines = "| finding | what | a repair |\n| --- | --- | --- |\n".to_owned();
    for code in FindingCode::ALL {
        let repair = match (code.repaired_by(), code.not_repaired()) {
            (Some(done), Some(but)) => format!("{done}; {but}"),
            (Some(done), None) => done.to_owned(),
            (None, why) => format!("does nothing: {}", why.expect("a reason is given")),
        };
        lines.push_str(&format!("| `{code}` | {} | {repair} |\n", code.what()));
    }
    document::check("tools.md", "finding-codes", &lines);
}
