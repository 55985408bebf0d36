//! The gate: whether the judge's scores may be trusted, by criteria declared in advance. It reads findings and computes
//! only the comparison with an earlier run.
//!
//! A criterion passes or fails only if the whole 95 % interval lies on one side of its limit. All criteria must pass
//! (an intersection-union test, which needs no correction for passing), and one failure fails the gate.

mod checked;
mod limit;
mod probed;
mod regression;
mod served;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{AtLeast, AtMost, Criteria, OnItems};
use crate::stats::bootstrap::clustered_mean;
use crate::stats::{Estimate, Undefined};

use super::LEVEL;
use super::findings::{Author, Findings};
use super::verdict::{Assessability, assess};
pub(super) use limit::{FigureLimit, check};

pub use crate::analysis::gate::checked::{CheckedCriterion, GateOutcome};
pub use probed::{GateProbes, ProbeReport};
pub use regression::{ErrorChange, ErrorChanges, JudgedRun, error_changes};

/// Format name of a gate's JSON.
pub const FORMAT: &str = "corater-gate/1";

/// Result of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateFinding {
    /// [`FORMAT`].
    pub format: String,
    /// The worst outcome of the criteria; always inconclusive if ratings are invented or no criterion was declared.
    pub outcome: GateOutcome,
    /// Why the whole gate is inconclusive, whatever the criteria say.
    pub because: Vec<String>,
    /// Every criterion, in the order of `gates`.
    pub checked: Vec<CheckedCriterion>,
    /// The criteria as declared.
    pub criteria: Criteria,
}

/// Compares the findings of a run with the criteria. `earlier` gives each judge's change of error since the earlier run
/// and `probes` the findings of probes; each is read only if the criteria require it.
pub fn gate(
    findings: &Findings,
    criteria: &Criteria,
    earlier: &BTreeMap<String, ErrorChanges>,
    probes: GateProbes<'_>,
) -> GateFinding {
    let mut checked = Vec::new();
    if let Some(on) = &criteria.gap_to_ceiling {
        checked.extend(gaps(findings, criteria, on));
    }
    if let Some(on) = &criteria.bias_by_arm {
        checked.extend(biases(findings, criteria, on));
    }
    if let Some(limit) = criteria.unusable_rate {
        checked.extend(unusable(findings, limit));
    }
    if let Some(limit) = criteria.verified_quote_rate {
        checked.extend(quotes(findings, limit));
    }
    for (axis, limit) in &criteria.flags_per_100_turns {
        checked.extend(flags(findings, axis, *limit));
    }
    if criteria.one_judge_version {
        checked.extend(served::one_version(findings));
    }
    if let Some(regression) = &criteria.regression {
        let limit = FigureLimit::Below(regression.margin);
        checked
            .extend(findings.judges.iter().map(|judge| regressed(&judge.id, limit, earlier.get(&judge.id))));
    }
    if let Some(limits) = &criteria.probes {
        checked.extend(probed::probed(findings, limits, probes));
    }
    let mut because = Vec::new();
    if findings.synthetic.ratings > 0 {
        because.push("ratings are invented: nothing can be concluded about any judge".to_owned());
    }
    because.extend(served::cut_prompts(findings));
    if criteria.is_empty() {
        because.push("no criterion is declared".to_owned());
    } else if checked.is_empty() {
        because.push("the run holds nothing that the criteria are about".to_owned());
    }
    let worst = checked.iter().map(|c| c.outcome).max().unwrap_or(GateOutcome::Inconclusive);
    let outcome = if because.is_empty() { worst } else { GateOutcome::Inconclusive };
    GateFinding { format: FORMAT.to_owned(), outcome, because, checked, criteria: criteria.clone() }
}

fn gaps(findings: &Findings, criteria: &Criteria, on: &OnItems) -> Vec<CheckedCriterion> {
    let meant = |item: &str| on.means(item) && (item == "total" || is_item(findings, item));
    let mut checked = Vec::new();
    for agreement in findings.agreement.iter().filter(|a| !a.judge.is_empty() && meant(&a.item)) {
        let margin = criteria.margins.of(&agreement.item);
        let mut one = check(
            "gap_to_ceiling",
            &agreement.judge,
            &agreement.item,
            &agreement.gap_mae,
            FigureLimit::Below(margin),
        );
        let (assessability, why) = assess(margin, &agreement.human_icc, &agreement.gap_mae);
        if assessability == Assessability::NotAssessable {
            one.undecided(
                format!("the item is not assessable: {}", why.join("; ")),
                "more sessions rated by all clinicians, or clinicians who agree more on it",
            );
        } else if one.outcome == GateOutcome::Pass && agreement.beats_constant != Some(true) {
            one.undecided(
                "the judge does not beat a constant prediction: it carries no information".to_owned(),
                "sessions that differ more, or a judge that tells them apart",
            );
        }
        checked.push(one);
    }
    checked
}

fn biases(findings: &Findings, criteria: &Criteria, on: &OnItems) -> Vec<CheckedCriterion> {
    let meant = |item: &str| on.means(item) && (item == "total" || is_item(findings, item));
    let found = findings.bias_by_arm.iter().filter(|bias| meant(&bias.item));
    found
        .map(|bias| {
            let subject = format!("{}: {}", bias.item, bias.contrast);
            let limit = FigureLimit::Within(criteria.margins.of(&bias.item));
            check("bias_by_arm", &bias.judge, &subject, &bias.difference, limit)
        })
        .collect()
}

fn unusable(findings: &Findings, limit: AtMost) -> Vec<CheckedCriterion> {
    let of = |judge: &super::findings::JudgeFinding| {
        check("unusable_rate", &judge.id, "", &judge.unusable_rate, FigureLimit::AtMost(limit.max))
    };
    findings.judges.iter().map(of).collect()
}

fn quotes(findings: &Findings, limit: AtLeast) -> Vec<CheckedCriterion> {
    let of = |judge: &super::findings::JudgeFinding| {
        check("verified_quote_rate", &judge.id, "", &judge.verified_rate, FigureLimit::AtLeast(limit.min))
    };
    findings.judges.iter().map(of).collect()
}

fn flags(findings: &Findings, axis: &str, limit: AtMost) -> Vec<CheckedCriterion> {
    let ours = findings.flags.rates.iter().filter(|rate| {
        rate.kind.word() == axis
            && rate.category.is_empty()
            && rate.author == Author::Ai
            && rate.arm != "original"
    });
    ours.map(|rate| {
        check(
            "flags_per_100_turns",
            "",
            &format!("{axis}: {}", rate.arm),
            &rate.per_100_turns,
            FigureLimit::AtMost(limit.max),
        )
    })
    .collect()
}

fn regressed(judge: &str, limit: FigureLimit, changes: Option<&ErrorChanges>) -> CheckedCriterion {
    let Some(changes) = changes else {
        let mut one = check("regression", judge, "", &Estimate::undefined(Undefined::NoPairs), limit);
        one.undecided("there is no earlier run to compare with".to_owned(), "name one with --baseline");
        return one;
    };
    let (values, sources): (Vec<f64>, Vec<&str>) =
        changes.changes.iter().map(|change| (change.change, change.source.as_str())).unzip();
    let estimate = clustered_mean(&values, &sources, LEVEL).with_counts(values.len(), 2, changes.unpaired);
    check("regression", judge, "mean absolute error over items", &estimate, limit)
}

fn is_item(findings: &Findings, item: &str) -> bool {
    findings.items.iter().any(|known| known.id == item) && item != "total_complete"
}
