//! Findings in the format that code hosts show beside code: SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format").

use serde_json::{Value, json};

use super::{Level, LintFinding, RULES, place};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns findings as a SARIF log. `file` is where they are shown: the lock, or the code of the entities.
#[must_use]
pub fn to_sarif(findings: &[LintFinding], file: &str) -> Value {
    let rules = RULES.iter().map(|rule| {
        json!({
            "id": rule.code,
            "name": rule.name,
            "shortDescription": { "text": rule.summary },
            "fullDescription": { "text": rule.why },
            "help": { "text": rule.fix },
            "defaultConfiguration": { "level": level(rule.level) },
        })
    });
    let position = |finding: &LintFinding| RULES.iter().position(|rule| rule == finding.rule);
    let results = findings.iter().map(|finding| {
        json!({
            "ruleId": finding.rule.code,
            "ruleIndex": position(finding),
            "level": level(finding.level),
            "message": { "text": format!("{}: {}", place(&finding.table, &finding.path), finding.problem) },
            "locations": [{
                "physicalLocation": { "artifactLocation": { "uri": file } },
                "logicalLocations": [{ "fullyQualifiedName": place(&finding.table, &finding.path) }],
            }],
        })
    });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "quanta lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Allow => "none",
        Level::Warn => "warning",
        Level::Deny => "error",
    }
}
