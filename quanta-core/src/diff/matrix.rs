//! Conversions between kinds of types: the table that pairing goes by. The one between types without parts, which it
//! leads to, is in `codec::matrix`.

use crate::codec::{Class, Classes};
use crate::schema::{Node, NodeId, Scalar, Shape};

use super::convertible::is_unit_enum;

/// What kind of type a node is, as far as conversions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unit,
    String,
    Bytes,
    Scalar,
    Option,
    List,
    Set,
    Array,
    Map,
    Tuple,
    Struct,
    Enum,
    Ref,
    Opaque,
}

impl Kind {
    /// Every kind with its name in the documents.
    #[cfg(test)]
    pub(crate) const NAMES: [(Self, &'static str); 14] = [
        (Self::Unit, "unit"),
        (Self::String, "string"),
        (Self::Bytes, "bytes"),
        (Self::Scalar, "others"),
        (Self::Option, "option"),
        (Self::List, "list"),
        (Self::Set, "set"),
        (Self::Array, "array"),
        (Self::Map, "map"),
        (Self::Tuple, "tuple"),
        (Self::Struct, "struct"),
        (Self::Enum, "enum"),
        (Self::Ref, "ref"),
        (Self::Opaque, "opaque"),
    ];

    /// Returns the kind of a node.
    pub(crate) fn of(node: &Node) -> Self {
        match node {
            Node::Scalar(Scalar::Unit) => Self::Unit,
            Node::Scalar(Scalar::String) => Self::String,
            Node::Scalar(Scalar::Bytes) => Self::Bytes,
            Node::Scalar(_) => Self::Scalar,
            Node::Option(_) => Self::Option,
            Node::List(_) => Self::List,
            Node::Set(_) => Self::Set,
            Node::Array(..) => Self::Array,
            Node::Map(..) => Self::Map,
            Node::Tuple(_) => Self::Tuple,
            Node::Struct { .. } => Self::Struct,
            Node::Enum { .. } => Self::Enum,
            Node::Ref(_) => Self::Ref,
            Node::Opaque(_) => Self::Opaque,
        }
    }
}

/// How values of one kind of type become values of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Not at all.
    Refused,
    /// As the table of types without parts says.
    Scalars,
    /// The types have to be equal.
    Equal,
    /// By the names of variants without payload.
    Names,
    /// Bytes are a list of `u8`: number by number.
    Bytes,
    /// A value without fields becomes one field of a struct.
    Into,
    /// One field of a struct becomes a value without fields.
    OutOf,
    /// By the item of both options.
    Option,
    /// The value becomes an option's item.
    Wrap,
    /// The option's item becomes the value.
    Unwrap,
    /// The value, or the option's item if there is one, becomes the only item.
    Gather,
    /// The only item becomes the value, or the option's item.
    Pick,
    /// Item by item.
    Items,
    /// Position by position of arrays.
    Resize,
    /// Key by key, value by value.
    Entries,
    /// Position by position of tuples.
    Positions,
    /// Field by field, by name and hint. Fields of tuples are named `0`, `1`, ..
    Fields,
    /// Variant by variant, by name and hint.
    Variants,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Kinds of the old type.
    pub(crate) from: &'static [Kind],
    /// Kinds of the new type.
    pub(crate) to: &'static [Kind],
    /// What else must hold.
    pub(crate) needs: Needs,
    /// How it is done.
    pub(crate) how: How,
    /// How safe it is by itself: what becomes of the parts comes on top.
    pub(crate) classes: Classes,
    /// What there is to know about it; of a refusal, the question that stays open.
    pub(crate) note: &'static str,
}

/// What must hold for a line of the table besides the kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing.
    Nothing,
    /// No variant of the enum carries anything.
    UnitEnum,
    /// The items are of `u8`.
    Octets,
    /// The items are of numbers or `bool`.
    Numbers,
    /// The items are of `string`.
    Texts,
    /// The items are tuples of two.
    PairItems,
    /// A hint says which field it is.
    Hint,
    /// An option and a collection could be meant in two ways: both have a place for what is missing.
    TwoReadings,
    /// The option holds no collection itself.
    PlainOption,
    /// The items are collections on one side only.
    OtherDepth,
}

