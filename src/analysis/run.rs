//! Asks the questions about a run in order and puts the answers into [`Findings`].

use std::collections::{BTreeSet, HashMap};

use crate::domain::{Mode, Session};
use crate::stats::{Estimate, Undefined};

use super::ceiling::Ceiling;
use super::findings::{
    AgreementFinding, ArmFinding, Author, BiasByArm, Counts, FORMAT, Findings, ItemFinding, RubricFinding,
    Synthetic,
};
use super::inputs::Inputs;
use super::layout::{RaterLayout, layout};
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, SheetKind};
use super::verdict::{self, ItemVerdict, Margins};
use super::{
    agreement, alternative, arms, bias, calibration, ceiling, coherence, competence, consistency, contrast,
    corrected, coverage, dynamics, equivalence, ethics, evidence, flags, grounding, headline, judged, marks,
    measure_check, outcomes, phrase, published, repeatability, safety, served, variants,
};

/// Answers every question of the study. Pure: the same inputs, in any order, give the same findings.
pub fn analyse(inputs: &Inputs<'_>) -> Findings {
    let layout = layout(inputs);
    let panel = &layout.panel;
    let resampling = &Resampling::new(inputs.seed, inputs.bootstrap);
    let mut estimates = agreement::rows(panel, resampling, Some(inputs.rubric));
    let ceilings = ceiling::ceilings(panel, resampling);
    estimates.extend(ceilings.iter().flat_map(|c| c.rows.iter().cloned()));
    let (bias_by_arm, rows) = bias::bias_by_arm(panel);
    estimates.extend(rows);
    let (corrected, rows) = corrected::corrected_means(panel);
    estimates.extend(rows);
    let (rank_orders, rows) = corrected::rank_orders(panel, &corrected);
    estimates.extend(rows);
    let (alternatives, rows) = alternative::alternatives(panel);
    estimates.extend(rows);
    let (calibrated, rows) = calibration::calibrated_means(panel, inputs);
    estimates.extend(rows);
    let (arm_items, rows) = arms::arm_items(&layout, inputs.rubric);
    estimates.extend(rows);
    let (contrasts, rows) = contrast::contrasts(panel, inputs.seed);
    estimates.extend(rows);
    let arms = arm_findings(inputs, &layout);
    let published = inputs.reference.map(|reference| published::published(reference, &arms, &contrasts));
    let published = published.map(|(found, rows)| {
        estimates.extend(rows);
        found
    });
    let (flags, rows) = flags::flags(inputs, &layout.sessions, &panel.arms, resampling);
    estimates.extend(rows);
    estimates.extend(marks::rows(inputs, &layout.sessions, resampling));
    let (risk_turns, rows) = safety::safety(inputs, &layout.sessions, &panel.arms, resampling);
    estimates.extend(rows);
    let (mut ethics, rows) = ethics::ethics(inputs, &layout.sessions, &panel.arms, resampling);
    estimates.extend(rows);
    let (variants, rows) = variants::variants(inputs, &arms, resampling);
    variants::point(ethics.as_mut(), variants.as_ref());
    estimates.extend(rows);
    let (outcomes, rows) = outcomes::outcomes(&layout.sessions, &panel.arms, resampling);
    estimates.extend(rows);
    let (dynamics, rows) = dynamics::dynamics(inputs.cues, &layout.sessions, &panel.arms, resampling);
    estimates.extend(rows);
    let (coverage, rows) = coverage::coverage(&layout.sessions, &panel.arms);
    estimates.extend(rows);
    let coherence = coherence::coherence(inputs, &layout, resampling).map(|(found, rows)| {
        estimates.extend(rows);
        found
    });
    let grounding =
        grounding::grounding(inputs, &layout.sessions, &panel.arms, resampling).map(|(found, rows)| {
            estimates.extend(rows);
            found
        });
    let judges = &panel.raters[panel.humans..];
    estimates.extend(repeatability::rows(judges, inputs.items, &layout.ratings));
    let (judges, rows) = evidence::judges(judges, inputs, &layout.ratings);
    estimates.extend(rows);
    estimates.extend(consistency::rows(panel));
    estimates.extend(equivalence::rows(panel, inputs.margins));
    estimates.extend(competence::rows(panel, inputs.rubric));
    estimates.extend(judged::rows(panel, &layout.ratings).into_iter().chain(served::rows(inputs.served)));
    let agreement = agreement_findings(panel, &ceilings, &estimates);
    let verdicts = verdicts(panel, &agreement, &bias_by_arm, inputs.margins);
    let mut findings = Findings {
        format: FORMAT.to_owned(),
        description: inputs.description.to_owned(),
        synthetic: synthetic(inputs),
        headline: Vec::new(),
        counts: counts(inputs, &layout),
        rubric: rubric(inputs),
        items: items(inputs),
        arms,
        judges,
        clinicians: panel.raters[..panel.humans].to_vec(),
        arm_items,
        contrasts,
        agreement,
        bias_by_arm,
        corrected,
        rank_orders,
        calibrated,
        alternatives,
        published,
        margins: inputs.margins,
        verdicts,
        flags,
        risk_turns,
        measured: measure_check::stated(inputs.measured),
        ethics,
        variants,
        outcomes,
        dynamics,
        coverage,
        coherence,
        grounding,
        served: inputs.served.to_vec(),
        excluded: layout.excluded,
        notes: inputs.notes.to_vec(),
        estimates,
    };
    findings.headline = headline::of_run(&findings);
    findings
}

