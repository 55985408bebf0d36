//! Verdicts: whether an item is assessable at all, and whether the judge's agreement on it is acceptable. Thresholds
//! are relative to the clinicians' own agreement and declared in advance.

use serde::{Deserialize, Serialize};

pub use crate::domain::Margins;
use crate::stats::Estimate;

/// ICC(A,1) of the clinicians below which an item cannot tell a good judge from a bad one (Cicchetti's "poor").
const CEILING_ICC: f64 = 0.40;
/// Fewest complete sessions for a verdict on an item.
const MIN_SESSIONS: usize = 10;

/// Whether the clinicians agree enough on an item to evaluate a judge by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assessability {
    /// They do.
    Assessable,
    /// They barely do, or the judge's interval contains the margin.
    Caution,
    /// They do not.
    NotAssessable,
}

impl Assessability {
    /// The words used in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::Assessable => "assessable",
            Self::Caution => "caution",
            Self::NotAssessable => "not assessable",
        }
    }
}

/// Result of the thresholds for a judge on one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeVerdict {
    /// No worse than a clinician by more than the margin, and no arm favored by more than the margin.
    Acceptable,
    /// The intervals are insufficient to decide.
    Inconclusive,
    /// The error or the bias lies entirely beyond the margin.
    Failed,
}

impl JudgeVerdict {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Acceptable => "acceptable",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        }
    }
}

/// The two verdicts on one item with their reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemVerdict {
    /// Item id or `total`.
    pub item: String,
    /// The judge.
    pub judge: String,
    /// Whether the item is assessable.
    pub assessability: Assessability,
    /// Reasons for the assessability.
    pub because: Vec<String>,
    /// Verdict on the judge.
    pub verdict: JudgeVerdict,
    /// Reasons for the verdict.
    pub verdict_because: Vec<String>,
    /// The margin used.
    pub margin: f64,
}

/// Result for one side of the verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum VerdictSide {
    Inside,
    Open,
    Beyond,
}

/// The verdicts on one item from the clinicians' ICC(A,1), the judge's excess error over a clinician's, and its
/// bias by arm under every contrast.
pub(super) fn decide(
    item: &str,
    judge: &str,
    margin: f64,
    ceiling_icc: &Estimate,
    gap_mae: &Estimate,
    bias_by_arm: &[&Estimate],
) -> ItemVerdict {
    let (assessability, because) = assess(margin, ceiling_icc, gap_mae);
    let mut verdict_because = Vec::new();
    let excess = excess_side(margin, gap_mae, &mut verdict_because);
    let favour = favour_side(margin, bias_by_arm, &mut verdict_because);
    let verdict = match excess.max(favour) {
        // If clinicians do not agree on an item, or rated too few sessions, nothing is said against a judge.
        _ if assessability == Assessability::NotAssessable => {
            verdict_because.insert(0, "the item is not assessable".to_owned());
            JudgeVerdict::Inconclusive
        }
        VerdictSide::Inside => JudgeVerdict::Acceptable,
        VerdictSide::Open => JudgeVerdict::Inconclusive,
        VerdictSide::Beyond => JudgeVerdict::Failed,
    };
    ItemVerdict {
        item: item.to_owned(),
        judge: judge.to_owned(),
        assessability,
        because,
        verdict,
        verdict_because,
        margin,
    }
}

pub(super) fn assess(margin: f64, icc: &Estimate, gap: &Estimate) -> (Assessability, Vec<String>) {
    let mut because = Vec::new();
    match icc.value() {
        Err(reason) => because.push(format!("clinicians' ICC(A,1) is undefined ({reason})")),
        Ok(value) if value < CEILING_ICC => {
            because.push(format!("clinicians' ICC(A,1) is below {CEILING_ICC}"));
        }
        Ok(_) => {}
    }
    if icc.n_units() < MIN_SESSIONS {
        because
            .push(format!("only {} sessions rated by all clinicians, {MIN_SESSIONS} needed", icc.n_units()));
    }
    if !because.is_empty() {
        return (Assessability::NotAssessable, because);
    }
    match icc.interval() {
        Ok(interval) if interval.low() >= CEILING_ICC => {}
        Ok(_) => because.push(format!("the lower limit of the clinicians' ICC(A,1) is below {CEILING_ICC}")),
        Err(reason) => because.push(format!("the clinicians' ICC(A,1) has no interval ({reason})")),
    }
    if gap.interval().is_ok_and(|i| i.contains(margin)) {
        because.push(format!("the interval of the judge's excess error contains the margin {margin}"));
    }
    let word = if because.is_empty() { Assessability::Assessable } else { Assessability::Caution };
    (word, because)
}

