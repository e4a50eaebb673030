//! What fields are compared with.

use std::borrow::Cow;

use crate::codec::Encoder;
use crate::model::{QuantaEntity, QuantaType, Ref};

/// What a field of type `T` can be compared with: a `T`, a reference to one, and what stands for one: a `&str` for a
/// `String`, a `T` for an `Option<T>`, a number or text for a `Ref` to the row that has it as its key.
///
/// ```
/// # use quantadb::{Engine, Options, QuantaEntity, Ref};
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct Team {
///     #[quanta(id)]
///     id: u64,
/// }
///
/// #[derive(QuantaEntity)]
/// # #[quanta(register = false)]
/// struct User {
///     #[quanta(id)]
///     name: String,
///     team: Ref<Team>,
///     mentor: Option<Ref<User>>,
/// }
///
/// let db = Options::new().engine(Engine::memory()).entities::<(Team, User)>().open("people")?;
/// db.collection::<Team>().insert(&Team { id: 1 })?;
/// let ada = User { name: "Ada".into(), team: Ref::new(1), mentor: None };
/// let bo = User { name: "Bo".into(), team: Ref::new(1), mentor: Some(Ref::to(&ada)?) };
/// db.collection::<User>().insert_many([ada, bo])?;
/// assert_eq!(db.query::<User>().filter(|u| u.team.eq(1_u64)).count()?, 2);
/// assert_eq!(db.query::<User>().filter(|u| u.mentor.eq("Ada")).one()?.name, "Bo");
/// # Ok::<(), quantadb::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` can't be compared with `{Self}`",
    label = "expected a `{T}`"
)]
pub trait Operand<T> {
    /// Writes what the value itself would write.
    #[doc(hidden)]
    fn encode_operand(self, out: &mut Encoder);
}

impl<T: QuantaType> Operand<T> for T {
    fn encode_operand(self, out: &mut Encoder) {
        self.encode(out);
    }
}

impl<T: QuantaType> Operand<T> for &T {
    fn encode_operand(self, out: &mut Encoder) {
        self.encode(out);
    }
}

impl<T: QuantaType> Operand<Option<T>> for T {
    fn encode_operand(self, out: &mut Encoder) {
        some(out, |out| self.encode(out));
    }
}

impl<T: QuantaType> Operand<Option<T>> for &T {
    fn encode_operand(self, out: &mut Encoder) {
        some(out, |out| self.encode(out));
    }
}

macro_rules! texts {
    ($($text:ty)*) => {
        $(impl Operand<$text> for &str {
            fn encode_operand(self, out: &mut Encoder) {
                out.sized_bytes(self.as_bytes());
            }
        }

        impl Operand<Option<$text>> for &str {
            fn encode_operand(self, out: &mut Encoder) {
                some(out, |out| out.sized_bytes(self.as_bytes()));
            }
        })*
    };
}

texts! { String Cow<'static, str> }

/// A `Ref` is stored as the key is, so what stands for the key stands for it.
macro_rules! keys {
    ($($key:ty, $operand:ty;)*) => {
        $(impl<E: QuantaEntity<Key = $key>> Operand<Ref<E>> for $operand {
            fn encode_operand(self, out: &mut Encoder) {
                Operand::<$key>::encode_operand(self, out);
            }
        }

        impl<E: QuantaEntity<Key = $key>> Operand<Option<Ref<E>>> for $operand {
            fn encode_operand(self, out: &mut Encoder) {
                some(out, |out| Operand::<$key>::encode_operand(self, out));
            }
        })*
    };
}

keys! {
    String, &str; String, &String; String, String;
    u8, u8; u16, u16; u32, u32; u64, u64; u128, u128;
    i8, i8; i16, i16; i32, i32; i64, i64; i128, i128;
}

impl Operand<Vec<u8>> for &[u8] {
    fn encode_operand(self, out: &mut Encoder) {
        out.sized_bytes(self);
    }
}

impl Operand<Option<Vec<u8>>> for &[u8] {
    fn encode_operand(self, out: &mut Encoder) {
        some(out, |out| out.sized_bytes(self));
    }
}

fn some(out: &mut Encoder, write: impl FnOnce(&mut Encoder)) {
    out.raw(&[1]);
    write(out);
}

/// Encodes an operand.
pub(super) fn encoded<T>(operand: impl Operand<T>) -> Result<Vec<u8>, String> {
    let mut out = Encoder::default();
    operand.encode_operand(&mut out);
    out.finish()
}
