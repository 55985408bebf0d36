//! The Responses dialect of `OpenAI`, used without its memory: every request carries the whole conversation, and nothing
//! is stored there.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;
