//! Rust types as schemas: the traits that the derives implement, and the registry of entities.

mod auto;
mod conversion;
mod describe;
mod entity;
mod fields;
mod old_row;
pub mod opaque;
mod reference;
mod refers;
mod registry;
mod stored;
mod types;
mod validation;
mod view;

pub use auto::{Auto, AutoEntity, AutoKey, AutoKeys};
pub use conversion::{ConvertFn, IntoConverted, OwnConversion, converted, converted_back, taken};
pub use describe::{Describe, OwnCode, SlotHints, VariantHints};
pub use entity::{Declaration, Declared, EntityHints, IndexHints, QuantaEntity};
pub(crate) use fields::path_of;
pub use fields::{
    Across, Field, FieldSet, Fielded, In, Joined, Maybe, Place, RefersToOne, Start, Variant, Varied,
};
pub use old_row::{IntoInit, OldRow};
pub use reference::Ref;
pub use refers::{ReferenceHints, RefersTo};
pub(crate) use registry::linked;
pub use registry::{Entities, Registration, ViewRegistration, linked_views};
pub use stored::{AsKey, ByRef, ByValue, QuantaType};
pub use validation::{ValidateFn, validated};
pub use view::{DeclaredView, ViewDeclaration};
