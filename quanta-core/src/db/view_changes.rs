//! Guards what becomes of views when what they read changes: what is followed, what is refused, what is taken back.

use quanta_storage::Memory;

use crate::error::Result;
use crate::history::HistoryDocument;
use crate::model::{DeclaredView, ViewDeclaration};
use crate::plan::OnOlder;
use crate::schema::{Column, ViewFilter, ViewSchema};

use super::{Database, Engine, Options, Sweep};

/// The tables at first.
const FIRST: &str = r#"
    {"name": "teams", "key": ["id"], "fields": [{"name": "id", "type": "u64"}, {"name": "name", "type": "string"}]},
    {"name": "users", "key": ["id"],
     "fields": [{"name": "id", "type": "u64"}, {"name": "mail", "type": "string"}, {"name": "age", "type": "u8"},
                {"name": "home", "type": "option<struct Home { city: string }>"}, {"name": "team", "type": "u64"}],
     "references": [{"fields": ["team"], "table": "teams", "to": ["id"]}]}"#;

/// A document of one version.
fn tables(tables: &str, hints: &str) -> HistoryDocument {
    let text = format!(
        r#"{{"format": "quanta-history/1", "name": "shop",
            "versions": [{{"label": "1", "types": [], "tables": [{tables}], "hints": {hints}}}]}}"#
    );
    HistoryDocument::from_json(&text).expect("it is a history")
}

