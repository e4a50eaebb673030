use crate::db::{Engine, Options};
use crate::diff::{Change, Reversal, Step};
use crate::history::HistoryDocument;
use crate::plan::Plan;

use super::{Level, Levels, RULES, check, rule, to_sarif};

/// Opens a store at one version, and plans the next one. Tables are `users` with fields and what else is said of it.
fn plan(before: &str, after: &str) -> Plan {
    let text = format!(
        r#"{{"format": "quanta-history/1", "name": "lint", "versions": [{{"label": "1", {before}}}, {{"label": "2", {after}}}]}}"#
    );
    let document = HistoryDocument::from_json(&text).unwrap();
    let engine = Engine::memory();
    let options = |version: usize| {
        Options::new()
            .engine(engine.clone())
            .entities::<()>()
            .tables_of(&document.versions[version])
    };
    drop(options(0).open("lint").unwrap());
    options(1).plan("lint").unwrap()
}

fn users(fields: &str, rest: &str) -> String {
    format!(
        r#""tables": [{{"name": "users", "key": ["id"], "fields": [{{"name": "id", "type": "u64"}}{fields}]{rest}}}]"#
    )
}

#[test]
fn each_rule_finds_what_it_is_for() {
    let teams = r#"{"name": "teams", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}"#;
    let with_teams = |users: &str| users.replacen("[{", &format!("[{teams}, {{"), 1);
    let name = r#", {"name": "name", "type": "string"}"#;
    let age = |of: &str| format!(r#", {{"name": "age", "type": "{of}"}}"#);
    let team = r#", {"name": "team", "type": "u64"}"#;
    let refers = r#", "references": [{"fields": ["team"], "table": "teams", "to": ["id"]}]"#;
    let unique = r#", "indexes": [{"name": "by_name", "fields": ["name"], "unique": true}]"#;
    let plain = users(name, "");
    let with_shape = |variants: &str| {
        let shape = r#", {"name": "shape", "type": "Shape"}"#;
        format!(
            r#""types": [{{"name": "Shape", "variants": [{variants}]}}], {}"#,
            users(shape, "")
        )
    };
    let cases = [
        ("nothing", plain.clone(), plain.clone(), vec![]),
        (
            "a field goes",
            plain.clone(),
            users("", ""),
            vec![("Q001", "name")],
        ),
        (
            "a number narrows",
            users(&age("u32"), ""),
            users(&age("u8"), ""),
            vec![("Q002", "age")],
        ),
        (
            "no way between types",
            users(&age("bool"), ""),
            users(&age("uuid"), ""),
            vec![("Q003", "age")],
        ),
        (
            "one goes and one comes",
            plain.clone(),
            users(r#", {"name": "nick", "type": "string"}"#, ""),
            vec![("Q001", "name"), ("Q004", "nick")],
        ),
        (
            "no value for old rows",
            plain.clone(),
            users(&format!(r#"{name}, {{"name": "token", "type": "uuid"}}"#), ""),
            vec![("Q005", "token")],
        ),
        (
            "a variant goes",
            with_shape(r#"{"name": "Circle"}, {"name": "Square"}"#),
            with_shape(r#"{"name": "Circle"}"#),
            vec![("Q012", "shape::Square")],
        ),
        (
            "a unique index",
            plain.clone(),
            users(name, unique),
            vec![("Q006", "by_name"), ("Q007", "")],
        ),
        (
            "large letters",
            plain.clone(),
            users(
                &format!(r#"{name}, {{"name": "eMail", "type": "option<string>"}}"#),
                "",
            ),
            vec![("Q009", "eMail")],
        ),
        (
            "a reference that nothing finds",
            with_teams(&users("", "")),
            with_teams(&users(&team.replace(r#""u64""#, r#""option<u64>""#), refers)),
            vec![("Q002", ""), ("Q010", "team")],
        ),
        (
            "a table goes",
            with_teams(&plain),
            plain.clone() + r#", "hints": {"dropped_tables": ["teams"]}"#,
            vec![("Q011", "")],
        ),
    ];
    for (what, before, after, expected) in cases {
        let plan = plan(&before, &after);
        let found = check(&plan, &Levels::default());
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|finding| (finding.rule.code, finding.path.as_str()))
            .collect();
        assert_eq!(found, expected, "{what}: {plan}");
    }
}

/// No document has a migration that can't be taken back: its step is put into a plan.
#[test]
fn nothing_leads_back_over_a_migration() {
    let mut plan = plan(
        &users("", ""),
        &users(r#", {"name": "name", "type": "option<string>"}"#, ""),
    );
    for (reversal, expected) in [(Reversal::Kept, 0), (Reversal::Irreversible, 1)] {
        let change = Change::RunMigration {
            id: "shout".to_owned(),
            reversal,
            tags: Vec::new(),
        };
        plan.tables[0].steps = vec![Step::new("users", change)];
        let found = check(&plan, &Levels::default());
        let found = found.iter().filter(|finding| finding.rule.code == "Q008");
        assert_eq!(found.count(), expected);
    }
}

#[test]
fn levels_say_what_is_told() {
    let plan = plan(
        &users(r#", {"name": "name", "type": "string"}"#, ""),
        &users("", ""),
    );
    let levels = |level: Level| Levels([("Q001".to_owned(), level)].into());
    assert_eq!(check(&plan, &Levels::default())[0].level, Level::Warn);
    assert_eq!(check(&plan, &levels(Level::Deny))[0].level, Level::Deny);
    assert!(check(&plan, &levels(Level::Allow)).is_empty());
    let unknown = Levels([("Q999".to_owned(), Level::Deny)].into());
    assert_eq!(unknown.unknown().collect::<Vec<_>>(), ["Q999"]);
}

#[test]
fn codes_are_in_order_and_each_is_one() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    let expected: Vec<String> = (1..=RULES.len()).map(|number| format!("Q{number:03}")).collect();
    assert_eq!(codes, expected);
    assert_eq!(rule("Q001").unwrap().name, "lossy-step");
    assert!(rule("Q000").is_none());
}

#[test]
fn a_log_for_code_hosts() {
    let plan = plan(
        &users(r#", {"name": "name", "type": "string"}"#, ""),
        &users("", ""),
    );
    let log = to_sarif(&check(&plan, &Levels::default()), "quanta.lock");
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        (&log["version"], &result["ruleId"], &result["level"]),
        (&"2.1.0".into(), &"Q001".into(), &"warning".into())
    );
    let place = &result["locations"][0];
    assert_eq!(
        place["physicalLocation"]["artifactLocation"]["uri"],
        "quanta.lock"
    );
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "users.name");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(
        rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()]["id"],
        "Q001"
    );
}
