//! How often an aligner finds the client turn that really came next, compared with chance and the word-overlap rule.
//! Only recorded sessions show this; an aligner's choice after a turn that a model wrote cannot be checked.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::domain::{AlignedAnswer, AlignerReply, Session};
use crate::stats::descriptive::is_constant;
use crate::stats::prevalence::clustered_share;
use crate::stats::{Estimate, Undefined, bootstrap::Clusters};
use crate::text::bm25::Bm25;

use super::LEVEL;
use super::measures::{resampled_mean, with_bootstrap};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};

/// Format name of the findings.
pub const FORMAT: &str = "corater-aligner/2";

/// Inputs of the analysis.
#[derive(Debug, Clone, Copy)]
pub struct AlignmentInputs<'a> {
    /// The experiment's description.
    pub description: &'a str,
    /// Name of the aligner in reports.
    pub aligner: &'a str,
    /// True if the aligner is the word-overlap rule itself.
    pub baseline: bool,
    /// The recorded sessions.
    pub sessions: &'a [Session],
    /// Every answer.
    pub answers: &'a [AlignedAnswer],
    /// Seed of the resamples.
    pub seed: u64,
    /// How many resamples.
    pub bootstrap: u32,
}

/// Findings about an aligner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlignmentFindings {
    /// [`FORMAT`].
    pub format: String,
    /// The experiment's description.
    pub description: String,
    /// Name of the aligner.
    pub aligner: String,
    /// True if it is a rule and not a language model.
    pub baseline: bool,
    /// True if some sessions are invented.
    pub synthetic: bool,
    /// Number of sessions with a question.
    pub sessions: usize,
    /// Number of questions without an answer because the call failed.
    pub failed: usize,
    /// The figures, family `aligner`.
    #[serde(with = "crate::analysis::row_table")]
    pub estimates: Vec<EstimateRow>,
    /// Every answer, without transcript text.
    pub answers: Vec<AlignedAnswer>,
}

/// One question with its figures.
struct AlignerQuestion<'a> {
    answer: &'a AlignedAnswer,
    source: &'a str,
    /// 1 if the turn that came next was chosen, otherwise 0; `None` if the call failed.
    hit: Option<f64>,
    by_rule: Rank,
}

/// Rank of the turn that came next by the word-overlap rule. Ties share their ranks: the expectation over a random
/// order of them.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rank {
    first: f64,
    reciprocal: f64,
}

/// Analyses the answers.
pub fn analyse(inputs: &AlignmentInputs<'_>) -> AlignmentFindings {
    let sessions: HashMap<&str, &Session> =
        inputs.sessions.iter().map(|session| (session.id.as_str(), session)).collect();
    let asked: Vec<AlignerQuestion<'_>> = inputs
        .answers
        .iter()
        .filter_map(|answer| asked(answer, sessions.get(answer.session.as_str())?))
        .collect();
    let mut own: Vec<&str> = asked.iter().map(|one| one.answer.session.as_str()).collect();
    own.sort_unstable();
    own.dedup();
    AlignmentFindings {
        format: FORMAT.to_owned(),
        description: inputs.description.to_owned(),
        aligner: inputs.aligner.to_owned(),
        baseline: inputs.baseline,
        synthetic: own.iter().any(|id| sessions.get(id).is_some_and(|s| s.provenance.synthetic)),
        sessions: own.len(),
        failed: asked.iter().filter(|one| one.hit.is_none()).count(),
        estimates: rows(inputs, &asked),
        answers: inputs.answers.to_vec(),
    }
}

fn asked<'a>(answer: &'a AlignedAnswer, session: &'a Session) -> Option<AlignerQuestion<'a>> {
    let text = |number: u32| session.turn(number).map(|turn| turn.text.as_str());
    let offered: Vec<&str> = answer.offered.iter().filter_map(|number| text(*number)).collect();
    let truth = answer.offered.iter().position(|number| *number == answer.next)?;
    let scores = Bm25::new(offered).scores(text(answer.counselor_turn)?);
    let hit = answer.hit().map(|hit| if hit { 1.0 } else { 0.0 });
    Some(AlignerQuestion { answer, source: session.source.as_str(), hit, by_rule: rank(&scores, truth) })
}

fn rank(scores: &[f64], truth: usize) -> Rank {
    let own = scores[truth];
    let better = scores.iter().filter(|score| **score > own).count();
    let equal = scores.iter().filter(|score| score.total_cmp(&own).is_eq()).count();
    let reciprocal = (better + 1..=better + equal).map(|rank| 1.0 / rank as f64).sum::<f64>();
    Rank { first: if better == 0 { 1.0 / equal as f64 } else { 0.0 }, reciprocal: reciprocal / equal as f64 }
}

