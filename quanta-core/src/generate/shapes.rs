//! Random shapes.

use super::rng::Rng;
use crate::schema::limits::NESTING_DEPTH_MAX;
use crate::schema::{Field, Node, NodeId, Scalar, Shape, Variant};

/// Nodes after which a shape gets no more parts.
const NODES_MAX: usize = 300;

/// Makes a shape with all kinds of nodes but references, which nests up to `depth` levels (at most
/// [`NESTING_DEPTH_MAX`]). Options, lists and map values may lead back to a struct or enum around them.
///
/// At every `depth` but 0 the root is a struct, as that of a table is.
#[must_use]
pub fn random_shape(rng: &mut Rng, depth: usize) -> Shape {
    let mut builder = Builder {
        rng,
        nodes: Vec::new(),
        around: Vec::new(),
    };
    match depth.min(NESTING_DEPTH_MAX) {
        0 => builder.leaf(),
        depth => builder.structure("Root".to_owned(), depth - 1),
    };
    Shape::new(builder.nodes).expect("parts follow their owner, names are sorted and limits are kept")
}

struct Builder<'r> {
    rng: &'r mut Rng,
    nodes: Vec<Node>,
    /// Structs and enums that are being built.
    around: Vec<NodeId>,
}

impl Builder<'_> {
    fn reserve(&mut self) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).expect("a shape has few nodes"));
        self.nodes.push(Node::Scalar(Scalar::Unit));
        id
    }

    fn put(&mut self, id: NodeId, node: Node) -> NodeId {
        self.nodes[id.0 as usize] = node;
        id
    }

    fn leaf(&mut self) -> NodeId {
        let id = self.reserve();
        let node = match self.rng.below(30) {
            0 => Node::Opaque("blob".to_owned()),
            _ => Node::Scalar(Scalar::NAMES[self.rng.below(Scalar::NAMES.len())].0),
        };
        self.put(id, node)
    }

    /// Adds a type that nests at most `depth` levels.
    fn any(&mut self, depth: usize) -> NodeId {
        if depth == 0 || self.nodes.len() > NODES_MAX {
            return if self.rng.once_in(4) {
                self.option(0)
            } else {
                self.leaf()
            };
        }
        match self.rng.below(12) {
            0..4 => self.leaf(),
            4 | 5 => self.option(depth),
            6 => {
                let id = self.reserve();
                let item = self.part_or_way_back(depth - 1);
                self.put(id, Node::List(item))
            }
            7 => {
                let id = self.reserve();
                let item = self.any(depth - 1);
                self.put(id, Node::Set(item))
            }
            8 => {
                let id = self.reserve();
                let (key, value) = (self.any(depth - 1), self.part_or_way_back(depth - 1));
                self.put(id, Node::Map(key, value))
            }
            9 => self.positions(depth),
            10 => {
                let label = format!("S{}", self.nodes.len());
                self.structure(label, depth - 1)
            }
            _ => self.enumeration(depth - 1),
        }
    }

    fn option(&mut self, depth: usize) -> NodeId {
        let id = self.reserve();
        let item = self.part_or_way_back(depth);
        self.put(id, Node::Option(item))
    }

    fn part_or_way_back(&mut self, depth: usize) -> NodeId {
        if !self.around.is_empty() && self.rng.once_in(3) {
            let around = self.around.clone();
            return self.rng.pick(&around);
        }
        self.any(depth)
    }

    fn positions(&mut self, depth: usize) -> NodeId {
        let id = self.reserve();
        if self.rng.once_in(2) {
            let item = self.any(depth - 1);
            let length = self.rng.pick(&[0, 1, 2, 5]);
            return self.put(id, Node::Array(item, length));
        }
        let items = (0..self.rng.below(4)).map(|_| self.any(depth - 1)).collect();
        self.put(id, Node::Tuple(items))
    }

    fn structure(&mut self, label: String, depth: usize) -> NodeId {
        let id = self.reserve();
        self.around.push(id);
        let names = self.names(5, 0);
        let field = |name| Field {
            name,
            node: self.any(depth),
            reuses: Vec::new(),
        };
        let fields = names.into_iter().map(field).collect();
        self.around.pop();
        self.put(id, Node::Struct { label, fields })
    }

    fn enumeration(&mut self, depth: usize) -> NodeId {
        let id = self.reserve();
        self.around.push(id);
        let names = self.names(4, 1);
        let variant = |name| Variant {
            name,
            payload: self.payload(depth),
            reuses: Vec::new(),
        };
        let variants = names.into_iter().map(variant).collect();
        self.around.pop();
        self.put(
            id,
            Node::Enum {
                label: format!("E{}", id.0),
                variants,
            },
        )
    }

    fn payload(&mut self, depth: usize) -> NodeId {
        match self.rng.below(3) {
            0 if depth > 0 => self.positions_of_variant(depth),
            1 if depth > 0 => self.structure(String::new(), depth - 1),
            _ => self.reserve(),
        }
    }

    fn positions_of_variant(&mut self, depth: usize) -> NodeId {
        let id = self.reserve();
        let items = (0..1 + self.rng.below(2)).map(|_| self.any(depth - 1)).collect();
        self.put(id, Node::Tuple(items))
    }

    /// Returns sorted names: `least` to `most` of them.
    fn names(&mut self, most: usize, least: usize) -> Vec<String> {
        let count = least + self.rng.below(most - least + 1);
        (0..count)
            .map(|index| format!("{}{}", ["a", "b_", "Z", "_q"][index % 4], index))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}
