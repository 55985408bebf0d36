//! Whole runs of the real program, against scripted counselors and against a server of our own: what is the same
//! twice, what a cut costs, what becomes of bad answers.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read the files they wrote and stop at the first surprise"
)]

#[path = "../support/mod.rs"]
mod support;

mod alignment;
mod batch;
mod budget;
mod coherence;
mod doctor;
mod ethics;
mod exchange;
mod failures;
mod judging;
mod leaks;
mod modes;
mod probing;
mod quickstart;
mod resume;
mod reviewing;
mod roles;
mod server;
mod serving;
mod stopping;
mod study;
mod variants;
