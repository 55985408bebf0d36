//! Compares figures of probes with the criteria. A limit without a figure leaves the gate inconclusive, because what
//! was not measured has not passed.

use std::collections::BTreeMap;

use super::{CheckedCriterion, FigureLimit, GateOutcome, check};
use crate::analysis::findings::{Findings, JudgeFinding};
use crate::analysis::probe::ProbeFindings;
use crate::analysis::row::EstimateRow;
use crate::domain::{AtMost, Digest, ProbeCriteria, ProbeKind};
use crate::stats::{Estimate, Undefined};

/// A stored probe: its findings and the judges it tested.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeReport {
    /// Name of the probe's folder.
    pub name: String,
    /// Findings of the probe.
    pub findings: ProbeFindings,
    /// Digest of everything that shapes each judge's scores; empty in probes of earlier versions.
    pub judges: BTreeMap<String, Digest>,
    /// Digest of the rubric.
    pub rubric: Option<Digest>,
}

/// The probes that a gate may read, and the judges whose figures it needs.
#[derive(Debug, Clone, Copy, Default)]
pub struct GateProbes<'a> {
    /// The stored probes.
    pub reports: &'a [ProbeReport],
    /// Names of probes without findings, because they were interrupted or a session was forgotten.
    pub unfinished: &'a [String],
    /// Digest of everything that shapes the scores of each of the run's judges.
    pub judges: Option<&'a BTreeMap<String, Digest>>,
    /// Digest of the run's rubric.
    pub rubric: Option<Digest>,
}

/// One declared limit: its key, the figure it concerns, and the limit itself.
struct ProbeLimit {
    key: &'static str,
    kind: ProbeKind,
    statistic: &'static str,
    limit: FigureLimit,
}

/// Statistic of the difference between arms at equal length; there is one per condition.
const EQUAL_LENGTH: &str = "contrast.equal_length";

/// The declared limits, in the order of the probes.
fn asked(criteria: &ProbeCriteria) -> Vec<ProbeLimit> {
    use ProbeKind::{Format, Injection, Order, Paraphrase, SelfConsistency, Source, Verbosity};
    let at_most = |limit: Option<AtMost>| limit.map(|limit| FigureLimit::AtMost(limit.max));
    let size = |limit: Option<AtMost>| limit.map(|limit| FigureLimit::Between(0.0 - limit.max, limit.max));
    // Rounded for display: 1 - 0.7 is 0.30000000000000004.
    let mirrored = |max: f64| ((1.0 - max) * 1e9).round() / 1e9;
    let area = criteria.source_auc.map(|limit| FigureLimit::Between(mirrored(limit.max), limit.max));
    let icc = criteria.self_consistency_icc.map(|limit| FigureLimit::AtLeast(limit.min));
    [
        ("injection_moved", Injection, "moved_rate", at_most(criteria.injection_moved)),
        ("injection_cited", Injection, "cited_injected_rate", at_most(criteria.injection_cited)),
        ("injection_lost", Injection, "lost_rate", at_most(criteria.injection_lost)),
        ("self_consistency_sd", SelfConsistency, "draws.sd", at_most(criteria.self_consistency_sd)),
        ("self_consistency_flips", SelfConsistency, "flip_rate", at_most(criteria.self_consistency_flips)),
        ("self_consistency_icc", SelfConsistency, "draws.icc_1", icc),
        ("paraphrase_sd", Paraphrase, "variants.sd", at_most(criteria.paraphrase_sd)),
        ("paraphrase_changed", Paraphrase, "changed_rate", at_most(criteria.paraphrase_changed)),
        ("order_sd", Order, "variants.sd", at_most(criteria.order_sd)),
        ("order_changed", Order, "changed_rate", at_most(criteria.order_changed)),
        ("verbosity_shift", Verbosity, "shift", size(criteria.verbosity_shift)),
        ("equal_length_contrast", Verbosity, EQUAL_LENGTH, size(criteria.equal_length_contrast)),
        ("format_shift", Format, "shift", size(criteria.format_shift)),
        ("format_changed", Format, "changed_rate", at_most(criteria.format_changed)),
        ("source_auc", Source, "auc", area),
    ]
    .into_iter()
    .filter_map(|(key, kind, statistic, limit)| Some(ProbeLimit { key, kind, statistic, limit: limit? }))
    .collect()
}

/// Checks every declared limit for every judge. A panel is not checked itself, but its members are.
pub(super) fn probed(
    findings: &Findings,
    criteria: &ProbeCriteria,
    probed: GateProbes<'_>,
) -> Vec<CheckedCriterion> {
    let asked = asked(criteria);
    let judges = findings.judges.iter().filter(|judge| judge.members.is_empty());
    let of = |judge: &JudgeFinding| -> Vec<CheckedCriterion> {
        asked.iter().flat_map(|asked| held(findings, &judge.id, asked, probed)).collect()
    };
    judges.flat_map(of).collect()
}

