//! The types of a model call, and the port through which calls are made. Knows neither the study nor a provider.

mod canonical;
pub mod decoding;
pub mod failure;
pub mod key;
pub mod message;
pub mod origin;
pub mod port;
pub mod reply;
pub mod reply_schema;
pub mod request;
pub mod template;

pub use decoding::{Capabilities, Decoding, MaxTokensField, StructuredOutput};
pub use failure::{Failure, FailureKind};
pub use key::{Addressee, CallKey};
pub use message::{Message, Role};
pub use origin::Origin;
#[cfg(test)]
pub(crate) use port::ScriptedChat;
pub use port::{Chat, ChatOf, Room};
pub use reply::{Finish, Reply, TokenLogprob, Usage};
pub use reply_schema::ReplySchema;
pub use request::{OutputFormat, Request};
pub use template::{TEMPLATE_ENGINE, Template, TemplateError};
