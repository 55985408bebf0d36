//! How counselor turns ended, session dynamics, and the quality of the judges' evidence.

use serde::Serialize;

use crate::analysis::findings::Findings;
use crate::report::tables;

use super::more::{Plain, plain};

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct Outcomes<'f> {
    turns: Plain,
    dynamics: Plain,
    dynamics_wording: &'f str,
    in_characters: bool,
    coverage: Option<Plain>,
    evidence: Plain,
}

/// Builds the section.
pub(super) fn outcomes(findings: &Findings) -> Outcomes<'_> {
    Outcomes {
        turns: plain(&tables::outcomes(findings)),
        dynamics: plain(&tables::dynamics(findings)),
        dynamics_wording: &findings.dynamics.wording,
        in_characters: findings.dynamics.sessions.iter().any(|s| s.in_characters),
        coverage: tables::coverage(findings).as_ref().map(plain),
        evidence: plain(&tables::evidence(findings)),
    }
}
