//! Random shapes: every kind of node, recursive types, types embedded twice, two types under one name.

use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

use super::seed::Seed;

const LABELS: [&str; 6] = ["Node", "Tag", "Address", "Shape", "Node_2", "string"];
const NAMES: [&str; 10] = [
    "a", "b", "town", "zip", "size", "Circle", "struct", "from", "_x", "to",
];
/// Nodes after which only scalars are added.
const NODES_MAX: usize = 120;

/// Makes a shape whose types nest up to `depth` levels below the row, which is a struct.
///
/// Values of it can be stored: it has no references to rows, and every recursive type has finite values.
///
/// # Panics
///
/// Never: what is built satisfies [`Shape::new`].
#[must_use]
pub fn random_shape(seed: &mut Seed, depth: usize) -> Shape {
    let mut builder = Builder {
        seed,
        nodes: Vec::new(),
        path: Vec::new(),
        finished: Vec::new(),
    };
    builder.labelled_struct(depth.min(12));
    Shape::new(builder.nodes).expect("nodes are added in canonical order")
}

struct Builder<'s> {
    seed: &'s mut Seed,
    nodes: Vec<Node>,
    /// Labelled types that are being built, outermost first.
    path: Vec<NodeId>,
    /// Labelled types that are built.
    finished: Vec<NodeId>,
}

impl Builder<'_> {
    fn push(&mut self) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a random shape is small"));
        self.nodes.push(Node::Scalar(Scalar::Unit));
        id
    }

    fn set(&mut self, id: NodeId, node: Node) -> NodeId {
        self.nodes[id.0 as usize] = node;
        id
    }

    fn any(&mut self, depth: usize) -> NodeId {
        if depth == 0 || self.nodes.len() > NODES_MAX || self.seed.one_in(3) {
            return self.leaf();
        }
        match self.seed.below(11) {
            0 | 1 => self.wrap(depth, Node::Option),
            2 => self.wrap(depth, Node::List),
            3 => self.wrap(depth, Node::Set),
            4 => {
                let id = self.push();
                let key = self.any(depth.min(2) - 1);
                let value = self.any_or_back(depth - 1);
                self.set(id, Node::Map(key, value))
            }
            5 => {
                let id = self.push();
                let item = self.any(depth - 1);
                let length = *self.seed.choose(&[0, 1, 2, 3, 5]);
                self.set(id, Node::Array(item, length))
            }
            6 => self.tuple(depth),
            7 => self.labelled_enum(depth),
            8 => self.again().unwrap_or_else(|| self.leaf()),
            _ => self.labelled_struct(depth),
        }
    }

    fn leaf(&mut self) -> NodeId {
        let id = self.push();
        let node = match self.seed.below(12) {
            0 => Node::Opaque("json".to_owned()),
            _ => Node::Scalar(self.seed.choose(&Scalar::NAMES).0),
        };
        self.set(id, node)
    }

    fn wrap(&mut self, depth: usize, wrap: fn(NodeId) -> Node) -> NodeId {
        let id = self.push();
        let item = self.any_or_back(depth - 1);
        self.set(id, wrap(item))
    }

    /// Adds a type, or goes back to one that is being built: only where a value may end.
    fn any_or_back(&mut self, depth: usize) -> NodeId {
        if self.seed.one_in(4) {
            *self.seed.choose(&self.path)
        } else {
            self.any(depth)
        }
    }

    fn tuple(&mut self, depth: usize) -> NodeId {
        let id = self.push();
        let items = (0..self.seed.below(4)).map(|_| self.any(depth - 1)).collect();
        self.set(id, Node::Tuple(items))
    }

    fn label(&mut self) -> String {
        (*self.seed.choose(&LABELS)).to_owned()
    }

    fn names(&mut self) -> Vec<String> {
        let mut names: Vec<String> = (0..=self.seed.below(4))
            .map(|_| (*self.seed.choose(&NAMES)).to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn reuses(&mut self, name: &str, names: &[String]) -> Vec<String> {
        if !self.seed.one_in(8) {
            return Vec::new();
        }
        names.iter().filter(|other| *other != name).cloned().collect()
    }

    fn fields(&mut self, depth: usize) -> Vec<Field> {
        let names = self.names();
        let field = |name: &String| Field {
            name: name.clone(),
            node: self.any(depth.saturating_sub(1)),
            reuses: self.reuses(name, &names),
        };
        names.iter().map(field).collect()
    }

    fn labelled_struct(&mut self, depth: usize) -> NodeId {
        let id = self.push();
        let label = self.label();
        self.path.push(id);
        let fields = self.fields(depth);
        self.finish(id, Node::Struct { label, fields })
    }

    fn labelled_enum(&mut self, depth: usize) -> NodeId {
        let id = self.push();
        let label = self.label();
        self.path.push(id);
        let names = self.names();
        let variant = |name: &String| Variant {
            name: name.clone(),
            payload: self.payload(depth),
            reuses: self.reuses(name, &names),
        };
        let variants = names.iter().map(variant).collect();
        self.finish(id, Node::Enum { label, variants })
    }

    fn payload(&mut self, depth: usize) -> NodeId {
        match self.seed.below(3) {
            0 => self.push(),
            1 => self.tuple(depth),
            _ => {
                let id = self.push();
                let fields = self.fields(depth);
                self.set(
                    id,
                    Node::Struct {
                        label: String::new(),
                        fields,
                    },
                )
            }
        }
    }

    fn finish(&mut self, id: NodeId, node: Node) -> NodeId {
        self.path.pop();
        self.finished.push(id);
        self.set(id, node)
    }

    /// Embeds a finished type once more, if it stands on its own.
    fn again(&mut self) -> Option<NodeId> {
        if self.finished.is_empty() || self.nodes.len() > NODES_MAX {
            return None;
        }
        let source = *self.seed.choose(&self.finished);
        let mut copy = Copy {
            nodes: self.nodes.clone(),
            path: Vec::new(),
            unfinished: &self.path,
        };
        let id = copy.copy(source)?;
        self.nodes = copy.nodes;
        Some(id)
    }
}

struct Copy<'p> {
    nodes: Vec<Node>,
    path: Vec<(NodeId, NodeId)>,
    unfinished: &'p [NodeId],
}

impl Copy<'_> {
    fn copy(&mut self, source: NodeId) -> Option<NodeId> {
        if let Some((_, target)) = self.path.iter().find(|(known, _)| *known == source) {
            return Some(*target);
        }
        if self.unfinished.contains(&source) || self.nodes.len() > 2 * NODES_MAX {
            return None;
        }
        let mut node = self.nodes[source.0 as usize].clone();
        let target = NodeId(u32::try_from(self.nodes.len()).ok()?);
        self.nodes.push(node.clone());
        self.path.push((source, target));
        for child in node.children_mut() {
            *child = self.copy(*child)?;
        }
        self.path.pop();
        self.nodes[target.0 as usize] = node;
        Some(target)
    }
}
