//! The conversion matrix in docs/migrations.md is the table in the code.

use super::document;
use crate::codec::Class;
use crate::codec::convert::{class, comes_back_equal};
use crate::schema::Scalar;

#[test]
fn the_matrix_is_printed_from_the_table() {
    let mut text = String::from("| from | exact | lossy | checked |\n| --- | --- | --- | --- |\n");
    for (from, name) in Scalar::NAMES {
        let list = |wanted: Class| {
            let targets = Scalar::NAMES
                .iter()
                .filter(|(to, _)| *to != from && class(from, *to) == wanted);
            let names: Vec<&str> = targets.map(|(_, name)| *name).collect();
            names.join(" ")
        };
        let (exact, lossy, checked) = (list(Class::Exact), list(Class::Lossy), list(Class::Checked));
        text.push_str(&format!("| {name} | {exact} | {lossy} | {checked} |\n"));
    }
    document::check("migrations.md", "conversions", &text);
}

#[test]
fn an_exact_conversion_keeps_nothing() {
    for (from, _) in Scalar::NAMES {
        for (to, _) in Scalar::NAMES {
            let is_exact = class(from, to) == Class::Exact;
            assert!(!is_exact || comes_back_equal(from, to), "{from:?} to {to:?}");
        }
    }
}
