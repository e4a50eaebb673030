//! The conversion matrix in docs/migrations.md is the tables in the code.

use super::document;
use crate::codec::Class;
use crate::codec::convert::{class, comes_back_equal};
use crate::diff::matrix::{How, Kind, Needs, RULES, Rule};
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

/// Lists the lines of the table that may count for two kinds, up to one that always does.
fn lines(from: Kind, to: Kind) -> Vec<&'static Rule> {
    let mut lines = Vec::new();
    for rule in RULES {
        if rule.from.contains(&from) && rule.to.contains(&to) {
            lines.push(rule);
            if rule.needs == Needs::Nothing {
                break;
            }
        }
    }
    lines
}

fn class_name(rule: &Rule, class: Class) -> String {
    match (rule.how, rule.needs) {
        (How::Scalars, _) => "by type".to_owned(),
        (How::Resize, _) => "by length".to_owned(),
        _ => class.to_string(),
    }
}

#[test]
fn the_kinds_are_printed_from_the_table() {
    let mut text = format!("{:<8}", "from\\to");
    for (_, name) in Kind::NAMES {
        text.push_str(&format!(" {name:<7}"));
    }
    for (from, name) in Kind::NAMES {
        text = format!("{}\n{name:<8}", text.trim_end());
        for (to, _) in Kind::NAMES {
            let letters: Vec<&str> = lines(from, to).into_iter().map(letter).collect();
            let cell = if letters.is_empty() {
                "-".to_owned()
            } else {
                letters.join("/")
            };
            text.push_str(&format!(" {cell:<7}"));
        }
    }
    document::check("migrations.md", "kinds", &document::fenced(&text));
}

fn letter(rule: &'static Rule) -> &'static str {
    match (rule.how, rule.needs, rule.classes.up) {
        (How::Scalars, ..) => "t",
        (How::Resize, ..) => "n",
        (How::Into | How::OutOf, ..) => "h",
        (How::Fields, ..) if rule.from.contains(&Kind::Tuple) => "h",
        (_, _, Class::Exact) => "e",
        (_, _, Class::Lossy) => "l",
        (_, _, Class::Checked) => "c",
        (_, _, Class::Refused) => "-",
    }
}

#[test]
fn the_rules_are_printed_from_the_table() {
    let mut text = String::from("| from | to | class | back | how |\n| --- | --- | --- | --- | --- |\n");
    for rule in RULES {
        let names = |kinds: &[Kind]| {
            let found = Kind::NAMES.iter().filter(|(kind, _)| kinds.contains(kind));
            let names: Vec<&str> = found.map(|(_, name)| *name).collect();
            if names.len() == Kind::NAMES.len() {
                "any".to_owned()
            } else {
                names.join(" ")
            }
        };
        let Class::Refused = rule.classes.up else {
            let classes = (
                class_name(rule, rule.classes.up),
                class_name(rule, rule.classes.down),
            );
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                names(rule.from),
                names(rule.to),
                classes.0,
                classes.1,
                rule.note
            ));
            continue;
        };
        text.push_str(&format!(
            "| {} | {} | refused | | {} |\n",
            names(rule.from),
            names(rule.to),
            rule.note
        ));
    }
    document::check("migrations.md", "rules", &text);
}