fn excess_side(margin: f64, gap: &Estimate, because: &mut Vec<String>) -> VerdictSide {
    match gap.interval() {
        Ok(interval) if interval.high() < margin => VerdictSide::Inside,
        Ok(interval) if interval.low() > margin => {
            because.push("excess error over a clinician lies wholly beyond the margin".to_owned());
            VerdictSide::Beyond
        }
        Ok(_) => {
            because.push("the interval of the excess error over a clinician reaches the margin".to_owned());
            VerdictSide::Open
        }
        Err(reason) => {
            because.push(format!("excess error over a clinician has no interval ({reason})"));
            VerdictSide::Open
        }
    }
}

fn favour_side(margin: f64, contrasts: &[&Estimate], because: &mut Vec<String>) -> VerdictSide {
    if contrasts.is_empty() {
        because.push("there is no second arm to compare the judge's bias with".to_owned());
        return VerdictSide::Open;
    }
    let sides = contrasts.iter().map(|estimate| match estimate.interval() {
        Ok(i) if i.low() > -margin && i.high() < margin => (VerdictSide::Inside, None),
        Ok(i) if i.low() > margin || i.high() < -margin => {
            (VerdictSide::Beyond, Some("bias by arm lies wholly beyond the margin".to_owned()))
        }
        Ok(_) => (VerdictSide::Open, Some("the interval of bias by arm reaches the margin".to_owned())),
        Err(reason) => (VerdictSide::Open, Some(format!("bias by arm has no interval ({reason})"))),
    });
    let mut worst = VerdictSide::Inside;
    for (side, why) in sides {
        worst = worst.max(side);
        if let Some(why) = why.filter(|why| !because.contains(why)) {
            because.push(why);
        }
    }
    worst
}

/// Limits a total's verdict to the worst of its items.
pub(super) fn inherit_worst(verdicts: &mut [ItemVerdict], items: &[String]) {
    let worst: Vec<(String, Assessability, JudgeVerdict)> = verdicts
        .iter()
        .filter(|v| items.contains(&v.item))
        .map(|v| (v.judge.clone(), v.assessability, v.verdict))
        .collect();
    for total in verdicts.iter_mut().filter(|v| !items.contains(&v.item)) {
        let own = worst.iter().filter(|(judge, ..)| *judge == total.judge);
        let (assessability, verdict) = own
            .fold((total.assessability, total.verdict), |(a, v), (_, item_a, item_v)| {
                (a.max(*item_a), v.max(*item_v))
            });
        if assessability > total.assessability {
            total.because.push(format!("inherits \"{}\" from the worst item", assessability.words()));
            total.assessability = assessability;
        }
        if verdict > total.verdict {
            total.verdict_because.push(format!("inherits \"{}\" from the worst item", verdict.word()));
            total.verdict = verdict;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn estimate(low: f64, value: f64, high: f64, n: usize) -> Estimate {
        Estimate::ok(value).with_interval(Interval::new(low, high, 0.95, "test")).with_counts(n, 3, 0)
    }

    #[test]
    fn a_low_ceiling_is_not_the_judges_fault() {
        let verdict =
            decide("a", "J", 0.5, &estimate(0.0, 0.26, 0.5, 27), &estimate(-0.1, 0.0, 0.1, 27), &[]);
        assert_eq!(verdict.assessability, Assessability::NotAssessable);
        assert_eq!(verdict.because, ["clinicians' ICC(A,1) is below 0.4"]);
        assert_eq!(verdict.verdict, JudgeVerdict::Inconclusive);
    }

    #[test]
    fn favour_beyond_the_margin_fails_a_judge_that_agrees_otherwise() {
        let bias = estimate(1.0, 1.5, 2.0, 27);
        let verdict =
            decide("a", "J", 0.5, &estimate(0.5, 0.7, 0.9, 27), &estimate(-0.1, 0.0, 0.1, 27), &[&bias]);
        assert_eq!(
            (verdict.assessability, verdict.verdict),
            (Assessability::Assessable, JudgeVerdict::Failed)
        );
    }

    #[test]
    fn a_total_inherits_the_worst() {
        let good = |item: &str| {
            let (icc, gap, bias) =
                (estimate(0.5, 0.7, 0.9, 27), estimate(-0.1, 0.0, 0.1, 27), estimate(-0.1, 0.0, 0.1, 27));
            decide(item, "J", 0.5, &icc, &gap, &[&bias])
        };
        let mut verdicts = vec![good("a"), good("b"), good("total")];
        verdicts[0].assessability = Assessability::NotAssessable;
        inherit_worst(&mut verdicts, &["a".into(), "b".into()]);
        assert_eq!(verdicts[2].assessability, Assessability::NotAssessable);
        assert_eq!(verdicts[2].verdict, JudgeVerdict::Acceptable);
    }
}