use Kind::{
    Array, Bytes, Enum, List, Map, Opaque, Option as Opt, Ref, Scalar as Value, Set, String as Text, Struct,
    Tuple, Unit,
};

const ANY: &[Kind] = &[
    Unit, Text, Bytes, Value, Opt, List, Set, Array, Map, Tuple, Struct, Enum, Ref, Opaque,
];
const SCALARS: &[Kind] = &[Unit, Text, Bytes, Value];
/// What can become a field of a struct as a whole: what has no fields or positions of its own.
const FIELDLESS: &[Kind] = &[Text, Bytes, Value, Opt, List, Set, Array, Map, Enum, Ref, Opaque];
/// What can be the only item of a list.
const SINGLE: &[Kind] = &[Unit, Text, Bytes, Value, Map, Tuple, Struct, Enum, Ref, Opaque];
const COLLECTIONS: &[Kind] = &[List, Set];
const ITEMED: &[Kind] = &[List, Set, Array];

const fn classes(up: Class, down: Class) -> Classes {
    Classes { up, down }
}

const EXACT: Classes = Classes::EXACT;
const GROWS: Classes = classes(Class::Exact, Class::Checked);
const SHRINKS: Classes = classes(Class::Checked, Class::Exact);
const LOSES_ORDER: Classes = classes(Class::Lossy, Class::Exact);
const LOSES_ORDER_BACK: Classes = classes(Class::Exact, Class::Lossy);
const REFUSED: Classes = classes(Class::Refused, Class::Refused);

const fn rule(
    from: &'static [Kind],
    to: &'static [Kind],
    needs: Needs,
    how: How,
    classes: Classes,
    note: &'static str,
) -> Rule {
    Rule {
        from,
        to,
        needs,
        how,
        classes,
        note,
    }
}

