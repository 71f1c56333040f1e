//! What a caller attaches to a check.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The JSON of a request's `metadata`, as it was written: whoever wants to know what is in it decides first how large it may be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawMetadata(Box<RawValue>);

impl RawMetadata {
    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for RawMetadata {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Keeps what it holds out of logs.
impl fmt::Debug for RawMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawMetadata(<{} bytes>)", self.as_str().len())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RawMetadata {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Metadata".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object" })
    }
}
