//! The ways in which a call can fail. A refusal by a model is not among them, because it is a reply.

use serde::{Deserialize, Serialize};

/// Kind of a failure, which decides whether the call is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// 429: too many requests or tokens.
    RateLimited,
    /// 429 or 402 with the message that the account is out of credit.
    QuotaExhausted,
    /// 503 or 529: the server is busy or loading.
    Overloaded,
    /// Connection errors, timeouts, other 5xx, 408, 409.
    Transient,
    /// A 200 whose body is not valid for the dialect: cut off, malformed, HTML, empty, too large.
    Malformed,
    /// 400, 403, 404, 413, 422 and redirects: the same request would fail again.
    Permanent,
    /// The request exceeds the model's context, or is too large for the server.
    TooLong,
    /// The server rejects a parameter; the message names the experiment's key.
    RejectedParameter,
    /// The API key is missing, wrong or revoked: no call can succeed until it is replaced.
    KeyRefused,
    /// The run was stopped before the call was made.
    Cancelled,
    /// Network access is not allowed, and the ledger does not contain the call.
    Offline,
    /// The model cannot answer such a request, for example a baseline judge without a transcript.
    Unsupported,
    /// The ledger could not be read or written. No reply may be used, and the run stops.
    Ledger,
}

impl FailureKind {
    /// True if the same request may succeed later without anyone changing anything.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded | Self::Transient | Self::Malformed)
    }

    /// True for transport faults, which a retry may fix. What a model answers is never one.
    pub fn is_transport_fault(self) -> bool {
        matches!(self, Self::Overloaded | Self::Transient | Self::Malformed)
    }

    /// True if a later run must not repeat the same request (`--retry-errors` does).
    pub fn is_permanent(self) -> bool {
        matches!(self, Self::Permanent | Self::TooLong | Self::RejectedParameter | Self::Unsupported)
    }
}

/// One failed call. Never contains transcript text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What happened, in one line, without text of the request or the reply.
    pub message: String,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// Waiting time requested by the server, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// True if the server rejects the model itself, so that every later call to it would fail too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_model: bool,
    /// Number of attempts, including the last one; 0 if nothing was sent.
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