/// The table. The first line counts whose kinds fit and whose needs are met; where none does, the change is refused.
#[rustfmt::skip]
pub(crate) const RULES: &[Rule] = {
    use Needs::{
        Hint, Nothing, Numbers, Octets, OtherDepth, PairItems, PlainOption, Texts, TwoReadings, UnitEnum,
    };
    &[
        rule(SCALARS, SCALARS, Nothing, How::Scalars, EXACT, "the table above"),
        rule(&[Ref], &[Ref], Nothing, How::Equal, EXACT, "to the same table only"),
        rule(&[Opaque], &[Opaque], Nothing, How::Equal, EXACT, "of the same name only"),
        rule(&[Enum], &[Text], UnitEnum, How::Names, GROWS, "the variant's name; no variant has a payload"),
        rule(&[Text], &[Enum], UnitEnum, How::Names, SHRINKS, "the variant's name; no variant has a payload"),
        rule(&[Bytes], &[List], Numbers, How::Bytes, EXACT, "bytes are a list of `u8`: number by number"),
        rule(&[List], &[Bytes], Numbers, How::Bytes, EXACT, "bytes are a list of `u8`: number by number"),
        rule(&[Bytes], &[Set], Numbers, How::Bytes, LOSES_ORDER, "order and doubles are kept"),
        rule(&[Set], &[Bytes], Numbers, How::Bytes, LOSES_ORDER_BACK, "number by number"),
        rule(&[Bytes], &[Array], Numbers, How::Bytes, SHRINKS, "number by number; the count must be the length"),
        rule(&[Array], &[Bytes], Numbers, How::Bytes, GROWS, "number by number"),
        rule(&[Bytes], COLLECTIONS, Texts, How::Refused, REFUSED, "one text of all bytes, or one number for each?"),
        rule(COLLECTIONS, &[Bytes], Texts, How::Refused, REFUSED, "one text of all bytes, or one number for each?"),
        rule(&[Text], COLLECTIONS, Octets, How::Refused, REFUSED, "items of `u8`: the bytes of the text, or a number in it?"),
        rule(COLLECTIONS, &[Text], Octets, How::Refused, REFUSED, "items of `u8`: the bytes of the text, or a number in it?"),
        rule(FIELDLESS, &[Struct], Hint, How::Into, EXACT, "the field with `renamed_from` takes the value, the others are added"),
        rule(&[Struct], FIELDLESS, Hint, How::OutOf, EXACT, "the field that `renamed_from` names gives the value, the others are dropped"),
        rule(&[Opt], &[Opt], Nothing, How::Option, EXACT, "none stays none"),
        rule(&[Opt], COLLECTIONS, TwoReadings, How::Refused, REFUSED, "is none no item, or one that is missing?"),
        rule(COLLECTIONS, &[Opt], TwoReadings, How::Refused, REFUSED, "is none no item, or one that is missing?"),
        rule(&[Opt], COLLECTIONS, PlainOption, How::Gather, GROWS, "none is no item"),
        rule(COLLECTIONS, &[Opt], PlainOption, How::Pick, SHRINKS, "no item is none; a row with more than one fails"),
        rule(&[Opt], ANY, Nothing, How::Unwrap, SHRINKS, "none fails; with an explicit `default` it is lossy instead"),
        rule(ANY, &[Opt], Nothing, How::Wrap, GROWS, ""),
        rule(COLLECTIONS, ITEMED, OtherDepth, How::Refused, REFUSED, "one collection of all items, or one for each?"),
        rule(&[Array], COLLECTIONS, OtherDepth, How::Refused, REFUSED, "one collection of all items, or one for each?"),
        rule(&[List], &[List], Nothing, How::Items, EXACT, "item by item"),
        rule(&[Set], &[Set], Nothing, How::Items, EXACT, "item by item"),
        rule(&[List], &[Set], Nothing, How::Items, LOSES_ORDER, "order and doubles are kept"),
        rule(&[Set], &[List], Nothing, How::Items, LOSES_ORDER_BACK, "in the order of their bytes"),
        rule(&[List], &[Array], Nothing, How::Items, SHRINKS, "the count must be the length"),
        rule(&[Array], &[List], Nothing, How::Items, GROWS, ""),
        rule(&[Set], &[Array], Nothing, How::Items, classes(Class::Checked, Class::Lossy), "the count must be the length"),
        rule(&[Array], &[Set], Nothing, How::Items, classes(Class::Lossy, Class::Checked), "order and doubles are kept"),
        rule(&[Array], &[Array], Nothing, How::Resize, EXACT, "a shorter one keeps the tail (lossy), a longer one is filled with natural zeros (exact)"),
        rule(&[Map], &[Map], Nothing, How::Entries, EXACT, "key by key, value by value; keys that become one fail"),
        rule(&[Map], &[List], PairItems, How::Entries, GROWS, "tuples of key and value, in the order of the keys' bytes"),
        rule(&[List], &[Map], PairItems, How::Entries, SHRINKS, "tuples of key and value; doubled keys fail, the order is kept"),
        rule(&[Tuple, Unit], &[Tuple, Unit], Nothing, How::Positions, EXACT, "positions at the end are added or dropped"),
        rule(&[Struct, Unit], &[Struct, Unit], Nothing, How::Fields, EXACT, "fields are added, dropped and renamed"),
        rule(&[Tuple], &[Struct], Nothing, How::Fields, EXACT, "a field with `renamed_from = \"0\"` takes that position"),
        rule(&[Enum], &[Enum], Nothing, How::Variants, EXACT, "a variant that goes is checked: a row that has it fails"),
        rule(SINGLE, COLLECTIONS, Nothing, How::Gather, GROWS, "one item"),
        rule(COLLECTIONS, SINGLE, Nothing, How::Pick, SHRINKS, "exactly one item; a row with none or many fails"),
    ]
};

/// Two types of which one is to become the other, and what hints say of them.
#[derive(Clone, Copy)]
pub(crate) struct Meeting<'a> {
    pub(crate) old: &'a Shape,
    pub(crate) lower: NodeId,
    pub(crate) new: &'a Shape,
    pub(crate) upper: NodeId,
    /// Whether a hint names the field of a struct that takes or gives the value.
    pub(crate) is_hinted: bool,
}

