//! What integration tests share. Each test binary includes this folder as a module and uses what it needs.
#![allow(clippy::disallowed_methods, reason = "tests read and write the files of their folders")]
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(unreachable_pub, reason = "a module of several binaries")]

pub mod answer;
pub mod batches;
pub mod program;
pub mod server;
