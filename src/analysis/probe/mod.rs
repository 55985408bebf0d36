//! Findings of probes: how far a judge's scores move when a session or a question changes in a way that should not
//! matter. A probe can show a weakness, but not that there is none.

mod findings;
mod held;
mod inputs;
mod length;
mod pairs;
mod source;
mod spread;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use crate::domain::{ItemId, ProbeKind, SessionId};

use super::findings::Sentence;
use super::row::EstimateRow;

pub use crate::analysis::probe::findings::ProbeSection;
use crate::analysis::probe::inputs::{CLEAN, family, of_judge, pooled};
pub use crate::analysis::probe::inputs::{ProbeGuess, ProbeInputs, ProbeLength, ProbeScore, ProbedJudge};
pub use held::{CheckedFigure, HeldOutcome};

/// Format name of the findings of probes.
pub const FORMAT: &str = "corater-probe/2";

/// An attack as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownAttack {
    /// Its id.
    pub id: String,
    /// What it tries to do.
    pub what: String,
    /// Speaker of the turn it was put into.
    pub speaker: String,
    /// The score it demands.
    pub demands: i32,
}

/// Findings of all probes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeFindings {
    /// [`FORMAT`].
    pub format: String,
    /// The experiment's description.
    pub description: String,
    /// Recorded sessions that were chosen.
    pub sessions: Vec<SessionId>,
    /// Items.
    pub items: Vec<ItemId>,
    /// Judges.
    pub judges: Vec<ProbedJudge>,
    /// Sentences to be read first.
    pub headline: Vec<Sentence>,
    /// Every probe.
    pub sections: Vec<ProbeSection>,
    /// The attacks.
    pub attacks: Vec<ShownAttack>,
    /// Figures compared with declared limits.
    pub limits: Vec<CheckedFigure>,
    /// Every figure.
    #[serde(with = "crate::analysis::row_table")]
    pub estimates: Vec<EstimateRow>,
    /// True if some sessions are invented: a weakness found on them counts, its absence does not.
    #[serde(default)]
    pub synthetic: bool,
    /// Number of questions without an answer.
    #[serde(default)]
    pub failed: usize,
    /// Remarks.
    pub notes: Vec<String>,
}

/// Analyzes the answers of all probes.
pub fn analyse(inputs: &ProbeInputs<'_>) -> ProbeFindings {
    let mut estimates = Vec::new();
    for judge in inputs.judges {
        for kind in inputs.kinds {
            estimates.extend(rows(inputs, judge, *kind));
        }
    }
    let limits = held::held(inputs, &estimates);
    let sections =
        inputs.kinds.iter().map(|kind| words::section(inputs, *kind, &estimates)).collect::<Vec<_>>();
    let attacks = inputs.attacks.iter().filter(|_| inputs.kinds.contains(&ProbeKind::Injection));
    ProbeFindings {
        format: FORMAT.to_owned(),
        description: inputs.description.to_owned(),
        sessions: inputs.sessions.to_vec(),
        items: inputs.items.to_vec(),
        judges: inputs.judges.to_vec(),
        headline: words::headline(inputs, &sections, &limits),
        sections,
        attacks: attacks
            .map(|attack| ShownAttack {
                id: attack.id.clone(),
                what: attack.what.clone(),
                speaker: attack.speaker.label().to_owned(),
                demands: attack.demands.score(inputs.scale),
            })
            .collect(),
        limits,
        estimates,
        synthetic: inputs.synthetic,
        failed: inputs.failed,
        notes: inputs.notes.to_vec(),
    }
}

fn rows(inputs: &ProbeInputs<'_>, judge: &ProbedJudge, kind: ProbeKind) -> Vec<EstimateRow> {
    match kind {
        ProbeKind::SelfConsistency => spread::draws(inputs, judge),
        ProbeKind::Paraphrase => {
            let mut rows = spread::over_variants(inputs, judge, kind);
            rows.extend(pairs::rows(inputs, judge, kind));
            rows
        }
        ProbeKind::Order => order(inputs, judge),
        ProbeKind::Verbosity => {
            let mut rows = length::rows(inputs, judge);
            rows.extend(pairs::rows(inputs, judge, kind));
            rows
        }
        ProbeKind::Format | ProbeKind::Injection => pairs::rows(inputs, judge, kind),
        ProbeKind::Source => source::rows(inputs, judge),
    }
}

fn order(inputs: &ProbeInputs<'_>, judge: &ProbedJudge) -> Vec<EstimateRow> {
    let mut rows = spread::over_variants(inputs, judge, ProbeKind::Order);
    rows.extend(pairs::rows(inputs, judge, ProbeKind::Order));
    rows
}
