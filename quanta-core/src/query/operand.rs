//! What fields are compared with.

use std::borrow::Cow;

use crate::codec::Encoder;
use crate::model::QuantaType;

/// What a field of type `T` can be compared with: a `T`, a reference to one, and what stands for one: a `&str` for a
/// `String`, a `T` for an `Option<T>`.
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
