//! Owns the port through which the study asks a model. Ledger, limits, batching and retries are invisible here.

use std::future::Future;

use super::{Failure, Reply, Request};

/// Something that answers requests: the executor, or a closure in a test.
pub trait Chat: Sync {
    /// Asks one question. The reply has been recorded before it is returned.
    ///
    /// # Errors
    /// The call failed after its retries, or was not made.
    fn ask(&self, request: Request) -> impl Future<Output = Result<Reply, Failure>> + Send;
}

/// A pure function as a model: for tests and for the baselines.
#[derive(Debug, Clone, Copy)]
pub struct Scripted<F>(pub F);

impl<F> Chat for Scripted<F>
where
    F: Fn(&Request) -> Result<Reply, Failure> + Sync,
{
    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        (self.0)(&request)
    }
}
