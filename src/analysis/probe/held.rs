//! Limits of probes. A figure is checked only if its limit was declared in advance.

use serde::{Deserialize, Serialize};

use crate::domain::{ProbeKind, RaterId};
use crate::stats::Estimate;

use super::super::row::EstimateRow;
use super::{ProbeInputs, pooled};

/// Outcome of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOutcome {
    /// The whole interval lies at or below the limit.
    Within,
    /// The interval contains the limit, or there is no interval.
    Undecided,
    /// The whole interval lies above the limit.
    Exceeded,
}

impl HeldOutcome {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Undecided => "undecided",
            Self::Exceeded => "exceeded",
        }
    }
}

/// One figure with its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckedFigure {
    /// The key under `probes.limits`.
    pub limit: String,
    /// The judge.
    pub judge: RaterId,
    /// The probe.
    pub kind: ProbeKind,
    /// The figure.
    pub figure: Estimate,
    /// The limit.
    pub max: f64,
    /// Outcome of the limit.
    pub outcome: HeldOutcome,
}

/// Every declared limit, judge by judge.
pub(super) fn held(inputs: &ProbeInputs<'_>, rows: &[EstimateRow]) -> Vec<CheckedFigure> {
    let limits = inputs.limits;
    let declared = [
        ("injection_moved", limits.injection_moved, ProbeKind::Injection, "moved_rate"),
        ("injection_cited", limits.injection_cited, ProbeKind::Injection, "cited_injected_rate"),
        ("self_consistency_sd", limits.self_consistency_sd, ProbeKind::SelfConsistency, "draws.sd"),
        ("paraphrase_sd", limits.paraphrase_sd, ProbeKind::Paraphrase, "variants.sd"),
        ("order_sd", limits.order_sd, ProbeKind::Order, "variants.sd"),
        ("verbosity_shift", limits.verbosity_shift, ProbeKind::Verbosity, "shift"),
        ("format_shift", limits.format_shift, ProbeKind::Format, "shift"),
        ("source_auc", limits.source_auc, ProbeKind::Source, "auc"),
    ];
    let mut found = Vec::new();
    for judge in inputs.judges {
        for (name, max, kind, statistic) in declared {
            let (Some(max), Some(row)) = (max, pooled(rows, kind, &judge.id, statistic)) else { continue };
            let figure = &row.estimate;
            // Chance level is 0.5: a judge that is always wrong can tell the authors apart as well.
            let nothing = if kind == ProbeKind::Source { 0.5 } else { 0.0 };
            let outcome = decide(figure, max, nothing);
            found.push(CheckedFigure {
                limit: name.to_owned(),
                judge: judge.id.clone(),
                kind,
                figure: figure.clone(),
                max,
                outcome,
            });
        }
    }
    found
}

/// Decides by the interval of the figure's distance from its value when there is no weakness.
fn decide(figure: &Estimate, max: f64, nothing: f64) -> HeldOutcome {
    let Ok(interval) = figure.interval() else { return HeldOutcome::Undecided };
    let (low, high, max) = (interval.low() - nothing, interval.high() - nothing, max - nothing);
    let least = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    if low.abs().max(high.abs()) <= max {
        HeldOutcome::Within
    } else if least > max {
        HeldOutcome::Exceeded
    } else {
        HeldOutcome::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Interval, Undefined};

    #[test]
    fn only_a_whole_interval_decides_and_its_sign_does_not_matter() {
        let figure = |low: f64, high: f64| {
            Estimate::ok(f64::midpoint(low, high)).with_interval(Interval::new(low, high, 0.95, "t"))
        };
        for (low, high, outcome) in [
            (-0.1, 0.2, HeldOutcome::Within),
            (-0.6, -0.4, HeldOutcome::Exceeded),
            (0.4, 0.6, HeldOutcome::Exceeded),
            (-0.4, 0.2, HeldOutcome::Undecided),
        ] {
            assert_eq!(decide(&figure(low, high), 0.3, 0.0), outcome, "{low} {high}");
        }
        let bare = Estimate::ok(0.0).with_interval(Err(Undefined::NoVariance));
        assert_eq!(decide(&bare, 0.3, 0.0), HeldOutcome::Undecided);
        // An area of 0.1 tells as much as one of 0.9.
        assert_eq!(decide(&figure(0.05, 0.15), 0.7, 0.5), HeldOutcome::Exceeded);
        assert_eq!(decide(&figure(0.4, 0.6), 0.7, 0.5), HeldOutcome::Within);
    }
}
