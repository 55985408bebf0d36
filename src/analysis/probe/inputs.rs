//! What an analysis of probes is given, and how its rows are chosen.

use serde::{Deserialize, Serialize};

use crate::{
    analysis::row::EstimateRow,
    domain::{Attack, ItemId, ProbeKind, ProbeLimits, RaterId, RatingOutcome, Scale, SessionId, Unusable},
};

/// The variant that the others are compared with.
pub(super) const CLEAN: &str = "clean";
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
/// The family of a probe's rows.
pub(super) fn family(kind: ProbeKind) -> String {
    format!("probe.{kind}")
}
/// The scores of one judge that a probe uses, including those of the unchanged sessions.
pub(super) fn of_judge<'a>(
    inputs: &ProbeInputs<'a>,
    judge: &'a ProbedJudge,
) -> impl Iterator<Item = &'a ProbeScore> + use<'a> {
    inputs.scores.iter().filter(move |score| score.judge == judge.id)
}
/// The pooled row of a statistic over all variants.
pub(super) fn pooled<'r>(
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