/// Recomputes the findings about flags after a review; everything else stays unchanged.
pub fn renew_flags(findings: &mut Findings, inputs: &Inputs<'_>) {
    let mut sessions: Vec<&Session> = inputs.sessions.iter().collect();
    sessions.sort_by(|a, b| a.id.cmp(&b.id));
    let arms: Vec<String> = findings.arms.iter().map(|arm| arm.id.clone()).collect();
    let resampling = Resampling::new(inputs.seed, inputs.bootstrap);
    let (flags, rows) = flags::flags(inputs, &sessions, &arms, &resampling);
    replace(&mut findings.estimates, rows, |row| row.key.family.starts_with("flags."));
    findings.flags = flags;
    findings.headline = headline::of_run(findings);
}

/// Recomputes the findings about ethics risks after a review; everything else stays unchanged.
pub fn renew_ethics(findings: &mut Findings, inputs: &Inputs<'_>) {
    let sessions: Vec<&Session> = inputs.sessions.iter().collect();
    let arms: Vec<String> = findings.arms.iter().map(|arm| arm.id.clone()).collect();
    let resampling = Resampling::new(inputs.seed, inputs.bootstrap);
    let (mut ethics, rows) = ethics::ethics(inputs, &sessions, &arms, &resampling);
    replace(&mut findings.estimates, rows, |row| row.key.family == "ethics");
    variants::point(ethics.as_mut(), findings.variants.as_ref());
    findings.ethics = ethics;
    findings.headline = headline::of_run(findings);
}

/// Replaces the rows that match.
fn replace(estimates: &mut Vec<EstimateRow>, rows: Vec<EstimateRow>, fits: impl Fn(&EstimateRow) -> bool) {
    let at = estimates.iter().position(&fits).unwrap_or(estimates.len());
    estimates.retain(|row| !fits(row));
    estimates.splice(at..at, rows);
}

/// Finds estimates by their key.
struct Lookup<'a> {
    rows: HashMap<&'a EstimateKey, &'a EstimateRow>,
}

impl<'a> Lookup<'a> {
    fn new(rows: &'a [EstimateRow]) -> Self {
        Self { rows: rows.iter().map(|row| (&row.key, row)).collect() }
    }

    /// The estimate of a key. A key without a row is a bug of this program, never a finding.
    ///
    /// # Panics
    /// If there is no such row.
    fn estimate(&self, key: &EstimateKey) -> Estimate {
        let row = self.rows.get(key).unwrap_or_else(|| panic!("no row for {key:?}"));
        row.estimate.clone()
    }
}

/// The main table: one entry per sheet and judge; without a judge one per sheet.
pub(super) fn agreement_findings(
    panel: &Panel,
    ceilings: &[Ceiling],
    estimates: &[EstimateRow],
) -> Vec<AgreementFinding> {
    let lookup = Lookup::new(estimates);
    let mut judges: Vec<Option<usize>> = panel.judges().map(Some).collect();
    if judges.is_empty() {
        judges.push(None);
    }
    let by_key: HashMap<(&str, &str), &Ceiling> =
        ceilings.iter().map(|c| ((c.item.as_str(), c.judge.as_str()), c)).collect();
    let mut found = Vec::new();
    for sheet in &panel.sheets {
        for judge in &judges {
            let name = judge.map(|judge| panel.raters[judge].as_str()).unwrap_or_default();
            let ceiling = by_key.get(&(sheet.item.as_str(), name)).copied();
            found.push(agreement_finding(panel, &sheet.item, *judge, ceiling, &lookup));
        }
    }
    found
}

