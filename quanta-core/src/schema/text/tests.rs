//! Guards the type grammar: what is printed reads back, and what is wrong is said with its column.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::generate::{Seed, random_shape};
use crate::schema::{IndexField, OnDelete, Reference};
use crate::testing::cases;

fn check_round_trip(text: &str) {
    let shape: Shape = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(shape.to_string(), text);
}

#[test]
fn texts_round_trip() {
    for (scalar, name) in Scalar::NAMES {
        check_round_trip(name);
        assert_eq!(scalar.to_string(), name);
    }
    for text in [
        "option<string>",
        "map<string,list<set<f64>>>",
        "array<u8,16>",
        "tuple<>",
        "tuple<u8,string>",
        "ref<teams>",
        "opaque(name)",
        "struct { a: u8 }",
        "struct Empty {}",
        "struct Address { town: string, zip: option<u32> }",
        "enum Shape { Circle, Poly { sides: u8 }, Rect(f64,f64), Void(), Zero {} }",
        "struct Node { children: list<Node>, next: option<Node> }",
        "tuple<struct A { x: u8 },A,option<A>>",
        "struct T { a: struct B { back: option<struct A { b: option<B> }> }, b: A }",
        "struct Swap { a: u64 from b, b: u64 from a|c, c: u8 }",
        "enum E { A from B, B(u8) from A }",
        "tuple<struct N { x: u8 },struct N_2 { y: u8 },N,N_2>",
        "struct Größe { über: u8 }",
    ] {
        if text.contains("über") {
            assert!(text.parse::<Shape>().is_err(), "storage names are ASCII");
        } else {
            check_round_trip(text);
        }
    }
    check_round_trip("struct Größe { x: option<Größe> }");
}

#[test]
fn spaces_order_and_commas_are_free() {
    let shape: Shape = " struct\nA { b : list < u8 > , a : tuple<u8 , u8,>, }"
        .parse()
        .unwrap();
    assert_eq!(shape.to_string(), "struct A { a: tuple<u8,u8>, b: list<u8> }");
}

/// Gives the type of one label another one.
fn relabelled(text: &str, from: &str, to: &str) -> Shape {
    let shape: Shape = text.parse().unwrap();
    let nodes = shape.nodes().iter().cloned().map(|node| match node {
        Node::Struct { label, fields } if label == from => Node::Struct {
            label: to.to_owned(),
            fields,
        },
        other => other,
    });
    Shape::new(nodes.collect()).unwrap()
}

#[test]
fn a_second_type_of_one_label_gets_a_number() {
    let clash = relabelled(
        "tuple<struct N { x: u8 },struct M { y: u8 },struct N_2 {}>",
        "M",
        "N",
    );
    assert_eq!(
        clash.to_string(),
        "tuple<struct N { x: u8 },struct N_3 { y: u8 },struct N_2 {}>"
    );
    assert!(clash.to_string().parse::<Shape>().unwrap().is_same_as(&clash));
}

#[test]
fn a_way_back_is_no_type_of_another_name() {
    let text = "tuple<struct In { n: option<struct X {}> },struct Y { i: struct In_2 { n: option<Y> } }>";
    assert_eq!(relabelled(text, "In_2", "In").to_string(), text);
}

#[test]
fn a_type_inside_an_equal_one_is_no_way_back() {
    let field = |node| {
        vec![Field {
            name: "next".to_owned(),
            node: NodeId(node),
            reuses: Vec::new(),
        }]
    };
    let node = |next| Node::Struct {
        label: "N".to_owned(),
        fields: field(next),
    };
    let shape = Shape::new(vec![
        node(1),
        Node::Option(NodeId(2)),
        node(3),
        Node::Option(NodeId(0)),
    ])
    .unwrap();
    assert_eq!(
        shape.to_string(),
        "struct N { next: option<struct N_2 { next: option<N> }> }"
    );
    assert!(shape.to_string().parse::<Shape>().unwrap().is_same_as(&shape));
}

#[test]
fn a_part_is_what_its_text_alone_gives() {
    let shape: Shape = "struct Node { children: list<Node> }".parse().unwrap();
    let part = shape.sub_shape(NodeId(1));
    assert_eq!(
        part,
        "list<struct Node { children: list<Node> }>".parse().unwrap()
    );
}

#[test]
fn unsound_graphs_are_refused() {
    let item = |node| vec![Node::Option(NodeId(node))];
    assert!(
        Shape::new(item(0)).unwrap_err().contains("holds itself"),
        "only named types may"
    );
    let labelled = |label: &str| Node::Struct {
        label: label.to_owned(),
        fields: Vec::new(),
    };
    assert!(
        Shape::new(vec![labelled("a b")])
            .unwrap_err()
            .contains("no name of a type")
    );
    let variants = vec![Variant {
        name: "A".to_owned(),
        payload: NodeId(1),
        reuses: Vec::new(),
    }];
    let wrong = vec![
        Node::Enum {
            label: "E".to_owned(),
            variants,
        },
        Node::Scalar(Scalar::U8),
    ];
    assert!(Shape::new(wrong).unwrap_err().contains("payload of `A`"));
}