fn held(
    findings: &Findings,
    judge: &str,
    asked: &ProbeLimit,
    probed: GateProbes<'_>,
) -> Vec<CheckedCriterion> {
    let criterion = format!("probes.{}", asked.key);
    let open = |because: String, settle: &str| {
        let none = Estimate::undefined(Undefined::NotApplicable);
        let mut one = check(&criterion, judge, "", &none, asked.limit);
        one.undecided(because, settle);
        vec![one]
    };
    let report = match choose(judge, asked.kind, probed) {
        Ok(report) => report,
        Err((because, settle)) => return open(because, &settle),
    };
    let rows = rows(&report.findings, judge, asked);
    if rows.is_empty() {
        let because = format!("{} holds no figure `{}`", report.name, asked.statistic);
        let settle = if asked.statistic == EQUAL_LENGTH {
            "a probe that reads the conditions of this run: `corater probe EXPERIMENT --probes verbosity --run RUN`"
        } else {
            "another probe: the figure needs sessions in which the change can be made"
        };
        return open(because, settle);
    }
    rows.into_iter()
        .map(|row| {
            let subject = subject(findings, report, row);
            let mut one = check(&criterion, judge, &subject, &row.estimate, asked.limit);
            weigh(&mut one, report);
            one
        })
        .collect()
}

/// The only probe of this kind that tested this judge; otherwise the reason and the next step.
fn choose<'a>(
    judge: &str,
    kind: ProbeKind,
    probed: GateProbes<'a>,
) -> Result<&'a ProbeReport, (String, String)> {
    let again = format!("`corater probe EXPERIMENT --probes {kind}` with the experiment of this run");
    let has = |report: &&ProbeReport| report.findings.sections.iter().any(|section| section.kind == kind);
    let of_kind: Vec<&ProbeReport> = probed.reports.iter().filter(has).collect();
    if of_kind.is_empty() {
        let mut because = format!("no report of the probe {kind}");
        if !probed.unfinished.is_empty() {
            because = format!("{because}; cut off or stale: {}", probed.unfinished.join(", "));
        }
        return Err((because, again));
    }
    let misfit = |report: &&ProbeReport| misfit(judge, report, probed);
    let fitting: Vec<&ProbeReport> =
        of_kind.iter().copied().filter(|report| misfit(report).is_none()).collect();
    match fitting.as_slice() {
        [report] => Ok(report),
        [] => {
            let why = |report: &&ProbeReport| Some(format!("{}: {}", report.name, misfit(report)?));
            let why: Vec<String> = of_kind.iter().filter_map(why).collect();
            Err((format!("no probe {kind} of this judge ({})", why.join("; ")), again))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|report| report.name.as_str()).collect();
            let settle = "name one: --probe-report, or `reports` under `gates.probes`";
            Err((format!("several probes {kind} fit: {}", names.join(", ")), settle.to_owned()))
        }
    }
}

/// Why a probe did not test the run's judge.
fn misfit(judge: &str, report: &ProbeReport, probed: GateProbes<'_>) -> Option<&'static str> {
    let run = probed.judges.and_then(|judges| judges.get(judge));
    match (report.judges.get(judge), run) {
        (_, None) => Some("the run's manifest does not say what shaped this judge's scores"),
        (None, _) if report.judges.is_empty() => Some("does not say which judges it was put to"),
        (None, _) => Some("was put to other judges"),
        (Some(theirs), Some(ours)) if theirs != ours => {
            Some("was put to another model, decoding, prompt or number of draws")
        }
        _ if report.rubric != probed.rubric => Some("used another rubric"),
        _ => None,
    }
}

fn rows<'r>(findings: &'r ProbeFindings, judge: &str, asked: &ProbeLimit) -> Vec<&'r EstimateRow> {
    let family = format!("probe.{}", asked.kind);
    let by_arm = asked.statistic == EQUAL_LENGTH;
    let wanted = |row: &&EstimateRow| {
        let key = &row.key;
        key.family == family
            && key.judge == judge
            && key.statistic == asked.statistic
            && key.item == "pooled"
            && key.contrast.is_empty() != by_arm
    };
    findings.estimates.iter().filter(wanted).collect()
}

/// What a figure is based on: the probed items and sessions, not those of the run.
fn subject(findings: &Findings, report: &ProbeReport, row: &EstimateRow) -> String {
    let of_run = |id: &str| !matches!(id, "total" | "total_complete");
    let run = findings.items.iter().filter(|item| of_run(&item.id)).count();
    let own = |item: &&crate::analysis::findings::ItemFinding| {
        of_run(&item.id) && report.findings.items.iter().any(|id| id.as_str() == item.id)
    };
    let both = findings.items.iter().filter(own).count();
    let sessions = report.findings.sessions.len();
    let arm = if row.key.contrast.is_empty() { String::new() } else { format!("{}, ", row.key.contrast) };
    format!("{arm}{both} of {run} items, {sessions} sessions of {}", report.name)
}

/// Downgrades a pass that is based on invented sessions or on some of the answers; a failure remains.
fn weigh(one: &mut CheckedCriterion, report: &ProbeReport) {
    match (one.value.value(), one.value.interval()) {
        (Err(Undefined::NotApplicable), _) => {
            one.settle =
                Some("nothing: this figure does not apply to this judge; take its limit out".to_owned());
        }
        (Ok(_), Err(Undefined::NoVariance)) => {
            let steady =
                "a limit on a share (`..._changed`, `..._flips`): it has an interval where nothing varies";
            one.settle = Some(steady.to_owned());
        }
        (Err(_), _) | (_, Err(_)) => {
            one.settle = Some("more sessions in the probe (`--sessions`)".to_owned());
        }
        (Ok(_), Ok(_)) => {}
    }
    if one.outcome != GateOutcome::Pass {
        return;
    }
    if report.findings.failed > 0 {
        let failed = report.findings.failed;
        one.undecided(
            format!("the probe is incomplete: questions without an answer: {failed}"),
            "the same `corater probe` again: it asks what is missing",
        );
    } else if report.findings.synthetic {
        one.undecided(
            "the probed sessions are invented".to_owned(),
            "a probe on sessions that were recorded from people",
        );
    }
}