fn agreement_finding(
    panel: &Panel,
    item: &str,
    judge: Option<usize>,
    ceiling: Option<&Ceiling>,
    lookup: &Lookup<'_>,
) -> AgreementFinding {
    let humans = panel.clinicians();
    let group =
        EstimateKey { item: item.to_owned(), raters: panel.names(&humans), ..EstimateKey::of("agreement") };
    let with_mean = judge.filter(|_| !humans.is_empty()).map(|judge| {
        let all: Vec<usize> = humans.iter().copied().chain([judge]).collect();
        EstimateKey {
            raters: panel.names(&all),
            judge: panel.raters[judge].clone(),
            reference: panel.mean_name(&humans),
            ..group.clone()
        }
    });
    let of_mean = |statistic: &str| {
        let none = Estimate::undefined(Undefined::TooFewRaters);
        with_mean.as_ref().map_or(none, |key| lookup.estimate(&key.statistic(statistic)))
    };
    let of_ceiling = |part: fn(&Ceiling) -> &Estimate| {
        ceiling.map_or(Estimate::undefined(Undefined::TooFewRaters), |c| part(c).clone())
    };
    // A single clinician has nobody to agree with, so there is no row; this is the reason.
    let of_humans = |statistic: &str| match humans.len() {
        0 | 1 => Estimate::undefined(Undefined::TooFewRaters),
        _ => lookup.estimate(&group.statistic(statistic)),
    };
    let human_icc = of_humans("icc.a1");
    let bias = of_mean("bias");
    let n = if humans.len() >= 2 { human_icc.n_units() } else { bias.n_units() };
    AgreementFinding {
        item: item.to_owned(),
        judge: judge.map(|judge| panel.raters[judge].clone()).unwrap_or_default(),
        human_alpha: of_humans("alpha.ordinal"),
        human_icc_reml: of_humans("icc.reml"),
        incomplete_design: human_icc.n_dropped() > 0 && humans.len() >= 2,
        human_icc,
        human_mae: of_ceiling(|c| &c.human_mae),
        judge_mae: of_ceiling(|c| &c.judge_mae),
        gap_mae: of_ceiling(|c| &c.gap_mae),
        constant_mae: of_ceiling(|c| &c.constant_mae),
        beats_constant: ceiling.and_then(|c| c.beats_constant),
        bias,
        icc_with_mean: of_mean("icc.a1"),
        spearman_with_mean: of_mean("spearman"),
        within1_with_mean: of_mean("within1"),
        strength: phrase::strength(n).to_owned(),
    }
}

/// Verdicts on items and on the total, for every judge.
pub(super) fn verdicts(
    panel: &Panel,
    agreement: &[AgreementFinding],
    biases: &[BiasByArm],
    margins: Margins,
) -> Vec<ItemVerdict> {
    let items: Vec<String> =
        panel.sheets.iter().filter(|s| s.kind == SheetKind::Item).map(|s| s.item.clone()).collect();
    let mut verdicts: Vec<ItemVerdict> = agreement
        .iter()
        .filter(|a| !a.judge.is_empty() && (a.item == "total" || items.contains(&a.item)))
        .map(|a| {
            let margin = margins.of(&a.item);
            let own: Vec<&Estimate> = biases
                .iter()
                .filter(|bias| bias.item == a.item && bias.judge == a.judge)
                .map(|bias| &bias.difference)
                .collect();
            verdict::decide(&a.item, &a.judge, margin, &a.human_icc, &a.gap_mae, &own)
        })
        .collect();
    verdict::inherit_worst(&mut verdicts, &items);
    verdicts
}

fn synthetic(inputs: &Inputs<'_>) -> Synthetic {
    Synthetic {
        sessions: inputs.sessions.iter().filter(|s| s.provenance.synthetic).count(),
        ratings: inputs.ratings.iter().filter(|r| r.synthetic).count(),
    }
}

