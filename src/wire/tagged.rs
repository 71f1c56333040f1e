//! Unions discriminated by their `type`.

use wasm_bindgen::JsValue;

/// A message of an unknown type, or with fields that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an unreadable message: {0}")]
pub struct UnreadableMessage(pub String);

/// The `type` of a message.
pub(super) fn tag(message: &JsValue) -> Result<String, UnreadableMessage> {
    let tag = js_sys::Reflect::get(message, &"type".into()).ok().and_then(|tag| tag.as_string());
    tag.ok_or_else(|| UnreadableMessage("no type".to_owned()))
}

/// A message's fields.
pub(super) fn fields<T: serde::de::DeserializeOwned>(
    message: &JsValue,
) -> Result<T, UnreadableMessage> {
    super::read::read(message.clone()).map_err(|error| UnreadableMessage(error.to_string()))
}

/// Defines a union that is read by its tag. (Serde's own tagged enums buffer every field before they know
/// the variant, at ten times the code size.)
macro_rules! tagged {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$doc:meta])* $variant:ident $(($fields:ident))? = $tag:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(tag = "type"))]
        pub enum $name {
            $( $(#[$doc])* #[cfg_attr(feature = "typescript", ts(rename = $tag))] $variant $(($fields))?, )+
        }

        impl $name {
            /// Reads a message.
            ///
            /// # Errors
            /// When its type is unknown or its fields cannot be read.
            pub fn read(message: &wasm_bindgen::JsValue) -> Result<Self, $crate::wire::UnreadableMessage> {
                match $crate::wire::tagged::tag(message)?.as_str() {
                    $( $tag => Ok(Self::$variant $(($crate::wire::tagged::fields::<$fields>(message)?))?), )+
                    other => Err($crate::wire::UnreadableMessage(other.to_owned())),
                }
            }
        }
    };
}

pub(super) use tagged;
