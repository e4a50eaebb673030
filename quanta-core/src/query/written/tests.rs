//! Random conditions on random shapes, with values of types: written as text and read again, they are the same checks.

use super::{paths_of, written};
use crate::generate::{Seed, random_shape, random_value};
use crate::query::compile::compile;
use crate::query::expr::{Comparison, Expr, Is, Literal, Quantifier, Test, TextTest};
use crate::query::form::has_order;
use crate::query::place::Located;
use crate::query::text::parse_filter;
use crate::schema::{Node, NodeId, Scalar, Shape};
use crate::testing::seeds;

/// Steps from a row or item to a value.
const STEPS_MAX: usize = 4;
/// How deep conditions nest.
const DEPTH_MAX: usize = 3;

/// Lists the paths to values from `node` on.
fn paths(shape: &Shape, node: NodeId, path: &str, steps: usize, found: &mut Vec<String>) {
    if !path.is_empty() {
        found.push(path.to_owned());
    }
    if steps == STEPS_MAX {
        return;
    }
    let behind = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match shape.node(node) {
        Node::Option(item) => paths(shape, *item, path, steps + 1, found),
        Node::Struct { fields, .. } => {
            for field in fields {
                paths(shape, field.node, &behind(&field.name), steps + 1, found);
            }
        }
        Node::Tuple(items) => {
            for (position, item) in items.iter().enumerate() {
                paths(shape, *item, &behind(&position.to_string()), steps + 1, found);
            }
        }
        Node::Enum { variants, .. } => {
            for variant in variants {
                let path = format!("{path}::{}", variant.name);
                paths(shape, variant.payload, &path, steps + 1, found);
            }
        }
        _ => {}
    }
}

struct Conditions<'s> {
    shape: &'s Shape,
    seed: Seed,
}

impl Conditions<'_> {
    fn any(&mut self, root: NodeId, depth: usize) -> Expr {
        if depth < DEPTH_MAX {
            match self.seed.below(6) {
                0 => return Expr::All(self.parts(root, depth)),
                1 => return Expr::Any(self.parts(root, depth)),
                2 => return Expr::Not(Box::new(self.any(root, depth + 1))),
                _ => {}
            }
        }
        let mut found = Vec::new();
        paths(self.shape, root, "", 0, &mut found);
        // An item may be asked itself.
        if root != NodeId::ROOT {
            found.push(String::new());
        }
        let path = self.seed.choose(&found).clone();
        let place = Located::find(self.shape, root, &path).unwrap();
        let test = self.test(&place, depth);
        Expr::Is(Is { path, test })
    }

    fn parts(&mut self, root: NodeId, depth: usize) -> Vec<Expr> {
        // The text of one part is that part.
        let count = [0, 2, 3][self.seed.below(3)];
        (0..count).map(|_| self.any(root, depth + 1)).collect()
    }

    fn test(&mut self, place: &Located, depth: usize) -> Test {
        let comparison = *self.seed.choose(&[
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ]);
        let is_even = self.seed.one_in(2);
        match self.shape.node(place.value) {
            _ if self.seed.one_in(8) => Test::None,
            Node::List(item) | Node::Set(item) | Node::Array(item, _) if depth < DEPTH_MAX && is_even => {
                let quantifier = *self.seed.choose(&[Quantifier::Any, Quantifier::All]);
                Test::Items(quantifier, Box::new(self.any(*item, depth + 1)))
            }
            Node::List(_) | Node::Set(_) | Node::Array(..) if is_even => Test::Length(comparison, 2),
            Node::Map(key, _) if is_even => Test::HasKey(self.value(*key)),
            Node::Enum { variants, .. } if is_even => Test::Variant(self.seed.choose(variants).name.clone()),
            Node::Scalar(Scalar::String) if is_even => {
                let text = *self.seed.choose(&["", "\"", "\\\n", "a b", "\u{e9}\u{0}"]);
                Test::Text(TextTest::Contains, text.to_owned())
            }
            _ if has_order(self.shape, place.value) && self.seed.one_in(2) => {
                // Nothing stands below or above none.
                Test::Ordered(comparison, self.some(place))
            }
            _ => Test::OneOf((0..self.seed.below(4)).map(|_| self.value(place.leaf)).collect()),
        }
    }

    fn value(&mut self, node: NodeId) -> Literal {
        Literal::Encoded(random_value(self.shape, node, &mut self.seed))
    }

    fn some(&mut self, place: &Located) -> Literal {
        let mut bytes = vec![1; place.options(self.shape)];
        bytes.extend(random_value(self.shape, place.value, &mut self.seed));
        Literal::Encoded(bytes)
    }
}

#[test]
fn conditions_are_written_as_texts_that_are_read_as_the_same() {
    for case in seeds(400, 1) {
        let mut seed = Seed::new(u64::from(case));
        let shape = &random_shape(&mut seed, 4);
        let mut conditions = Conditions { shape, seed };
        for _ in 0..8 {
            let expr = conditions.any(NodeId::ROOT, 0);
            let text = written(shape, NodeId::ROOT, &expr).unwrap().to_string();
            let read = parse_filter(&text).unwrap_or_else(|error| panic!("case {case}: {error}: {text}"));
            let check = |expr: &Expr| compile(shape, NodeId::ROOT, expr);
            assert_eq!(check(&read), check(&expr), "case {case}: {text}");
            assert_eq!(paths_of(&read), paths_of(&expr), "case {case}: {text}");
        }
    }
}

#[test]
fn the_paths_of_a_condition_are_listed_once() {
    for (text, expected) in [
        ("age > 1 or age < 0 and name = 'x'", "age, name"),
        ("tags[].name = 'x' and length(tags) > 1", "tags, tags[].name"),
        (
            "a[].b[]::V.0 = 1 or prices{key} = 'x'",
            "a[].b[]::V.0, prices{key}",
        ),
        (
            "shape::Circle.radius > 1 and shape is Circle",
            "shape, shape::Circle.radius",
        ),
        ("true", ""),
    ] {
        assert_eq!(
            paths_of(&parse_filter(text).unwrap()).join(", "),
            expected,
            "{text}"
        );
    }
}
