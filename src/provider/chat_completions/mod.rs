//! The Chat Completions dialect of `OpenAI` and of the servers that imitate it, each a little differently: written
//! strictly, read leniently.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::{Body, encode};
