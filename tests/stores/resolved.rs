//! Guards what programs say about values that don't fit: conversions of their own, defaults in place of failures,
//! variants that stand in for others. What is replaced is kept, and returns.

use std::collections::BTreeMap;
use std::fmt::Debug;

use quantadb::{Destination, ErrorKind, QuantaEntity, QuantaType, Resolution};

use crate::support::{all, filled, sweep_and_check, verify};

macro_rules! generation {
    ($name:ident { $($field:tt)* }) => {
        #[derive(QuantaEntity, Debug, Clone, PartialEq)]
        #[quanta(table = "rows", register = false)]
        struct $name {
            #[quanta(id)]
            id: u32,
            $($field)*
        }
    };
}

/// Opens the next generation, reads it, lazily and swept, and goes back: the rows are as they were.
fn check_there_and_back<Old, New>(before: &[Old], after: &[New])
where
    Old: QuantaEntity + Debug + PartialEq,
    New: QuantaEntity + Debug + PartialEq,
    (Old,): quantadb::Entities,
    (New,): quantadb::Entities,
{
    let engine = filled(before);
    let db = engine.open::<(New,)>().unwrap();
    assert_eq!(all::<New>(&db), after);
    verify(&db);
    sweep_and_check(&db, &engine);
    assert_eq!(all::<New>(&db), after);
    db.rollback(1).unwrap();
    let db = engine.open::<(Old,)>().unwrap();
    assert_eq!(all::<Old>(&db), before);
    sweep_and_check(&db, &engine);
    assert_eq!(all::<Old>(&db), before);
    drop(db);
    let db = engine.options::<(New,)>().release_hold().open("").unwrap();
    assert_eq!(all::<New>(&db), after);
    sweep_and_check(&db, &engine);
    assert_eq!(all::<New>(&db), after);
}

fn to_cents(price: String) -> Result<u64, String> {
    let (whole, cents) = price.split_once('.').ok_or("no point in it")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(whole)? * 100 + number(cents)?)
}

