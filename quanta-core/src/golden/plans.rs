//! How plans and refusals look.

use quanta_storage::Memory;

use super::document;
use super::scenario::{UserV1, UserV2, open_v1, options, rows};
use crate::plan::Plan;

/// The second generation without saying what `age` has to do with `note`.
#[derive(Debug, PartialEq, Clone, quanta_derive::QuantaEntity)]
#[quanta(crate = crate, table = "users", register = false)]
struct Unsaid {
    #[quanta(id)]
    id: u64,
    nick: String,
    comment: Option<String>,
}

fn store() -> Memory {
    let memory = Memory::new();
    let db = open_v1(&memory);
    for row in rows() {
        db.collection::<UserV1>().insert(&row).unwrap();
    }
    memory
}

fn plan(memory: &Memory) -> Plan {
    options(memory).entities::<(UserV2,)>().plan("").unwrap()
}

#[test]
fn a_plan_in_text_and_json() {
    let memory = store();
    let plan = plan(&memory);
    document::check("migrations.md", "plan-text", &document::fenced(&plan.to_string()));
    let json = serde_json::to_string_pretty(&plan.to_json()).unwrap();
    document::check("migrations.md", "plan-json", &format!("```json\n{json}\n```\n"));
}

#[test]
fn equal_inputs_give_equal_plans() {
    let memory = store();
    let first = plan(&memory);
    for _ in 0..20 {
        let again = plan(&memory);
        assert_eq!(first, again);
        assert_eq!(first.to_json().to_string(), again.to_json().to_string());
        assert_eq!(first.digest(), again.digest());
    }
    assert_eq!(first, plan(&store()), "another store of the same history");
}

#[test]
fn a_refusal() {
    let memory = store();
    let error = options(&memory).entities::<(Unsaid,)>().open("").unwrap_err();
    document::check("migrations.md", "refusal", &document::fenced(&error.to_string()));
    assert!(error.plan().is_some());
}