/// Probability of the first rank, and mean reciprocal rank, of a random order.
fn chance(asked: &AlignerQuestion<'_>) -> Rank {
    let n = asked.answer.offered.len();
    let reciprocal = (1..=n).map(|rank| 1.0 / rank as f64).sum::<f64>();
    Rank { first: 1.0 / n as f64, reciprocal: reciprocal / n as f64 }
}

/// 1 if the turn shown first is chosen. Candidates are shown in random order, so a rate above chance reveals a
/// preference for the position.
fn first_shown(answer: &AlignedAnswer) -> f64 {
    match (answer.said, answer.offered.first()) {
        (AlignerReply::Turn { number }, Some(first)) if number == *first => 1.0,
        _ => 0.0,
    }
}

fn rows(inputs: &AlignmentInputs<'_>, all: &[AlignerQuestion<'_>]) -> Vec<EstimateRow> {
    let resampling = Resampling::new(inputs.seed, inputs.bootstrap);
    let key = EstimateKey { judge: inputs.aligner.to_owned(), ..EstimateKey::of("aligner") };
    let over = |name: &str, value: &dyn Fn(&AlignerQuestion<'_>) -> Option<f64>| {
        EstimateRow::new(key.statistic(name), &mean(&resampling, all, value))
    };
    let share = |name: &str, fits: fn(AlignerReply) -> bool| {
        let known = all.iter().filter(|one| one.hit.is_some());
        let parts: Vec<(&str, usize, usize)> =
            known.map(|one| (one.source, usize::from(fits(one.answer.said)), 1)).collect();
        let n = parts.len();
        let estimate = clustered_share(parts, LEVEL).with_counts(n, 1, all.len() - n);
        EstimateRow::new(key.statistic(name), &estimate)
    };
    // The answer is a single turn: a language model gives no ranking of the others.
    let mrr = if inputs.baseline {
        over("mrr", &|one| Some(one.by_rule.reciprocal))
    } else {
        EstimateRow::new(key.statistic("mrr"), &Estimate::undefined(Undefined::NotApplicable))
    };
    vec![
        over("hit_at_1", &|one| one.hit),
        over("hit_at_1.chance", &|one| Some(chance(one).first)),
        over("hit_at_1.over_chance", &|one| Some(one.hit? - chance(one).first)),
        over("hit_at_1.bm25", &|one| Some(one.by_rule.first)),
        over("hit_at_1.over_bm25", &|one| Some(one.hit? - one.by_rule.first)),
        mrr,
        over("mrr.chance", &|one| Some(chance(one).reciprocal)),
        over("mrr.bm25", &|one| Some(one.by_rule.reciprocal)),
        over("first_shown", &|one| one.hit.map(|_| first_shown(one.answer))),
        share("none_fits_rate", |said| said == AlignerReply::NoneFits),
        share("unreadable_rate", |said| said == AlignerReply::Unreadable),
    ]
}

/// A mean over questions, with recorded sessions resampled; no interval if the values do not vary.
fn mean(
    resampling: &Resampling,
    all: &[AlignerQuestion<'_>],
    value: &dyn Fn(&AlignerQuestion<'_>) -> Option<f64>,
) -> Estimate {
    let found: Vec<(f64, &str)> = all.iter().filter_map(|one| Some((value(one)?, one.source))).collect();
    let (values, sources): (Vec<f64>, Vec<&str>) = found.into_iter().unzip();
    let mean = crate::stats::descriptive::mean(&values).ok_or(Undefined::TooFewUnits);
    let estimate = Estimate::from_result(mean);
    let estimate = if values.len() > 1 && is_constant(&values) {
        estimate.with_interval(Err(Undefined::NoVariance))
    } else {
        // One random stream for all figures, so that equal figures get equal intervals.
        let clusters = Clusters::from_labels(&sources);
        with_bootstrap(estimate, resampled_mean(&values, &clusters, resampling, "aligner"))
    };
    estimate.with_counts(values.len(), 1, all.len() - values.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_their_ranks() {
        assert_eq!(rank(&[2.0, 1.0, 0.0], 0), Rank { first: 1.0, reciprocal: 1.0 });
        assert_eq!(rank(&[2.0, 1.0, 0.0], 1), Rank { first: 0.0, reciprocal: 0.5 });
        // Two at the head: first half the time, else second.
        assert_eq!(rank(&[2.0, 2.0, 0.0], 1), Rank { first: 0.5, reciprocal: 0.75 });
    }
}
