//! Experiments as users write them: what loads, and what is said of what does not.
#![allow(missing_docs, reason = "tests")]

mod embedded;
mod problems;
mod resolved;
mod support;
mod texts;
