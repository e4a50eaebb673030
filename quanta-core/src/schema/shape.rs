//! The shape of a table's rows: a graph of nodes in canonical order.

use serde::{Deserialize, Serialize};

use super::limits::{NESTING_DEPTH_MAX, SHAPE_NODES_MAX};

/// Position of a node in its [`Shape`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The node that a row itself has.
    pub const ROOT: Self = Self(0);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A type without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is named like the type in the grammar")]
pub enum Scalar {
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
    Char,
    String,
    Bytes,
    Unit,
    Uuid,
    Timestamp,
    Date,
    Duration,
    Decimal,
    Ip,
    Path,
}

impl Scalar {
    /// Every scalar with its name in the type grammar.
    pub const NAMES: [(Self, &'static str); 24] = [
        (Self::Bool, "bool"),
        (Self::U8, "u8"),
        (Self::U16, "u16"),
        (Self::U32, "u32"),
        (Self::U64, "u64"),
        (Self::U128, "u128"),
        (Self::I8, "i8"),
        (Self::I16, "i16"),
        (Self::I32, "i32"),
        (Self::I64, "i64"),
        (Self::I128, "i128"),
        (Self::F32, "f32"),
        (Self::F64, "f64"),
        (Self::Char, "char"),
        (Self::String, "string"),
        (Self::Bytes, "bytes"),
        (Self::Unit, "unit"),
        (Self::Uuid, "uuid"),
        (Self::Timestamp, "timestamp"),
        (Self::Date, "date"),
        (Self::Duration, "duration"),
        (Self::Decimal, "decimal"),
        (Self::Ip, "ip"),
        (Self::Path, "path"),
    ];

    /// Returns the name in the type grammar, such as `u64`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// Tells whether the type is one of numbers: integers, floats, decimals.
    #[must_use]
    pub fn is_number(self) -> bool {
        let at = self as usize;
        (Self::U8 as usize..=Self::F64 as usize).contains(&at) || self == Self::Decimal
    }

    /// Finds a scalar by its name in the type grammar.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(scalar, _)| *scalar)
    }
}

/// A named slot of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Storage name.
    pub name: String,
    /// The field's type.
    pub node: NodeId,
    /// Names in the field's `renamed_from` that are live fields of the same struct, sorted. They are part of the
    /// shape: the bytes of two such generations look alike but mean different things.
    pub reuses: Vec<String>,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Storage name.
    pub name: String,
    /// `unit`, a tuple or an unlabelled struct.
    pub payload: NodeId,
    /// As [`Field::reuses`].
    pub reuses: Vec<String>,
}

/// One node of a shape. Fields and variants are sorted by storage name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// A type without parts.
    Scalar(Scalar),
    /// Zero or one.
    Option(NodeId),
    /// Any number, in order.
    List(NodeId),
    /// Any number, each once, ordered by their encoding.
    Set(NodeId),
    /// Key and value, ordered by the encoding of the key.
    Map(NodeId, NodeId),
    /// A fixed number.
    Array(NodeId, u32),
    /// Positions of their own types.
    Tuple(Vec<NodeId>),
    /// Named fields.
    Struct {
        /// The Rust type's name; empty for the payload of a variant. Not part of the shape.
        label: String,
        /// Sorted by name.
        fields: Vec<Field>,
    },
    /// One of several variants.
    Enum {
        /// The Rust type's name. Not part of the shape.
        label: String,
        /// Sorted by name.
        variants: Vec<Variant>,
    },
    /// The key of a row of another table.
    Ref(String),
    /// Length-prefixed JSON of a type that only its own program understands.
    Opaque(String),
}

impl Node {
    /// Lists the child nodes in canonical order.
    #[must_use]
    pub fn children(&self) -> Vec<NodeId> {
        match self {
            Self::Scalar(_) | Self::Ref(_) | Self::Opaque(_) => Vec::new(),
            Self::Option(item) | Self::List(item) | Self::Set(item) | Self::Array(item, _) => vec![*item],
            Self::Map(key, value) => vec![*key, *value],
            Self::Tuple(items) => items.clone(),
            Self::Struct { fields, .. } => fields.iter().map(|field| field.node).collect(),
            Self::Enum { variants, .. } => variants.iter().map(|variant| variant.payload).collect(),
        }
    }

    pub(crate) fn children_mut(&mut self) -> Vec<&mut NodeId> {
        match self {
            Self::Scalar(_) | Self::Ref(_) | Self::Opaque(_) => Vec::new(),
            Self::Option(item) | Self::List(item) | Self::Set(item) | Self::Array(item, _) => vec![item],
            Self::Map(key, value) => vec![key, value],
            Self::Tuple(items) => items.iter_mut().collect(),
            Self::Struct { fields, .. } => fields.iter_mut().map(|field| &mut field.node).collect(),
            Self::Enum { variants, .. } => variants.iter_mut().map(|variant| &mut variant.payload).collect(),
        }
    }

