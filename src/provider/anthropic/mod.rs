//! The Messages dialect of Anthropic.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::{encode, thinking};