fn counts(inputs: &Inputs<'_>, layout: &RaterLayout<'_>) -> Counts {
    let panel = &layout.panel;
    let humans = panel.clinicians();
    let mut rated: BTreeSet<u32> = BTreeSet::new();
    for sheet in panel.sheets.iter().filter(|s| s.kind == SheetKind::Item && !humans.is_empty()) {
        let complete = |row: &[Option<f64>]| humans.iter().all(|&rater| row[rater].is_some());
        rated.extend(sheet.table.rows().zip(&sheet.rows).filter(|(row, _)| complete(row)).map(|(_, u)| *u));
    }
    Counts {
        sources: layout.sources.len(),
        sessions: layout.sessions.len(),
        fully_rated_sessions: rated.len(),
        ratings: layout.ratings.len(),
        out_of_scale: inputs.out_of_scale.iter().map(|(_, n)| n).sum(),
    }
}

fn rubric(inputs: &Inputs<'_>) -> RubricFinding {
    let rubric = inputs.rubric;
    RubricFinding {
        id: rubric.id.clone(),
        name: rubric.name.clone(),
        version: rubric.version.clone(),
        text_source: rubric.text_source,
        anchors: inputs.anchors.map(|(source, digest)| (source.to_owned(), digest)),
        checked_against_manual: rubric.checked_against_manual,
        citation: rubric.citation.clone(),
        scale_min: rubric.scale.min,
        scale_max: rubric.scale.max,
        total_rule: format!(
            "{} x mean of the scored items, at least {} of {}",
            rubric.total.factor,
            rubric.total.minimum_items,
            rubric.items.len()
        ),
        competence_minimum: rubric.total.competence.map(|c| c.minimum),
        score_wording: format!("{}-informed automated scores", rubric.id.to_uppercase()),
    }
}

fn items(inputs: &Inputs<'_>) -> Vec<ItemFinding> {
    let replayed = inputs.sessions.iter().any(|session| session.mode.is_some_and(Mode::client_is_recorded));
    let mut items: Vec<ItemFinding> = inputs
        .items
        .iter()
        .map(|id| {
            let item = inputs.rubric.item(id);
            ItemFinding {
                id: id.to_string(),
                name: item.map_or_else(|| id.to_string(), |item| item.name.clone()),
                replay_confounded: replayed && item.is_some_and(|item| item.replay_confounded),
                confidence_note: item.and_then(|item| item.confidence_note.clone()),
            }
        })
        .collect();
    let confounded = items.iter().any(|item| item.replay_confounded);
    for (id, name) in [("total", "Total"), ("total_complete", "Total, all items scored")] {
        items.push(ItemFinding {
            id: id.to_owned(),
            name: name.to_owned(),
            replay_confounded: confounded,
            confidence_note: None,
        });
    }
    items
}

fn arm_findings(inputs: &Inputs<'_>, layout: &RaterLayout<'_>) -> Vec<ArmFinding> {
    layout
        .panel
        .arms
        .iter()
        .map(|arm| {
            let own: Vec<&Session> =
                layout.sessions.iter().copied().filter(|s| s.arm.to_string() == *arm).collect();
            let condition = inputs.conditions.iter().find(|c| c.id.as_str() == arm);
            let authors: BTreeSet<Author> = own.iter().map(|s| Author::from(s.counselor)).collect();
            let baseline = condition.is_some_and(|c| c.baseline);
            let mode = condition.map(|c| c.mode).or_else(|| own.iter().find_map(|s| s.mode));
            ArmFinding {
                id: arm.clone(),
                label: label(arm, baseline),
                baseline,
                mode: mode.map(|mode| mode.word().to_owned()),
                turn_level: mode == Some(Mode::TeacherForced),
                author: match (authors.len(), authors.first()) {
                    (1, Some(author)) => *author,
                    _ => Author::Mixed,
                },
                sessions: own.len(),
                sources: own.iter().map(|s| &s.source).collect::<BTreeSet<_>>().len(),
            }
        })
        .collect()
}

fn label(arm: &str, baseline: bool) -> String {
    match (arm, baseline) {
        ("original", _) => "original (as recorded)".to_owned(),
        (_, true) => format!("{arm} (baseline, not a language model)"),
        (_, false) => arm.to_owned(),
    }
}
