//! Owns the ways a call can fail. A refusal by a model is not among them: that is a reply.

use serde::{Deserialize, Serialize};

/// What kind of failure it was; decides whether it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// 429: too many requests or tokens.
    RateLimited,
    /// 429 or 402 that says the account is out of credit.
    QuotaExhausted,
    /// 503 or 529: the server is busy or loading.
    Overloaded,
    /// Connection, timeout, other 5xx, 408, 409.
    Transient,
    /// A 200 whose body is not what the dialect promises: cut off, malformed, HTML, empty, too large.
    Malformed,
    /// 400, 403, 404, 413, 422 and redirects: the same request would fail again.
    Permanent,
    /// The request does not fit into the model's context, or is too large for the server.
    TooLong,
    /// The server does not take a parameter; the message names the key of the experiment.
    RejectedParameter,
    /// The key is missing there, wrong or withdrawn: no call can succeed until it is replaced.
    KeyRefused,
    /// The run was stopped before the call was made.
    Cancelled,
    /// No network is allowed and the ledger does not know the call.
    Offline,
    /// The request is not one this model can answer, such as a baseline judge without a transcript.
    Unsupported,
    /// The ledger could not be read or written: no reply may be used, and the run stops.
    Ledger,
}

impl FailureKind {
    /// True when the same request may succeed later without anyone changing anything.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded | Self::Transient | Self::Malformed)
    }

    /// True for a fault on the way to a reply or back, which another try may mend. What a model answers is never one.
    pub fn is_transport_fault(self) -> bool {
        matches!(self, Self::Overloaded | Self::Transient | Self::Malformed)
    }

    /// True when running again must not try the same request (`--retry-errors` does).
    pub fn is_permanent(self) -> bool {
        matches!(self, Self::Permanent | Self::TooLong | Self::RejectedParameter | Self::Unsupported)
    }
}

/// One failed call. Never holds transcript text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What happened, in one line, without text of the request or the reply.
    pub message: String,
    /// HTTP status, when there was one.
    pub status: Option<u16>,
    /// What the server asked us to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// True where the server refuses the model itself: every later call to it would fail alike.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_model: bool,
    /// Tries, the last one included; 0 when nothing was sent.
    #[serde(default)]
    pub attempts: u32,
}

impl Failure {
    /// A failure without HTTP details.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after_ms: None,
            of_model: false,
            attempts: 0,
        }
    }
}
