//! Owns the port through which the study asks a model. Ledger, limits, batching and retries are invisible here.

use std::{
    fmt,
    future::{Future, ready},
};

use super::{Failure, Origin, Reply, Request};

/// Leave to prepare a question; given back when dropped.
#[must_use = "dropping it gives the leave back"]
pub struct Room<'c>(Option<Box<dyn Send + 'c>>);

impl<'c> Room<'c> {
    /// Where nothing limits how many questions are prepared.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// A place of a limited number, held until the leave is dropped.
    pub fn holding(place: impl Send + 'c) -> Self {
        Self(Some(Box::new(place)))
    }
}

impl fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Room(limited)" } else { "Room(unlimited)" })
    }
}

/// Something that answers requests: the executor, or a closure in a test.
pub trait Chat: Sync {
    /// Waits until it is worth preparing a question to this model: prompts are large, and those of questions that
    /// cannot be sent yet would stand in memory. Asking without is allowed; it only takes memory.
    fn room<'c>(&'c self, _model: &str) -> impl Future<Output = Room<'c>> + Send {
        ready(Room::unlimited())
    }

    /// Asks one question. The reply has been recorded before it is returned.
    ///
    /// # Errors
    /// The call failed after its retries, or was not made.
    fn ask(&self, request: Request) -> impl Future<Output = Result<Reply, Failure>> + Send;

    /// As [`Chat::ask`], and whatever records the call notes beside it whose words the question was made of.
    ///
    /// # Errors
    /// As [`Chat::ask`].
    fn ask_of(
        &self,
        _origin: &Origin,
        request: Request,
    ) -> impl Future<Output = Result<Reply, Failure>> + Send {
        self.ask(request)
    }
}

/// A chat all of whose questions are made of the words of one origin.
#[derive(Debug)]
pub struct ChatOf<'c, C> {
    chat: &'c C,
    origin: Origin,
}

impl<'c, C: Chat> ChatOf<'c, C> {
    /// Asks `chat`, and names the origin with each question.
    pub fn new(chat: &'c C, origin: Origin) -> Self {
        Self { chat, origin }
    }
}

impl<C: Chat> Chat for ChatOf<'_, C> {
    async fn room<'r>(&'r self, model: &str) -> Room<'r> {
        self.chat.room(model).await
    }

    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        self.chat.ask_of(&self.origin, request).await
    }

    async fn ask_of(&self, origin: &Origin, request: Request) -> Result<Reply, Failure> {
        self.chat.ask_of(origin, request).await
    }
}

/// A pure function as a model, for unit tests.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub struct Scripted<F>(pub F);

#[cfg(test)]
impl<F> Chat for Scripted<F>
where
    F: Fn(&Request) -> Result<Reply, Failure> + Sync,
{
    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        (self.0)(&request)
    }
}