/// A view of users: its columns as `name: type = path`, and the paths that its filter asks.
fn view(name: &'static str, columns: &[&str], filter: &[&str]) -> &'static ViewDeclaration {
    let column = |text: &&str| {
        let (name, rest) = text.split_once(": ").expect("a column has a type");
        let (of, path) = rest.split_once(" = ").unwrap_or((rest, name));
        Column {
            name: name.to_owned(),
            path: path.to_owned(),
            shape: of.parse().expect("it is a type"),
        }
    };
    let filter = (!filter.is_empty()).then(|| ViewFilter {
        text: format!("{} is some", filter.join(" is some and ")),
        paths: filter.iter().map(|path| (*path).to_owned()).collect(),
    });
    let schema = ViewSchema::new("users".to_owned(), columns.iter().map(column).collect(), filter);
    let declaration = ViewDeclaration {
        name: name.to_owned(),
        rust_name: name.into(),
        declared: schema.map(DeclaredView::of),
    };
    Box::leak(Box::new(declaration))
}

fn options(memory: &Memory, document: &HistoryDocument) -> Options {
    Options::new()
        .engine(Engine::Memory(memory.clone()))
        .sweep(Sweep::Off)
        .tables_of(&document.versions[0])
}

fn open(memory: &Memory, document: &HistoryDocument, views: &[&'static ViewDeclaration]) -> Result<Database> {
    options(memory, document).given_views(views.to_vec()).open("")
}

/// Opens a store with a view, and then with other tables and without it. Returns what the second open says of views.
fn left_alone(columns: &[&str], filter: &[&str], tables_after: (&str, &str)) -> String {
    let memory = Memory::new();
    let by_mail = view("by_mail", columns, filter);
    let db = open(&memory, &tables(FIRST, "{}"), &[by_mail]).expect("a view of what is there");
    drop(db);
    let after = tables(tables_after.0, tables_after.1);
    let planned = options(&memory, &after).plan("").expect("a plan");
    let text = match open(&memory, &after, &[]) {
        Ok(db) => {
            let report = db.verify().expect("it can be read");
            assert!(report.is_sound(), "{report:?}");
            "it goes on".to_owned()
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(planned.refusals.is_empty(), text == "it goes on", "{planned}");
    text
}

#[test]
fn views_follow_renames_and_whatever_they_do_not_read() {
    let renamed = FIRST.replace("mail", "email").replace("teams", "groups");
    let hints = r#"{"renamed_tables": {"teams": "groups"}, "renamed_fields": {"users": {"mail": "email"}}}"#;
    let columns = ["id: u64", "mail: string", "team: string = team->name"];
    assert_eq!(left_alone(&columns, &["age"], (&renamed, hints)), "it goes on");
    let other = FIRST.replace(r#""age", "type": "u8""#, r#""age", "type": "u16""#);
    assert_eq!(left_alone(&columns, &[], (&other, "{}")), "it goes on");
}

#[test]
fn what_breaks_a_view_that_is_not_declared_is_refused() {
    let age = r#"{"name": "age", "type": "u8"},"#;
    let wider = FIRST.replace(r#""age", "type": "u8""#, r#""age", "type": "u16""#);
    let missing = FIRST.replace(
        r#""home", "type": "option<"#,
        r#""home", "type": "option<option<"#,
    );
    let missing = missing.replace("string }>", "string }>>");
    let optional = FIRST.replace(r#""team", "type": "u64""#, r#""team", "type": "option<u64>""#);
    let alone = FIRST
        .split_once(r#""references""#)
        .map(|(before, _)| {
            format!(
                "{}]}}",
                before.trim_end().trim_end_matches(',').trim_end_matches(']')
            )
        })
        .expect("it has a reference");
    for (columns, filter, after, expected) in [
        (
            vec!["age: u8"],
            vec![],
            FIRST.replace(age, ""),
            "users.age: the view `by_mail` of another program reads it in `age`, and could not any more: it goes",
        ),
        (
            vec!["id: u64"],
            vec!["age"],
            FIRST.replace(age, ""),
            "users.age: the view `by_mail` of another program reads it in its filter, and could not any more: it goes",
        ),
        (
            vec!["years: u8 = age"],
            vec![],
            wider,
            "users.age: the view `by_mail` of another program reads it in `years`, and could not any more: it is u8, and \
             becomes u16",
        ),
        (
            vec!["city: string = home.city"],
            vec![],
            missing,
            "users.home.city: the view `by_mail` of another program reads it in `city`, and could not any more: what it \
             leads through may be missing then",
        ),
        (
            vec!["team: string = team->name"],
            vec![],
            optional,
            "users.team->name: the view `by_mail` of another program reads it in `team`, and could not any more: what it \
             leads through may be missing then",
        ),
        (
            vec!["team: string = team->name"],
            vec![],
            alone,
            "users.team->name: the view `by_mail` of another program reads it in `team`, and could not any more: what it \
             leads through refers to rows no more, or to those of another table",
        ),
    ] {
        let said = left_alone(&columns, &filter, (&after, "{}"));
        assert!(said.contains(expected), "{said}\nlacks\n{expected}");
        assert!(said.contains("Options::drop_view(\"by_mail\")"), "{said}");
    }
}

#[test]
fn a_declared_view_that_reads_what_is_not_there_is_refused() {
    for (columns, expected) in [
        (
            "phone: string",
            "users.phone: the view `v` reads it in `phone`: `phone` is missing: there is no `phone`",
        ),
        (
            "age: u16",
            "users.age: the view `v` reads it in `age` as u16, and it is u8",
        ),
        (
            "team: string = mail->name",
            "users.mail->name: the view `v` reads it in `team`: what stands before `->name` is no reference",
        ),
    ] {
        let opened = open(
            &Memory::new(),
            &tables(FIRST, "{}"),
            &[view("v", &[columns], &[])],
        );
        let said = opened.expect_err("it reads what is not there").to_string();
        assert!(said.contains(expected), "{said}\nlacks\n{expected}");
    }
    let opened = open(
        &Memory::new(),
        &tables(FIRST, "{}"),
        &[view("teams", &["id: u64"], &[])],
    );
    let said = opened.expect_err("a table has this name").to_string();
    assert!(
        said.contains("the view `teams` has the name of a table"),
        "{said}"
    );
}

#[test]
fn what_a_view_reads_is_followed_by_ids_and_named_anew() {
    let renamed = FIRST
        .replace(r#""name": "mail""#, r#""name": "nick""#)
        .replace("teams", "groups");
    let hints = r#"{"renamed_tables": {"teams": "groups"}, "renamed_fields": {"users": {"mail": "nick"}}}"#;
    let (first, second) = (tables(FIRST, "{}"), tables(&renamed, hints));
    let memory = Memory::new();
    let mails = view(
        "mails",
        &["it: string = mail", "team: string = team->name"],
        &["home.city", "mail"],
    );
    drop(open(&memory, &first, &[mails]).expect("it is new"));
    let db = open(&memory, &second, &[]).expect("it is followed");
    let shown = &db.views().expect("it can be read")[0];
    let paths: Vec<&str> = shown
        .schema
        .columns
        .iter()
        .map(|column| column.path.as_str())
        .collect();
    assert_eq!(
        (paths, shown.filter_is_current),
        (vec!["nick", "team->name"], false)
    );
    drop(db);
    // The same names are those of another field by now: what they read is looked up when the view is declared again.
    let third = renamed.replace(
        r#"{"name": "age", "type": "u8"},"#,
        r#"{"name": "age", "type": "u8"}, {"name": "mail", "type": "string"},"#,
    );
    let third = tables(&third, r#"{"new_fields": {"users": ["mail"]}}"#);
    drop(open(&memory, &third, &[]).expect("it is followed"));
    let db = open(&memory, &third, &[mails]).expect("it reads another field");
    assert_eq!(standing(&db), "mails 2 Live");
    drop(db);
    let standing_still = |memory: &Memory| {
        let db = open(memory, &third, &[mails]).expect("nothing changes");
        (db.head().revision, db.open_report().plan.is_empty())
    };
    assert_eq!(standing_still(&memory), standing_still(&memory));
    let back = options(&memory, &second).given_views(Vec::new()).forward();
    let said = back.open("").expect_err("the new field goes").to_string();
    assert!(said.contains("users.mail: the view `mails`"), "{said}");
}

#[test]
fn a_table_does_not_take_the_name_of_a_view() {
    let memory = Memory::new();
    drop(open(&memory, &tables(FIRST, "{}"), &[view("notes", &["id: u64"], &[])]).expect("it is new"));
    let notes = r#"{"name": "notes", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}"#;
    let after = tables(&format!("{FIRST}, {notes}"), "{}");
    let said = open(&memory, &after, &[])
        .expect_err("the name is taken")
        .to_string();
    assert!(
        said.contains("notes: a view of another program has this name"),
        "{said}"
    );
}

/// How the views of a store stand: their names with their versions, and whether they are there.
fn standing(db: &Database) -> String {
    let views = db.head().views;
    let shown = views.values().map(|view| {
        format!(
            "{} {} {:?}",
            view.state.name, view.state.version, view.state.presence
        )
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn views_stand_as_they_stood_at_each_revision() {
    let memory = Memory::new();
    let first = tables(FIRST, "{}");
    let one = view("adults", &["id: u64"], &[]);
    let two = view("adults", &["id: u64", "mail: string"], &["age"]);
    drop(open(&memory, &first, &[]).expect("revision 1"));
    drop(open(&memory, &first, &[one]).expect("revision 2"));
    drop(open(&memory, &first, &[two]).expect("revision 3"));
    let dropped = options(&memory, &first)
        .given_views(Vec::new())
        .drop_view("adults");
    drop(dropped.open("").expect("revision 4"));
    for (revision, expected) in [
        (2, "adults 1 Live"),
        (3, "adults 2 Live"),
        (4, "adults 2 Dropped"),
        (1, "adults 2 Absent"),
        (4, "adults 2 Dropped"),
        (1, "adults 2 Absent"),
        (2, "adults 1 Live"),
    ] {
        let db = options(&memory, &first)
            .read_only()
            .open("")
            .expect("it is as declared");
        drop(db);
        let db = Options::new()
            .engine(Engine::Memory(memory.clone()))
            .entities::<()>()
            .open("")
            .expect("it is there");
        db.migrate_to(revision).expect("it was there");
        let db = options(&memory, &first)
            .given_views(Vec::new())
            .open("")
            .expect("nothing changes");
        assert_eq!(standing(&db), expected, "revision {revision}");
        let report = db.verify().expect("it can be read");
        assert!(report.is_sound(), "{report:?}");
    }
    // What it was once, it is again: no version is made, and the revision is the one of then.
    let db = options(&memory, &first)
        .given_views(vec![two])
        .release_hold()
        .open("")
        .expect("it was there");
    assert_eq!((standing(&db).as_str(), db.head().revision), ("adults 2 Live", 3));
}

#[test]
fn an_older_program_takes_away_what_only_newer_tables_have() {
    let memory = Memory::new();
    let newer = FIRST.replace(
        r#"{"name": "age", "type": "u8"},"#,
        r#"{"name": "age", "type": "u8"}, {"name": "rank", "type": "u8"},"#,
    );
    let (first, second) = (
        tables(FIRST, "{}"),
        tables(&newer, r#"{"new_fields": {"users": ["rank"]}}"#),
    );
    let ranks = view("ranks", &["rank: u8"], &[]);
    drop(open(&memory, &first, &[]).expect("it is new"));
    drop(open(&memory, &second, &[ranks]).expect("the field comes with the view"));
    let older = options(&memory, &first)
        .given_views(Vec::new())
        .on_older(OnOlder::RollBack)
        .open("")
        .expect("it goes back");
    assert_eq!(
        (standing(&older).as_str(), older.head().revision),
        ("ranks 1 Absent", 1)
    );
    drop(older);
    let again = open(&memory, &second, &[ranks]).expect("it goes on");
    assert_eq!(
        (standing(&again).as_str(), again.head().revision),
        ("ranks 1 Live", 2)
    );
    assert!(again.verify().expect("it can be read").is_sound());
}

#[test]
fn going_on_past_what_a_view_reads_is_refused() {
    let memory = Memory::new();
    let without = FIRST.replace(r#"{"name": "age", "type": "u8"},"#, "");
    let (first, second) = (tables(FIRST, "{}"), tables(&without, "{}"));
    drop(open(&memory, &first, &[]).expect("it is new"));
    open(&memory, &second, &[])
        .expect("a field goes")
        .rollback(1)
        .expect("it comes back");
    drop(open(&memory, &first, &[view("ages", &["age: u8"], &[])]).expect("a view of what is there"));
    let again = options(&memory, &second).given_views(Vec::new()).release_hold();
    let said = again.open("").expect_err("the view reads it").to_string();
    assert!(said.contains("users.age: the view `ages`"), "{said}");
}

#[test]
fn views_go_before_tables_and_come_behind_them() {
    let memory = Memory::new();
    let old = view("old", &["team: string = team->name"], &[]);
    drop(open(&memory, &tables(FIRST, "{}"), &[old]).expect("it is new"));
    let notes = r#"{"name": "notes", "key": ["id"], "fields": [{"name": "id", "type": "u64"}]}"#;
    let after = tables(&format!("{FIRST}, {notes}"), "{}");
    let planned = options(&memory, &after)
        .given_views(vec![view("new", &["id: u64"], &[])])
        .drop_view("old")
        .plan("")
        .expect("a plan")
        .to_text(crate::plan::Style::Plain);
    let places = ["drop view old", "create table notes", "create view new"].map(|step| planned.find(step));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{planned}"
    );
}

#[test]
fn l1_an_open_that_changes_views_is_whole_or_nothing() {
    use quanta_storage::faults::{Fault, Faulty};

    let (one, two) = (
        view("one", &["id: u64"], &[]),
        view("two", &["mail: string"], &["age"]),
    );
    let wider = FIRST.replace(r#""age", "type": "u8""#, r#""age", "type": "u16""#);
    let (first, second) = (tables(FIRST, "{}"), tables(&wider, "{}"));
    let mut cuts = 0;
    loop {
        let memory = Memory::new();
        drop(open(&memory, &first, &[one]).expect("it is new"));
        let faulty = Faulty::new(std::sync::Arc::new(memory.clone()));
        faulty.inject(Fault::CutOff { writes: cuts });
        let changed = Options::new()
            .engine(Engine::Custom(std::sync::Arc::new(faulty)))
            .tables_of(&second.versions[0])
            .given_views(vec![two])
            .drop_view("one")
            .open("");
        let is_done = changed.is_ok();
        drop(changed);
        let db = Options::new()
            .engine(Engine::Memory(memory))
            .entities::<()>()
            .read_only();
        let db = db.open("").expect("it is there");
        let expected = match db.head().revision {
            1 => "one 1 Live",
            _ => "one 1 Dropped, two 1 Live",
        };
        assert_eq!(standing(&db), expected, "after {cuts} writes");
        assert!(
            db.verify().expect("it can be read").is_sound(),
            "after {cuts} writes"
        );
        if is_done {
            assert!(cuts > 0, "no write was cut");
            return;
        }
        cuts += 1;
    }
}
