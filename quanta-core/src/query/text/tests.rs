//! What filters are read as, what is said of those that are wrong, and that what is written down is read as the same.

use expect_test::{Expect, expect};

use super::caret::{filter_of, order_of, path_of, pointed_at};
use super::parser::parse_filter;
use crate::generate::Seed;
use crate::query::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest, Written};
use crate::schema::limits::FILTER_DEPTH_MAX;

/// Reads a filter and writes it again.
#[track_caller]
fn read(text: &str) -> String {
    let expr = parse_filter(text).unwrap_or_else(|error| panic!("{}", pointed_at(text, &error)));
    let written = expr.to_string();
    assert_eq!(parse_filter(&written), Ok(expr), "{text} as {written}");
    written
}

#[test]
fn filters_are_read_as_they_are_meant() {
    for (text, expected) in [
        ("age >= 18 and city = \"Oslo\"", "age >= 18 and city = \"Oslo\""),
        ("a=1 or b=2 and not c=3", "a = 1 or (b = 2 and c != 3)"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 or b = 2) and c = 3"),
        ("NOT (a = 1 AND true)", "not (a = 1 and true)"),
        ("not not a < 1", "not not a < 1"),
        ("false", "false"),
        ("a in (1, 'x', none,)", "a in (1, \"x\", none)"),
        ("a in (1)", "a = 1"),
        ("a not in ()", "a not in ()"),
        ("a != none", "a != none"),
        ("a between 1 and 2 and b = 3", "(a >= 1 and a <= 2) and b = 3"),
        ("not a between 1 and 2", "not (a >= 1 and a <= 2)"),
        ("n Starts With 'Os'", "n starts with \"Os\""),
        (
            "n ends with \"\\n\\\"\\u{e9}\\0\"",
            "n ends with \"\\n\\\"\u{e9}\\u{0}\"",
        ),
        ("n contains '\"'", "n contains \"\\\"\""),
        (
            "a is none or a is some or a is not none",
            "a is none or a is some or a is some",
        ),
        (
            "s is Circle and s is not `none`",
            "s is Circle and s is not `none`",
        ),
        ("address.city = 'x'", "address.city = \"x\""),
        ("s::Circle.radius > -1.5e3", "s::Circle.radius > -1.5e3"),
        ("s::Pair.0.1.name = true", "s::Pair.0.1.name = true"),
        ("tags[] = 'x'", "any tags[] (. = \"x\")"),
        ("all tags[] != 'x'", "all tags[] (. != \"x\")"),
        (
            "not any tags[].name starts with 'x'",
            "not any tags[] (name starts with \"x\")",
        ),
        ("tags[][] = 1", "any tags[] (any .[] (. = 1))"),
        ("all a[].b[]::V.0 = 1", "all a[] (all b[] (.::V.0 = 1))"),
        (
            "tags[] (name = 'x' and . is some and .size > 2)",
            "any tags[] (name = \"x\" and . is some and size > 2)",
        ),
        ("a[] between 1 and 2", "any a[] (. >= 1 and . <= 2)"),
        ("prices{key} = 'x'", "prices{key} = \"x\""),
        ("a[].prices{ KEY } = 7", "any a[] (prices{key} = 7)"),
        (
            "length(name) > 3 and length = 3",
            "length(name) > 3 and `length` = 3",
        ),
        ("length(a[]) != 0", "any a[] (length(.) != 0)"),
        ("`in` = 1 and x.in.`Or` = 2", "`in` = 1 and x.`in`.`Or` = 2"),
        (
            "all = 1 and any is none and desc = 2",
            "`all` = 1 and `any` is none and `desc` = 2",
        ),
        ("all .[] > 1", "all .[] (. > 1)"),
        (
            "id = 340282366920938463463374607431768211455",
            "id = 340282366920938463463374607431768211455",
        ),
        (". starts with 'x'", ". starts with \"x\""),
        (
            "pairs[] (.0 = 1 and .1.0 is none)",
            "any pairs[] (.0 = 1 and .1.0 is none)",
        ),
        (
            "pairs[].0 = 1 or any .0[] (. = 2)",
            "any pairs[] (.0 = 1) or any .0[] (. = 2)",
        ),
        ("a = json '[1, \"x\"]'", "a = json \"[1, \\\"x\\\"]\""),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let Expr::Wrong(problem) = filter_of(text) else {
        panic!("{text} is no mistake");
    };
    expected.assert_eq(&problem);
}

#[test]
fn mistakes_are_pointed_at() {
    check(
        "",
        &expect!["the filter, column 1: expected a condition, found the end"],
    );
    check(
        "age",
        &expect![[r#"
        the filter, column 4: expected what is asked of the field: `=`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `between`, `is`, `contains`, `starts with` or `ends with`, found the end
          age
             ^"#]],
    );
    check(
        "age >= and",
        &expect![[r#"
        the filter, column 8: expected a value, found `and`: a text is put in quotes, as "and"
          age >= and
                 ^"#]],
    );
    check(
        "age >= 18 city = 1",
        &expect![[r#"
        the filter, column 11: expected `and`, `or` or the end, found `city`
          age >= 18 city = 1
                    ^"#]],
    );
    check(
        "age == 18",
        &expect![[r#"
        the filter, column 5: equality is `=`
          age == 18
              ^"#]],
    );
    check(
        "a = 1 && b = 2",
        &expect![[r#"
        the filter, column 7: conditions are joined with `and`
          a = 1 && b = 2
                ^"#]],
    );
    check(
        "a <> 1",
        &expect![[r#"
        the filter, column 3: inequality is `!=`
          a <> 1
            ^"#]],
    );
    check(
        "!a",
        &expect![[r#"
        the filter, column 1: conditions are turned round with `not`
          !a
          ^"#]],
    );
    check(
        "city = Oslo",
        &expect![[r#"
        the filter, column 8: expected a value, found `Oslo`: a text is put in quotes, as "Oslo"
          city = Oslo
                 ^"#]],
    );
    check(
        "city = null",
        &expect![[r#"
        the filter, column 8: there is no null: it is called `none`
          city = null
                 ^"#]],
    );
    check(
        "city = \"Os",
        &expect![[r#"
        the filter, column 8: the text has no end: " is missing
          city = "Os
                 ^"#]],
    );
    check(
        "'\u{e9}\u{e9}' = \"\\q\"",
        &expect![[r#"
        the filter, column 9: `\q` is no escape: there are \\ \" \' \n \r \t \0 and \u{..}
          'éé' = "\q"
                  ^"#]],
    );
    check(
        "c = '\\u{d800}'",
        &expect![[r#"
        the filter, column 6: `\u` is followed by a code point in hexadecimal digits, as in `\u{e9}`
          c = '\u{d800}'
               ^"#]],
    );
    check(
        "in = 1",
        &expect![[r#"
        the filter, column 1: `in` is a word of filters: if a field is meant, put it in backticks
          in = 1
          ^"#]],
    );
    check(
        "`a b` = 1",
        &expect![[r#"
        the filter, column 1: backticks hold one name, of letters, digits and `_`
          `a b` = 1
          ^"#]],
    );
    check(
        "(a = 1",
        &expect![[r#"
        the filter, column 7: expected `)`, found the end
          (a = 1
                ^"#]],
    );
    check(
        "a = 1)",
        &expect![[r#"
        the filter, column 6: expected `and`, `or` or the end, found `)`
          a = 1)
               ^"#]],
    );
    check(
        "a = 12ab",
        &expect![[r#"
        the filter, column 5: `12ab` is no number: a text is put in quotes
          a = 12ab
              ^"#]],
    );
    check(
        "a < none",
        &expect![[r#"
        the filter, column 5: nothing stands below or above none: ask `is none` or `is some`
          a < none
              ^"#]],
    );
    check(
        "a between 1 or 2",
        &expect![[r#"
        the filter, column 13: expected `and` and the upper end, found `or`
          a between 1 or 2
                      ^"#]],
    );
    check(
        "a starts 'x'",
        &expect![[r#"
        the filter, column 10: expected `with` behind `starts`, found a text
          a starts 'x'
                   ^"#]],
    );
    check(
        "a starts with x",
        &expect![[r#"
        the filter, column 15: expected a text in quotes, found `x`
          a starts with x
                        ^"#]],
    );
    check(
        "tags[0] = 1",
        &expect![[r#"
        the filter, column 6: expected `]`: items have no positions here, and `[]` means any of them, found `0`
          tags[0] = 1
               ^"#]],
    );
    check(
        "all tags = 1",
        &expect![[r#"
        the filter, column 5: `any` and `all` are about items: the path needs `[]`
          all tags = 1
              ^"#]],
    );
    check(
        "prices{value} = 1",
        &expect![[r#"
        the filter, column 8: expected `key`: of a map, only its keys can be asked for, found `value`
          prices{value} = 1
                 ^"#]],
    );
    check(
        "prices{key} > 1",
        &expect![[r#"
        the filter, column 13: expected `=`: of the keys of a map, only one can be asked for, found `>`
          prices{key} > 1
                      ^"#]],
    );
    check(
        "length(a) = -1",
        &expect![[r#"
        the filter, column 13: expected a length, which is a whole number, found `-1`
          length(a) = -1
                      ^"#]],
    );
    check(
        "a (b = 1)",
        &expect![[r#"
        the filter, column 3: a bracket follows only `[]` and `length`: is a list meant, or a word missing?
          a (b = 1)
            ^"#]],
    );
    check(
        "a\n= \t\u{1} 1",
        &expect![[r#"
        the filter, column 6: `\u{1}` has no meaning here
          a =    1
               ^"#]],
    );
    let long = format!("{} ? {}", "a = 1 and ".repeat(20), "x".repeat(100));
    check(
        &long,
        &expect![[r#"
        the filter, column 202: `?` has no meaning here
          .. = 1 and a = 1 and a = 1 and a = 1 and a = 1 and a = 1 and  ? xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..
                                                                        ^"#]],
    );
}

#[test]
fn orders_and_paths_are_read() {
    let order = |text: &str| match order_of(text) {
        Ok(order) => order
            .iter()
            .map(|by| format!("{} {:?}", by.path, by.way))
            .collect::<Vec<_>>()
            .join(", "),
        Err(problem) => problem,
    };
    expect!["age Descending, name Ascending, a.b Ascending"].assert_eq(&order("age DESC, name,a.b asc"));
    expect![[r#"
        the order, column 5: expected `asc`, `desc`, `,` or the end, found `down`
          age down
              ^"#]]
    .assert_eq(&order("age down"));
    expect![[r#"
        the order, column 1: rows are ordered by a path to one value in each row
          tags[] desc
          ^"#]]
    .assert_eq(&order("tags[] desc"));
    expect!["the order, column 1: expected the name of a field, found the end"].assert_eq(&order(""));
    assert_eq!(path_of("shape::Pair.0"), Ok("shape::Pair.0".to_owned()));
    expect![[r#"
        the path, column 2: expected the end, found `,`
          a, b
           ^"#]]
    .assert_eq(&path_of("a, b").unwrap_err());
}

#[test]
fn hostile_nesting_is_refused() {
    let deep = 100_000;
    for text in [
        format!("{}a = 1", "(".repeat(deep)),
        format!("{}a = 1", "not ".repeat(deep)),
        format!("a{} = 1", "[]".repeat(deep)),
        "a[] (".repeat(deep),
        format!("{}a{} = 1", "(".repeat(40), "[]".repeat(40)),
    ] {
        let error = parse_filter(&text).unwrap_err();
        assert!(error.problem.contains("nest to at most 64") || error.problem.contains("too many lists"));
    }
    let most = format!(
        "{}a = 1{}",
        "(".repeat(FILTER_DEPTH_MAX),
        ")".repeat(FILTER_DEPTH_MAX)
    );
    assert!(parse_filter(&most).is_ok());
    // What lies side by side is not deep.
    let wide = vec!["a = 1"; deep].join(" or ");
    assert!(parse_filter(&wide).is_ok());
}

const NAMES: [&str; 8] = ["a", "in", "All", "length", "b_2", "_", "not", "with"];

fn random_path(seed: &mut Seed) -> String {
    let mut path = match seed.below(8) {
        0 => String::new(),
        1 => format!("::{}", seed.choose(&NAMES)),
        _ => (*seed.choose(&NAMES)).to_owned(),
    };
    for _ in 0..seed.below(3) {
        let dot = if path.is_empty() { "" } else { "." };
        match seed.below(3) {
            0 if !path.is_empty() => path += ".0",
            1 => path += &format!("::{}", seed.choose(&NAMES)),
            _ => path += &format!("{dot}{}", seed.choose(&NAMES)),
        }
    }
    path
}

fn random_text(seed: &mut Seed) -> String {
    let parts = [
        "",
        "a",
        "\"",
        "'",
        "\\",
        "\n",
        "\0",
        "\u{7}",
        "\u{e9}",
        "`",
        "\u{1f600}",
    ];
    (0..seed.below(4)).map(|_| *seed.choose(&parts)).collect()
}

fn random_bound(seed: &mut Seed) -> Literal {
    let numbers = [
        "0",
        "-1",
        "1.5",
        "-2e-7",
        "340282366920938463463374607431768211455",
    ];
    Literal::Written(match seed.below(3) {
        0 => Written::Bool(seed.one_in(2)),
        1 => Written::Number((*seed.choose(&numbers)).to_owned()),
        _ => Written::Text(random_text(seed)),
    })
}

fn random_expr(seed: &mut Seed, depth: usize) -> Expr {
    let nested = |seed: &mut Seed| {
        // A join of one is the one itself.
        let count = [0, 2, 3][seed.below(3)];
        (0..count).map(|_| random_expr(seed, depth - 1)).collect()
    };
    match seed.below(if depth == 0 { 1 } else { 4 }) {
        1 => return Expr::All(nested(seed)),
        2 => return Expr::Any(nested(seed)),
        3 => return Expr::Not(Box::new(random_expr(seed, depth - 1))),
        _ => {}
    }
    let signs = [
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];
    let quantifiers = [Quantifier::Any, Quantifier::All];
    let tests = [TextTest::StartsWith, TextTest::EndsWith, TextTest::Contains];
    let test = match seed.below(if depth == 0 { 7 } else { 8 }) {
        0 => Test::OneOf((0..seed.below(3)).map(|_| random_bound(seed)).collect()),
        1 => Test::OneOf(vec![Literal::Written(Written::None)]),
        2 => Test::Ordered(*seed.choose(&signs), random_bound(seed)),
        3 => Test::None,
        4 => Test::Text(*seed.choose(&tests), random_text(seed)),
        5 => Test::Variant((*seed.choose(&NAMES)).to_owned()),
        6 if seed.one_in(2) => Test::HasKey(random_bound(seed)),
        6 => Test::Length(Comparison::Equal, seed.next_number()),
        _ => Test::Items(*seed.choose(&quantifiers), Box::new(random_expr(seed, depth - 1))),
    };
    Expr::Is(Is {
        path: random_path(seed),
        test,
    })
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for case in 0..3000 {
        let expr = random_expr(&mut Seed::new(case), 4);
        let text = expr.to_string();
        match parse_filter(&text) {
            Ok(read) => assert_eq!(read, expr, "{text}"),
            Err(error) => panic!("seed {case}: {}", pointed_at(&text, &error)),
        }
    }
}

#[test]
fn no_text_makes_a_panic() {
    let parts = [
        "a",
        " ",
        "[",
        "]",
        "(",
        ")",
        "{key}",
        "::",
        ".",
        "not ",
        "all ",
        "length",
        "=",
        "<",
        "!=",
        "1",
        "-",
        "e9",
        "'",
        "\"",
        "\\",
        "u{",
        "}",
        "`",
        "\u{e9}",
        ",",
        " in ",
        " is ",
        "none",
        " between ",
        " and ",
        " starts with ",
        "\0",
        "%",
        "&&",
    ];
    for case in 0..20_000 {
        let seed = &mut Seed::new(case);
        let text: String = (0..seed.below(12)).map(|_| *seed.choose(&parts)).collect();
        let _ = (filter_of(&text), order_of(&text), path_of(&text));
    }
}