    /// Returns the name of an embedded struct or enum; none for other nodes and for the payload of a variant.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::Struct { label, .. } | Self::Enum { label, .. } => {
                Some(label.as_str()).filter(|label| !label.is_empty())
            }
            _ => None,
        }
    }

    /// Tells whether two nodes are equal but for the names of embedded types.
    fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Struct { fields: one, .. }, Self::Struct { fields: two, .. }) => one == two,
            (Self::Enum { variants: one, .. }, Self::Enum { variants: two, .. }) => one == two,
            _ => self == other,
        }
    }

    /// Returns the number of slots: fields, tuple positions or variants.
    #[must_use]
    pub fn slot_count(&self) -> usize {
        match self {
            Self::Tuple(items) => items.len(),
            Self::Struct { fields, .. } => fields.len(),
            Self::Enum { variants, .. } => variants.len(),
            _ => 0,
        }
    }

    /// Tells whether entering the node counts as a level of nesting.
    #[must_use]
    pub fn nests(&self) -> bool {
        !matches!(
            self,
            Self::Scalar(_) | Self::Ref(_) | Self::Opaque(_) | Self::Option(_)
        )
    }
}

/// A graph of nodes in pre-order from the root, so that equal types have equal graphs.
///
/// A child either follows its parent or is an ancestor: that is how recursive types end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    nodes: Vec<Node>,
}

impl Shape {
    /// Takes nodes that are already in canonical order.
    ///
    /// # Errors
    ///
    /// Says what is wrong: no node, a child that neither follows its parent nor is an ancestor, fields or variants
    /// out of order, or a limit ([`SHAPE_NODES_MAX`], [`NESTING_DEPTH_MAX`]) that is passed.
    pub fn new(nodes: Vec<Node>) -> Result<Self, String> {
        if nodes.is_empty() || nodes.len() > SHAPE_NODES_MAX {
            return Err(format!(
                "a shape has 1 to {SHAPE_NODES_MAX} nodes, not {}",
                nodes.len()
            ));
        }
        let shape = Self { nodes };
        let mut path = Vec::new();
        let mut next = 0;
        shape.check(NodeId::ROOT, &mut next, &mut path, 0)?;
        if next != shape.nodes.len() {
            return Err(format!(
                "only {next} of {} nodes are reached from the root",
                shape.nodes.len()
            ));
        }
        Ok(shape)
    }

    fn check(
        &self,
        id: NodeId,
        next: &mut usize,
        path: &mut Vec<NodeId>,
        depth: usize,
    ) -> Result<(), String> {
        let node = self
            .nodes
            .get(id.index())
            .ok_or_else(|| format!("node {} is missing", id.0))?;
        if path.contains(&id) {
            // Named types are levels of their own, which bounds the values of a recursive type.
            let way_back = node.label().map(drop);
            return way_back
                .ok_or_else(|| format!("node {} holds itself but is no named struct or enum", id.0));
        }
        if id.index() != *next {
            return Err(format!("node {} is out of order", id.0));
        }
        *next += 1;
        let depth = depth + usize::from(node.nests());
        if depth > NESTING_DEPTH_MAX || path.len() > 4 * NESTING_DEPTH_MAX {
            return Err(format!("types nest deeper than {NESTING_DEPTH_MAX} levels"));
        }
        check_names(node)?;
        self.check_payloads(node)?;
        path.push(id);
        for child in node.children() {
            self.check(child, next, path, depth)?;
        }
        path.pop();
        Ok(())
    }

    fn check_payloads(&self, node: &Node) -> Result<(), String> {
        let Node::Enum { variants, .. } = node else {
            return Ok(());
        };
        for variant in variants {
            match self.nodes.get(variant.payload.index()) {
                Some(Node::Scalar(Scalar::Unit) | Node::Tuple(_)) => {}
                Some(payload @ Node::Struct { .. }) if payload.label().is_none() => {}
                _ => {
                    return Err(format!(
                        "the payload of `{}` is no unit, tuple or unlabelled struct",
                        variant.name
                    ));
                }
            }
        }
        Ok(())
    }

    /// Brings nodes into canonical order.
    pub(crate) fn unordered(nodes: Vec<Node>) -> Result<Self, String> {
        let ordered = Self { nodes }.sub_shape(NodeId::ROOT);
        Self::new(ordered.nodes)
    }

    /// Returns a shape of one scalar.
    #[must_use]
    pub fn scalar(scalar: Scalar) -> Self {
        Self {
            nodes: vec![Node::Scalar(scalar)],
        }
    }

