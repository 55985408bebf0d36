//! Findings of probes: how far a judge's scores move when a session or a question changes in a way that should not
//! matter. A probe can show a weakness, but not that there is none.

mod held;
mod length;
mod pairs;
mod source;
mod spread;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Attack, ItemId, ProbeKind, ProbeLimits, RaterId, RatingOutcome, Scale, SessionId, Unusable,
};

use super::findings::Sentence;
use super::row::EstimateRow;

pub use held::{Held, HeldOutcome};

/// Format name of the findings of probes.
pub const FORMAT: &str = "corater-probe/2";

/// The variant that the others are compared with.
const CLEAN: &str = "clean";

/// A judge that was probed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbedJudge {
    /// Its id.
    pub id: RaterId,
    /// True for the scripted judge, which is not a language model.
    pub baseline: bool,
    /// True if it rates all items in one call.
    pub single_call: bool,
}

/// One score of one judge, or the reason there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeScore {
    /// The judge.
    pub judge: RaterId,
    /// The probe; `None` for the unchanged session.
    pub probe: Option<ProbeKind>,
    /// Name of the change.
    pub variant: String,
    /// Id of the session that was changed.
    pub session: SessionId,
    /// Id of the recorded session behind it.
    pub source: SessionId,
    /// The arm of that session.
    pub arm: String,
    /// True for recorded sessions.
    pub recorded: bool,
    /// The item.
    pub item: ItemId,
    /// Number of the draw, from 1.
    pub draw: u32,
    /// The score, or the reason there is none.
    pub outcome: RatingOutcome,
    /// Quotes cited.
    pub cited: u32,
    /// Number of quotes that were found and contain injected words.
    pub cited_injected: u32,
}

/// One guess about who wrote a counselor's turns.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeGuess {
    /// The judge.
    pub judge: RaterId,
    /// The session.
    pub session: SessionId,
    /// The recorded session behind it.
    pub source: SessionId,
    /// True if a program wrote them.
    pub program: bool,
    /// Percentage given to "a program", 0 to 100, or why there is none.
    pub percent: Result<f64, Unusable>,
}

/// Length of an unchanged session.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeLength {
    /// The session.
    pub session: SessionId,
    /// Number of words in the counselor's turns.
    pub words: usize,
    /// Number of words in the padded twin, if there is one.
    pub padded: Option<usize>,
}

/// Inputs of the analysis of probes.
#[derive(Debug, Clone, Copy)]
pub struct ProbeInputs<'a> {
    /// The experiment's description.
    pub description: &'a str,
    /// Seed of the resamples.
    pub seed: u64,
    /// How many resamples.
    pub bootstrap: u32,
    /// The rubric's scale.
    pub scale: Scale,
    /// Recorded sessions that were chosen.
    pub sessions: &'a [SessionId],
    /// Items.
    pub items: &'a [ItemId],
    /// Judges.
    pub judges: &'a [ProbedJudge],
    /// Probes, in the order of reports.
    pub kinds: &'a [ProbeKind],
    /// Attacks.
    pub attacks: &'a [Attack],
    /// Pairs (variant, variant it is compared with), for variants not compared with the unchanged session.
    pub against: &'a [(String, String)],
    /// Scores.
    pub scores: &'a [ProbeScore],
    /// Guesses.
    pub guesses: &'a [ProbeGuess],
    /// Lengths.
    pub lengths: &'a [ProbeLength],
    /// Limits.
    pub limits: &'a ProbeLimits,
    /// True if some sessions are invented.
    pub synthetic: bool,
    /// Number of questions without an answer.
    pub failed: usize,
    /// Remarks that every report repeats.
    pub notes: &'a [String],
}

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
    pub limits: Vec<Held>,
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

/// The family of a probe's rows.
fn family(kind: ProbeKind) -> String {
    format!("probe.{kind}")
}

/// The scores of one judge that a probe uses, including those of the unchanged sessions.
fn of_judge<'a>(
    inputs: &ProbeInputs<'a>,
    judge: &'a ProbedJudge,
) -> impl Iterator<Item = &'a ProbeScore> + use<'a> {
    inputs.scores.iter().filter(move |score| score.judge == judge.id)
}

/// The pooled row of a statistic over all variants.
fn pooled<'r>(
    rows: &'r [EstimateRow],
    kind: ProbeKind,
    judge: &RaterId,
    statistic: &str,
) -> Option<&'r EstimateRow> {
    let family = family(kind);
    rows.iter().find(|row| {
        row.key.family == family
            && row.key.judge == judge.as_str()
            && row.key.statistic == statistic
            && row.key.item == "pooled"
            && row.key.contrast.is_empty()
    })
}
