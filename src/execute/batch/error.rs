//! Why a batch could not be sent or read.

use crate::{chat::Failure, store::StoreError};

/// Why batches cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// No batch interface.
    #[error("endpoint `{endpoint}`: dialect `{dialect}` has no batch interface here")]
    NotOffered {
        /// The endpoint.
        endpoint: String,
        /// Its dialect.
        dialect: &'static str,
    },
    /// The server refused.
    #[error("endpoint `{endpoint}`: the batch was refused: {message}")]
    Refused {
        /// The endpoint.
        endpoint: String,
        /// Why.
        message: String,
    },
    /// Several batches could be the one that was submitted.
    #[error("endpoint `{endpoint}`: a submission was cut off, and {count} batches there could be it")]
    Ambiguous {
        /// The endpoint.
        endpoint: String,
        /// How many.
        count: usize,
    },
    /// The server could not be asked.
    #[error("{0}")]
    Call(Failure),
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
