//! Findings of one kind of probe.

use serde::{Deserialize, Serialize};

use crate::{analysis::findings::Sentence, domain::ProbeKind};

/// One probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeSection {
    /// Kind of the probe.
    pub kind: ProbeKind,
    /// Its name for people.
    pub title: String,
    /// What was changed and what the figures mean.
    pub meaning: String,
    /// What a good result looks like.
    pub good: String,
    /// Findings, judge by judge.
    pub found: Vec<Sentence>,
}
