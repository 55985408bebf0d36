//! `corater`: reconstruct counseling sessions with language models, rate them with a judge, and compare with clinicians.
//!
//! ```text
//! configs/*.yaml ──config──► Experiment ─┐
//!                                        ├─plan─► Plan ─► sessions ─► judging ─┐
//! sessions, ratings ─dataset─► Dataset ──┘           │ ask    │ ask            │
//!                                                    └─► chat::Chat ◄┘         │
//!                                                          ▲ implemented by    │
//!                          execute (ledger in store, limits, retry)            │
//!                            └► provider (wire) ─► network, or baseline        ▼
//!             Dataset ratings ────────────────► analysis (stats) ─► report ─► runs/<run>/
//! ```
//!
//! Which module may import which is a table in `docs/architecture.md`, held by `tests/architecture`; `docs/glossary.md`
//! has the vocabulary. `pipeline` composes the stages, `cli` is the shell.

pub mod analysis;
pub mod baseline;
pub mod chat;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod domain;
pub mod execute;
pub mod judging;
pub mod pipeline;
pub mod plan;
pub mod provider;
pub mod report;
pub mod sessions;
pub mod stats;
pub mod store;
pub mod text;