    /// Returns the node at `id`. An id that is not of this shape shows the root.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.index()).unwrap_or(&self.nodes[0])
    }

    /// Lists all nodes in canonical order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Tells whether a type of the shape contains itself.
    #[must_use]
    pub fn is_recursive(&self) -> bool {
        let goes_back = |(id, node): (usize, &Node)| node.children().iter().any(|child| child.index() <= id);
        self.nodes.iter().enumerate().any(goes_back)
    }

    /// Returns the scalar type of the items of a collection; that of bytes is `u8`.
    #[must_use]
    pub fn number_item(&self, id: NodeId) -> Option<Scalar> {
        match self.node(id) {
            Node::Scalar(Scalar::Bytes) => Some(Scalar::U8),
            Node::List(item) | Node::Set(item) | Node::Array(item, _) => match self.node(*item) {
                Node::Scalar(scalar) => Some(*scalar),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the types of key and value of a map, or of a list of tuples of two.
    #[must_use]
    pub fn entry_nodes(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        match self.node(id) {
            Node::Map(key, value) => Some((*key, *value)),
            Node::List(item) => match self.node(*item) {
                Node::Tuple(items) => match items.as_slice() {
                    [key, value] => Some((*key, *value)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the types of the fields or positions at `id`: a unit has none, and what else has none counts as one.
    #[must_use]
    pub fn field_nodes(&self, id: NodeId) -> Vec<NodeId> {
        match self.node(id) {
            Node::Struct { .. } | Node::Tuple(_) => self.node(id).children(),
            Node::Scalar(Scalar::Unit) => Vec::new(),
            _ => vec![id],
        }
    }

    /// Lists the fields of the root; empty if the root is no struct.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match self.node(NodeId::ROOT) {
            Node::Struct { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Tells whether two shapes have one layout and one meaning; names of embedded types do not count.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && self
                .nodes
                .iter()
                .zip(&other.nodes)
                .all(|(one, two)| one.is_same_as(two))
    }

    /// Cuts out the type at `id` as a shape of its own; a way back to an ancestor of `id` is unrolled once.
    #[must_use]
    pub fn sub_shape(&self, id: NodeId) -> Self {
        let mut nodes = Vec::new();
        self.copy_into(id, &mut nodes, &mut Vec::new());
        Self { nodes }
    }

    pub(crate) fn copy_into(
        &self,
        id: NodeId,
        nodes: &mut Vec<Node>,
        path: &mut Vec<(NodeId, NodeId)>,
    ) -> NodeId {
        if let Some((_, copied)) = path.iter().find(|(source, _)| *source == id) {
            return *copied;
        }
        let target = NodeId(u32::try_from(nodes.len()).expect("a shape has fewer than 2^32 nodes"));
        nodes.push(self.node(id).clone());
        // Only named types are ever gone back to: describing the cut-out type by itself gives the same graph.
        let depth = path.len();
        if self.node(id).label().is_some() {
            path.push((id, target));
        }
        let children: Vec<NodeId> = self
            .node(id)
            .children()
            .into_iter()
            .map(|child| self.copy_into(child, nodes, path))
            .collect();
        path.truncate(depth);
        for (slot, child) in nodes[target.index()].children_mut().into_iter().zip(children) {
            *slot = child;
        }
        target
    }
}

fn check_names(node: &Node) -> Result<(), String> {
    if let Some(label) = node.label() {
        check_label(label)?;
    }
    let names: Vec<&String> = match node {
        Node::Struct { fields, .. } => fields.iter().map(|field| &field.name).collect(),
        Node::Enum { variants, .. } if variants.is_empty() => {
            return Err("an enum without variants has no values".to_owned());
        }
        Node::Enum { variants, .. } => variants.iter().map(|variant| &variant.name).collect(),
        Node::Ref(name) | Node::Opaque(name) => vec![name],
        _ => return Ok(()),
    };
    for name in &names {
        check_name(name)?;
    }
    match names.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) if pair[0] == pair[1] => Err(format!("the name `{}` is used twice", pair[0])),
        Some(pair) => Err(format!(
            "`{}` stands before `{}`: names are sorted",
            pair[0], pair[1]
        )),
        None => Ok(()),
    }
}

/// Checks a storage name: `[A-Za-z_][A-Za-z0-9_]*`, at most 128 bytes.
///
/// ```
/// use quantadb::schema::check_name;
///
/// assert!(check_name("born_at").is_ok());
/// assert!(check_name("born-at").is_err());
/// ```
///
/// # Errors
///
/// Says what a name may consist of.
pub fn check_name(name: &str) -> Result<(), String> {
    let mut bytes = name.bytes();
    let starts = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if starts && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && name.len() <= 128 {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name: use [A-Za-z_][A-Za-z0-9_]*, at most 128 bytes"
    ))
}

/// Checks the name of an embedded type: what Rust takes for one, letters of any script included.
fn check_label(label: &str) -> Result<(), String> {
    let starts = label.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if starts && label.chars().all(|char| char.is_alphanumeric() || char == '_') {
        return Ok(());
    }
    Err(format!(
        "`{}` is no name of a type: use letters, digits and `_`",
        label.escape_debug()
    ))
}
