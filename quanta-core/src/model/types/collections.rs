//! Options, boxes, lists, sets, maps, arrays, tuples.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::model::{Describe, QuantaType};
use crate::schema::NodeId;

impl<T: QuantaType> QuantaType for Option<T> {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.option(T::describe)
    }

    fn encode(&self, out: &mut Encoder) {
        out.raw(&[u8::from(self.is_some())]);
        if let Some(value) = self {
            value.encode(out);
        }
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.is_some()? {
            T::decode(input).map(Some)
        } else {
            Ok(None)
        }
    }
}

macro_rules! pointers {
    ($($pointer:ident)*) => {
        $(impl<T: QuantaType> QuantaType for $pointer<T> {
            fn describe(shape: &mut Describe) -> NodeId {
                T::describe(shape)
            }

            fn encode(&self, out: &mut Encoder) {
                // A value past the nesting limit is not walked to its end: it may be deeper than the stack.
                if !out.is_failed() {
                    T::encode(self, out);
                }
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                T::decode(input).map($pointer::new)
            }
        })*
    };
}

pointers! { Box Arc }

impl<T: QuantaType> QuantaType for Vec<T> {
    fn describe(shape: &mut Describe) -> NodeId {
        T::describe_list(shape)
    }

    fn encode(&self, out: &mut Encoder) {
        T::encode_list(self, out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        T::decode_list(input)
    }
}

impl<T: QuantaType> QuantaType for VecDeque<T> {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.list(T::describe)
    }

    fn encode(&self, out: &mut Encoder) {
        let items: Vec<&T> = self.iter().collect();
        out.items(&items, |item, out| item.encode(out));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.enter()?;
        let count = input.count()?;
        let mut items = Self::with_capacity(Decoder::capacity::<T>(count));
        for _ in 0..count {
            items.push_back(T::decode(input)?);
        }
        input.leave();
        Ok(items)
    }
}

impl QuantaType for Cow<'static, str> {
    fn describe(shape: &mut Describe) -> NodeId {
        String::describe(shape)
    }

    fn encode(&self, out: &mut Encoder) {
        out.sized_bytes(self.as_bytes());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        String::decode(input).map(Cow::Owned)
    }
}

impl<T: QuantaType, const N: usize> QuantaType for [T; N] {
    fn describe(shape: &mut Describe) -> NodeId {
        shape.array(T::describe, N)
    }

    fn encode(&self, out: &mut Encoder) {
        out.enter();
        self.iter().for_each(|item| item.encode(out));
        out.leave();
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.enter()?;
        let mut items = Vec::with_capacity(N.min(Decoder::capacity::<T>(N)));
        for _ in 0..N {
            items.push(T::decode(input)?);
        }
        input.leave();
        items
            .try_into()
            .map_err(|_| input.error("an array has another length"))
    }
}

macro_rules! sets {
    ($($set:ident<T $(, $hasher:ident)?> where $($bound:path),+;)*) => {
        $(impl<T: QuantaType $(+ $bound)+ $(, $hasher: BuildHasher + Default + 'static)?> QuantaType for $set<T $(, $hasher)?> {
            fn describe(shape: &mut Describe) -> NodeId {
                shape.set(T::describe)
            }

            fn encode(&self, out: &mut Encoder) {
                out.sorted(self.iter(), |item, out| item.encode(out), |_, _| {});
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.enter()?;
                let mut items = Self::default();
                for _ in 0..input.count()? {
                    items.insert(T::decode(input)?);
                }
                input.leave();
                Ok(items)
            }
        })*
    };
}

sets! {
    BTreeSet<T> where Ord;
    HashSet<T, S> where Eq, Hash;
}

macro_rules! maps {
    ($($map:ident<K, V $(, $hasher:ident)?> where $($bound:path),+;)*) => {
        $(impl<K: QuantaType $(+ $bound)+, V: QuantaType $(, $hasher: BuildHasher + Default + 'static)?> QuantaType for $map<K, V $(, $hasher)?> {
            fn describe(shape: &mut Describe) -> NodeId {
                shape.map(K::describe, V::describe)
            }

            fn encode(&self, out: &mut Encoder) {
                out.sorted(self.iter(), |(key, _), out| key.encode(out), |(_, value), out| value.encode(out));
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.enter()?;
                let mut entries = Self::default();
                for _ in 0..input.count()? {
                    let key = K::decode(input)?;
                    entries.insert(key, V::decode(input)?);
                }
                input.leave();
                Ok(entries)
            }
        })*
    };
}

maps! {
    BTreeMap<K, V> where Ord;
    HashMap<K, V, S> where Eq, Hash;
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: QuantaType),+> QuantaType for ($($name,)+) {
            fn describe(shape: &mut Describe) -> NodeId {
                shape.tuple(&[$($name::describe),+])
            }

            #[expect(non_snake_case, reason = "a macro's type names serve as variable names")]
            fn encode(&self, out: &mut Encoder) {
                let ($($name,)+) = self;
                out.enter();
                $($name.encode(out);)+
                out.leave();
            }

            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                input.enter()?;
                let value = ($($name::decode(input)?,)+);
                input.leave();
                Ok(value)
            }
        }
    };
}

tuples! { A }
tuples! { A B }
tuples! { A B C }
tuples! { A B C D }
tuples! { A B C D E }
tuples! { A B C D E F }
tuples! { A B C D E F G }
tuples! { A B C D E F G H }