impl Meeting<'_> {
    /// Finds the line of the table for the two types; none if they don't convert.
    pub(crate) fn rule(&self) -> Option<&'static Rule> {
        self.line().filter(|rule| rule.how != How::Refused)
    }

    /// Says what is unclear about two types that could convert in two ways.
    pub(crate) fn open_question(&self) -> Option<&'static str> {
        self.line()
            .filter(|rule| rule.how == How::Refused)
            .map(|rule| rule.note)
    }

    fn line(&self) -> Option<&'static Rule> {
        let (from, to) = (
            Kind::of(self.old.node(self.lower)),
            Kind::of(self.new.node(self.upper)),
        );
        let fits =
            |rule: &&Rule| rule.from.contains(&from) && rule.to.contains(&to) && self.meets(rule.needs);
        RULES.iter().find(fits)
    }

    fn meets(&self, needs: Needs) -> bool {
        let (old, new) = (self.old.node(self.lower), self.new.node(self.upper));
        let items = |node: &Node| match node {
            Node::Option(item) | Node::List(item) | Node::Set(item) | Node::Array(item, _) => Some(*item),
            _ => None,
        };
        // The item of the one of the two that has items.
        let item = |is_one: fn(&Shape, NodeId) -> bool| {
            items(old).is_some_and(|item| is_one(self.old, item))
                || items(new).is_some_and(|item| is_one(self.new, item))
        };
        match needs {
            Needs::Nothing => true,
            Needs::UnitEnum => is_unit_enum(self.old, self.lower) || is_unit_enum(self.new, self.upper),
            Needs::Octets => item(|shape, id| matches!(bare(shape, id).1, Node::Scalar(Scalar::U8))),
            Needs::Numbers => item(
                |shape, id| matches!(shape.node(id), Node::Scalar(item) if item.is_number() || *item == Scalar::Bool),
            ),
            Needs::Texts => item(|shape, id| matches!(bare(shape, id).1, Node::Scalar(Scalar::String))),
            Needs::PairItems => {
                item(|shape, id| matches!(shape.node(id), Node::Tuple(items) if items.len() == 2))
            }
            Needs::Hint => {
                let both = [innermost(self.old, self.lower), innermost(self.new, self.upper)];
                self.is_hinted && both.iter().any(|node| Kind::of(node) != Struct)
            }
            Needs::TwoReadings => self.has_two_readings(items(old), items(new)),
            Needs::PlainOption => match old {
                Node::Option(item) => !is_collection(bare(self.old, *item).1),
                _ => items(new).is_none_or(|item| !is_collection(bare(self.new, item).1)),
            },
            Needs::OtherDepth => items(old).zip(items(new)).is_some_and(|(from, to)| {
                let items = Self {
                    lower: bare(self.old, from).0,
                    upper: bare(self.new, to).0,
                    is_hinted: false,
                    ..*self
                };
                let nodes = (items.old.node(items.lower), items.new.node(items.upper));
                let byte = (Node::Scalar(Scalar::U8), Node::Scalar(Scalar::Bytes));
                nodes == (&byte.0, &byte.1)
                    || nodes == (&byte.1, &byte.0)
                    || items
                        .rule()
                        .is_some_and(|rule| matches!(rule.how, How::Gather | How::Pick))
            }),
        }
    }

    /// Tells whether the items of an option and of a collection leave open what stands for what.
    fn has_two_readings(&self, from: Option<NodeId>, to: Option<NodeId>) -> bool {
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        let (from, to) = (self.old.node(from), self.new.node(to));
        let (option, items) = match self.old.node(self.lower) {
            Node::Option(_) => (from, to),
            _ => (to, from),
        };
        let holds_places = matches!(items, Node::Option(_)) || is_collection(items);
        holds_places && !is_collection(option)
    }
}

/// Returns the type within options.
fn bare(shape: &Shape, id: NodeId) -> (NodeId, &Node) {
    match shape.node(id) {
        Node::Option(item) => bare(shape, *item),
        node => (id, node),
    }
}

/// Returns the type within options, lists and sets.
fn innermost(shape: &Shape, id: NodeId) -> &Node {
    match shape.node(id) {
        Node::Option(item) | Node::List(item) | Node::Set(item) => innermost(shape, *item),
        node => node,
    }
}

/// Tells whether a type holds any number of items.
fn is_collection(node: &Node) -> bool {
    matches!(node, Node::List(_) | Node::Set(_) | Node::Array(..))
}
