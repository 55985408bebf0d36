//! Experiments as users write them: what loads, and what is said of what does not.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    reason = "tests write the files they load, stop at the first surprise, and carry snapshots"
)]

mod dialects;
mod embedded;
mod judging;
mod offers;
mod problems;
mod resolved;
mod support;
mod texts;
mod variants;
