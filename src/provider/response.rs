//! A response of a server, and how its values are read.

use std::time::Duration;

use serde_json::Value;

/// Text that is not empty.
pub(super) fn nonempty(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What came back, whole: the codec never sees a partial body. May hold transcript text: never log it.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// What the server asked us to wait (see [`failure::retry_after`]).
    pub retry_after: Option<Duration>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}
impl std::fmt::Debug for Response {
    /// Status and length only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}