fn from_cents(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

generation! { Priced { price: String } }
generation! { Cents { #[quanta(convert_with(to_cents, inverse = from_cents))] price: u64 } }
generation! { OneWay { #[quanta(convert_with = to_cents)] price: u64 } }

fn priced(id: u32, price: &str) -> Priced {
    Priced {
        id,
        price: price.to_owned(),
    }
}

#[test]
fn e14_own_conversion_there_and_back() {
    let before = [priced(1, "3.50"), priced(2, "007.05")];
    check_there_and_back(
        &before,
        &[Cents { id: 1, price: 350 }, Cents { id: 2, price: 705 }],
    );
    check_there_and_back(
        &before,
        &[OneWay { id: 1, price: 350 }, OneWay { id: 2, price: 705 }],
    );
}

#[test]
fn e14_changed_rows_go_back_through_the_inverse_or_are_refused() {
    let before = [priced(1, "3.50"), priced(2, "007.05")];
    let engine = filled(&before);
    let db = engine.open::<(Cents,)>().unwrap();
    db.collection::<Cents>().put(&Cents { id: 2, price: 99 }).unwrap();
    // A dry run calls the functions of the program too, and says what one without them would say.
    let back = Destination::Back(1);
    assert_eq!(db.plan_travel(&back).unwrap().refusals, []);
    drop(db);
    let without = || engine.options::<()>();
    let planned = without().plan_travel("", &back).unwrap();
    let refused = without().open("").unwrap().rollback(1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OwnCode, "{refused}");
    assert_eq!(planned.refusals, refused.plan().unwrap().refusals);
    let db = engine.open::<(Cents,)>().unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Priced,)>().unwrap();
    assert_eq!(all::<Priced>(&db), [priced(1, "3.50"), priced(2, "0.99")]);

    let engine = filled(&before);
    let db = engine.open::<(OneWay,)>().unwrap();
    db.collection::<OneWay>()
        .put(&OneWay { id: 2, price: 99 })
        .unwrap();
    let error = db.rollback(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode, "{error}");
    assert!(
        error.to_string().contains("rows.price: 1 rows don't fit"),
        "{error}"
    );
    assert!(
        error.to_string().contains("2: the row was changed since"),
        "{error}"
    );
}

#[test]
fn e14_a_value_that_a_conversion_declines_refuses_the_change() {
    let engine = filled(&[priced(1, "3.50"), priced(2, "cheap")]);
    let before = engine.digest();
    let error = engine.open::<(Cents,)>().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("2: `to_cents` gives no value: no point in it"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

generation! { Lenient { #[quanta(convert_with = to_cents, on_failure = "default", default = 1)] price: u64 } }

#[test]
fn e14_a_declined_value_becomes_the_default_where_that_is_said() {
    let before = [priced(1, "3.50"), priced(2, "cheap")];
    check_there_and_back(
        &before,
        &[Lenient { id: 1, price: 350 }, Lenient { id: 2, price: 1 }],
    );
}

fn panics(_: String) -> u64 {
    panic!("not today")
}

generation! { Panicking { #[quanta(convert_with = panics, on_failure = "default")] price: u64 } }

#[test]
fn l8_a_panic_in_a_conversion_changes_nothing_and_names_the_row() {
    let engine = filled(&[priced(7, "3.50")]);
    let before = engine.digest();
    let error = engine.open::<(Panicking,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OwnCode);
    assert!(
        error
            .to_string()
            .contains("7: the function `panics` panicked: not today"),
        "{error}"
    );
    assert_eq!(engine.digest(), before);
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct Line {
    amount: String,
    note: String,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
struct LineNumber {
    #[quanta(on_failure = "default", default = -1)]
    amount: i32,
}

generation! { Invoice { lines: Vec<Line>, total: String } }
generation! { Counted { lines: Vec<LineNumber>, #[quanta(on_failure = "default")] total: u16 } }

fn invoice(id: u32, amounts: &[&str], total: &str) -> Invoice {
    let line = |amount: &&str| Line {
        amount: (*amount).to_owned(),
        note: format!("note {amount}"),
    };
    Invoice {
        id,
        lines: amounts.iter().map(line).collect(),
        total: total.to_owned(),
    }
}

fn counted(id: u32, amounts: &[i32], total: u16) -> Counted {
    let lines = amounts.iter().map(|amount| LineNumber { amount: *amount });
    Counted {
        id,
        lines: lines.collect(),
        total,
    }
}

/// E3: what doesn't parse becomes the default where the program says so, at any depth, and comes back.
#[test]
fn e3_values_that_do_not_parse_become_defaults_and_return() {
    let before = [
        invoice(1, &["7", "seven", ""], "many"),
        invoice(2, &[], "65535"),
        invoice(3, &["+7", "007"], "65536"),
    ];
    let after = [
        counted(1, &[7, -1, -1], 0),
        counted(2, &[], 65535),
        counted(3, &[7, 7], 0),
    ];
    check_there_and_back(&before, &after);
}

#[test]
fn e3_a_changed_default_goes_back_as_what_it_is_now() {
    let engine = filled(&[invoice(1, &["seven", "7"], "many")]);
    let db = engine.open::<(Counted,)>().unwrap();
    db.collection::<Counted>()
        .put(&counted(1, &[8, -1, 7], 12))
        .unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(Invoice,)>().unwrap();
    let row = &all::<Invoice>(&db)[0];
    assert_eq!(row.total, "12");
    let lines: Vec<(&str, &str)> = row
        .lines
        .iter()
        .map(|line| (line.amount.as_str(), line.note.as_str()))
        .collect();
    assert_eq!(lines, [("8", ""), ("seven", "note seven"), ("7", "note 7")]);
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum State {
    Draft,
    Sent { to: String },
    Lost(u8, String),
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Fewer {
    #[quanta(fallback_for = "Lost")]
    Draft,
    #[quanta(fallback_for("Gone", "Other"))]
    Sent { to: String },
}

generation! { States { state: State, past: Vec<State> } }
generation! { FewerStates { state: Fewer, past: Vec<Fewer> } }

fn lost() -> State {
    State::Lost(3, "x".to_owned())
}

#[test]
fn c6_a_variant_stands_in_for_one_that_went() {
    let sent = |to: &str| State::Sent { to: to.to_owned() };
    let before = [
        States {
            id: 1,
            state: lost(),
            past: vec![State::Draft, lost(), sent("Ada")],
        },
        States {
            id: 2,
            state: State::Draft,
            past: Vec::new(),
        },
    ];
    let fewer = |to: &str| Fewer::Sent { to: to.to_owned() };
    let after = [
        FewerStates {
            id: 1,
            state: Fewer::Draft,
            past: vec![Fewer::Draft, Fewer::Draft, fewer("Ada")],
        },
        FewerStates {
            id: 2,
            state: Fewer::Draft,
            past: Vec::new(),
        },
    ];
    check_there_and_back(&before, &after);
}

#[test]
fn c6_a_changed_stand_in_goes_back_as_what_it_is_now() {
    let engine = filled(&[
        States {
            id: 1,
            state: lost(),
            past: Vec::new(),
        },
        States {
            id: 2,
            state: lost(),
            past: Vec::new(),
        },
    ]);
    let db = engine.open::<(FewerStates,)>().unwrap();
    let changed = FewerStates {
        id: 1,
        state: Fewer::Sent { to: "Ada".to_owned() },
        past: vec![Fewer::Draft],
    };
    db.collection::<FewerStates>().put(&changed).unwrap();
    db.rollback(1).unwrap();
    let db = engine.open::<(States,)>().unwrap();
    let rows = all::<States>(&db);
    assert_eq!(rows[0].state, State::Sent { to: "Ada".to_owned() });
    assert_eq!(rows[0].past, [State::Draft]);
    assert_eq!(rows[1].state, lost());
}

generation! { Loose { level: i64, name: Option<String> } }
generation! { Tight { level: u8, name: String } }

/// What no field says, the options may say for all.
#[test]
fn options_resolve_failures_for_every_field() {
    let row = |id, level, name: Option<&str>| Loose {
        id,
        level,
        name: name.map(str::to_owned),
    };
    let before = [row(1, 7, Some("Ada")), row(2, 256, None), row(3, -1, Some("Bo"))];
    let engine = filled(&before);
    let error = engine.open::<(Tight,)>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let db = engine
        .options::<(Tight,)>()
        .on_failure(Resolution::Default)
        .open("")
        .unwrap();
    let tight = |id, level, name: &str| Tight {
        id,
        level,
        name: name.to_owned(),
    };
    assert_eq!(
        all::<Tight>(&db),
        [tight(1, 7, "Ada"), tight(2, 0, ""), tight(3, 0, "Bo")]
    );
    sweep_and_check(&db, &engine);
    db.rollback(1).unwrap();
    assert_eq!(all::<Loose>(&engine.open::<(Loose,)>().unwrap()), before);
}

generation! { Coded { code: bool } }
generation! { Renewed { #[quanta(new)] code: BTreeMap<String, u8> } }
generation! { RenewedAgain { #[quanta(new)] code: char } }

/// A field whose type has no conversion may be said to be another one of the same name; that holds for this change only.
#[test]
fn e14_a_field_that_has_nothing_to_do_with_the_old_one() {
    let before = [Coded { id: 1, code: true }, Coded { id: 2, code: false }];
    let after = [1, 2].map(|id| Renewed {
        id,
        code: BTreeMap::new(),
    });
    check_there_and_back(&before, &after);
    let engine = filled(&before);
    drop(engine.open::<(Renewed,)>().unwrap());
    let error = engine.open::<(RenewedAgain,)>().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no conversion from map<string,u8> to char"),
        "{error}"
    );
}

generation! { Spelled { code: String } }
generation! { Unsigned { #[quanta(on_failure = "drop_row")] code: u8 } }
generation! { Signed { #[quanta(on_failure = "drop_row")] code: i8 } }

/// A row that comes back over one edge and doesn't fit over the next is taken out there, and lost nowhere.
#[test]
fn rows_that_are_out_on_both_branches_come_back_from_either() {
    let spelled = |id: u32, code: &str| Spelled {
        id,
        code: code.to_owned(),
    };
    let all_rows = vec![
        spelled(1, "7"),
        spelled(2, "200"),
        spelled(3, "-5"),
        spelled(4, "none"),
    ];
    let engine = filled(&all_rows);
    engine.open::<(Unsigned,)>().unwrap().rollback(1).unwrap();
    drop(engine.options::<(Signed,)>().release_hold().open("").unwrap());
    for round in 0..3 {
        let db = engine
            .options::<(Signed,)>()
            .on_older(quantadb::OnOlder::RollBack)
            .open("")
            .unwrap();
        assert_eq!(
            all::<Signed>(&db),
            [Signed { id: 1, code: 7 }, Signed { id: 3, code: -5 }],
            "round {round}"
        );
        sweep_and_check(&db, &engine);
        drop(db);
        let db = engine
            .options::<(Unsigned,)>()
            .on_older(quantadb::OnOlder::RollBack)
            .open("")
            .unwrap();
        assert_eq!(
            all::<Unsigned>(&db),
            [Unsigned { id: 1, code: 7 }, Unsigned { id: 2, code: 200 }],
            "round {round}"
        );
        sweep_and_check(&db, &engine);
    }
    engine.open::<(Unsigned,)>().unwrap().rollback(1).unwrap();
    assert_eq!(all::<Spelled>(&engine.open::<(Spelled,)>().unwrap()), all_rows);
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Typed {
    Count(u8),
    Nothing,
}

#[derive(QuantaType, Debug, Clone, PartialEq)]
enum Told {
    Count(String),
    #[quanta(fallback_for = "Nothing")]
    Unknown,
}

generation! { Counts { count: Typed, rest: f64 } }
generation! { Tellings { count: Told, rest: f32 } }

/// The stand-in goes back beside variants of which something is kept on the way down.
#[test]
fn c6_a_new_stand_in_goes_back_beside_variants_that_keep_something() {
    let before = [(1, Typed::Count(7)), (2, Typed::Nothing)];
    let before = before.map(|(id, count)| Counts { id, count, rest: 0.1 });
    let after = [(1, Told::Count("7".to_owned())), (2, Told::Unknown)];
    let after = after.map(|(id, count)| Tellings { id, count, rest: 0.1 });
    check_there_and_back(&before, &after);
}