fn check_error(text: &str, expected: &Expect) {
    expected.assert_eq(&text.parse::<Shape>().unwrap_err().to_string());
}

#[test]
fn errors_name_column_and_expectation() {
    check_error("", &expect!["column 1: expected a type, found the end"]);
    check_error("list<u8", &expect!["column 8: expected `>`, found the end"]);
    check_error("map<u8 u8>", &expect!["column 8: expected `,`, found `u`"]);
    check_error("u8 u8", &expect!["column 4: expected the end, found `u`"]);
    check_error(
        "array<u8,-1>",
        &expect!["column 10: expected a length, found `-`"],
    );
    check_error(
        "array<u8,5000000000>",
        &expect!["column 10: `5000000000` is no length"],
    );
    check_error("tuple<u8, Foo>", &expect!["column 11: no type is named `Foo`"]);
    check_error(
        "struct u8 {}",
        &expect!["column 8: `u8` is a word of the grammar and names no type"],
    );
    check_error(
        "struct A { a: u8, a: u8 }",
        &expect!["column 1: the name `a` is used twice"],
    );
    check_error(
        "struct A { a: u8 by b }",
        &expect!["column 18: expected `from`, `,` or `}`"],
    );
    check_error(
        "tuple<struct A {},struct A { x: u8 }>",
        &expect!["column 26: the name `A` stands for two different types"],
    );
    check_error(
        "enum E {}",
        &expect!["column 1: an enum without variants has no values"],
    );
}

#[test]
fn hostile_texts_end_in_errors() {
    for open in [
        "list<",
        "struct A{a:",
        "enum{A(",
        "tuple<",
        "option<",
        "(",
        "map<u8,",
    ] {
        assert!(open.repeat(100_000).parse::<Shape>().is_err());
    }
    let doubling = (0..40).fold("u8".to_owned(), |inner, level| {
        format!(
            "struct L{level} {{ a: {inner}, b: {} }}",
            if level == 0 {
                "u8".to_owned()
            } else {
                format!("L{}", level - 1)
            }
        )
    });
    assert!(doubling.parse::<Shape>().unwrap_err().problem.contains("nodes"));
}

#[test]
fn a_schema_is_one_line_per_field() {
    let shape = "struct User { team: u32, id: u64, home: struct Address { town: string }, shape: enum Shape { Dot, Line(f64) } }";
    let mut schema = Schema::new(shape.parse().unwrap(), vec!["team".to_owned(), "id".to_owned()]).unwrap();
    let team = vec!["team".to_owned()];
    schema.indexes.push(IndexDef {
        name: "by_team".to_owned(),
        fields: vec!["team desc".parse().unwrap(), IndexField::ascending("id")],
        unique: true,
    });
    schema.references.push(Reference {
        fields: team,
        table: "teams".to_owned(),
        to: vec!["id".to_owned()],
        on_delete: OnDelete::Cascade,
    });
    expect![[r#"
        table users {
          home: Address
          id: u64 (key 1)
          shape: Shape
          team: u32 (key 0)
          unique by_team (team desc, id)
          reference (team) to teams (id) on delete cascade
        }

        struct Address {
          town: string
        }

        enum Shape {
          Dot
          Line(f64)
        }
    "#]]
    .assert_eq(&schema_text("users", &schema));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(256), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_shapes_round_trip(start in any::<u64>(), depth in 0_usize..7) {
        let shape = random_shape(&mut Seed::new(start), depth);
        let text = shape.to_string();
        let again: Shape = text.parse().unwrap();
        prop_assert!(again.is_same_as(&shape), "{text}\n{again}");
        prop_assert_eq!(&again.to_string(), &text);
        // Now that every label means one type, nothing is lost.
        prop_assert_eq!(text.parse::<Shape>().unwrap(), again);
    }

    #[test]
    fn parts_of_shapes_are_shapes(start in any::<u64>(), depth in 0_usize..6) {
        let shape = random_shape(&mut Seed::new(start), depth);
        for position in 0..shape.nodes().len() {
            let part = shape.sub_shape(NodeId(u32::try_from(position).unwrap()));
            prop_assert_eq!(&Shape::new(part.nodes().to_vec()).unwrap(), &part);
            prop_assert!(part.to_string().parse::<Shape>().unwrap().is_same_as(&part), "{}", part);
        }
    }

    #[test]
    fn broken_texts_never_panic(start in any::<u64>(), cut in any::<prop::sample::Index>(), junk in ".{0,3}") {
        let text = random_shape(&mut Seed::new(start), 4).to_string();
        let at = text.floor_char_boundary(cut.index(text.len()));
        let _ = text[..at].parse::<Shape>();
        let _ = format!("{}{junk}{}", &text[..at], &text[at..]).parse::<Shape>();
    }
}
