//! The port through which the study calls a model. It hides ledger, limits, batching and retries.

use std::{
    fmt,
    future::{Future, ready},
};

use super::{Failure, Origin, Reply, Request};

/// A permit to prepare one request; released on drop.
#[must_use = "dropping it gives the leave back"]
pub struct Room<'c>(Option<Box<dyn Send + 'c>>);

impl<'c> Room<'c> {
    /// A permit where preparation is not limited.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// A permit that holds one of a limited number of places until it is dropped.
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
    /// Waits for room to prepare a request to this model. Prompts are large, and those of requests that cannot be sent
    /// yet would fill the memory. Asking without a permit is allowed; it only takes memory.
    fn room<'c>(&'c self, _model: &str) -> impl Future<Output = Room<'c>> + Send {
        ready(Room::unlimited())
    }

    /// Makes one call. The reply is recorded before it is returned.
    ///
    /// # Errors
    /// The call failed after its retries, or was not made.
    fn ask(&self, request: Request) -> impl Future<Output = Result<Reply, Failure>> + Send;

    /// Like [`Chat::ask`]; the recorder of the call also notes the origin of the question.
    ///
    /// # Errors
    /// The same as [`Chat::ask`].
    fn ask_of(
        &self,
        _origin: &Origin,
        request: Request,
    ) -> impl Future<Output = Result<Reply, Failure>> + Send {
        self.ask(request)
    }
}

/// A chat whose questions all have the same origin.
#[derive(Debug)]
pub struct ChatOf<'c, C> {
    chat: &'c C,
    origin: Origin,
}

impl<'c, C: Chat> ChatOf<'c, C> {
    /// Sends questions to `chat` with this origin.
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

/// A pure function in the role of a model, for unit tests.
#[cfg(test)]
#[derive(Debug, Clone, Copy)]
pub struct ScriptedChat<F>(pub F);

#[cfg(test)]
impl<F> Chat for ScriptedChat<F>
where
    F: Fn(&Request) -> Result<Reply, Failure> + Sync,
{
    async fn ask(&self, request: Request) -> Result<Reply, Failure> {
        (self.0)(&request)
    }
}
