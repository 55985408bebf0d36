//! The program as it is typed: exit code, stdout and stderr of the real binary, each test in a folder of its own.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the files they wrote, stop at the first surprise, and carry snapshots"
)]

#[path = "../support/mod.rs"]
mod support;

mod agree;
mod calibrate;
mod compare;
mod corpus;
mod drafts;
mod forgetting;
mod gate;
mod gate_probes;
mod label_budget;
mod measures;
mod modes;
mod outputs;
mod pages;
mod plain;
mod planning;
mod privacy;
mod probe;
mod process;
mod refusals;
mod running;
mod streams;
mod tables;
mod verbs;
