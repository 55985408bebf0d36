//! `corater`: reconstruct counseling sessions with language models, rate them, compare with clinicians.

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
