//! Corrected means: a judge scores every session and clinicians rate some; estimates what clinicians' mean of all
//! sessions would be, beside the classical mean. Also the order of the arms under each of these.

use std::collections::BTreeMap;

use crate::stats::adjust::{Adjust, adjust};
use crate::stats::correlation::kendall_b;
use crate::stats::descriptive::{mean, midranks};
use crate::stats::ppi::{Correction, Power, PpiMean, ppi_mean};
use crate::stats::{Estimate, Pairs};

use super::LEVEL;
use super::bias::{base_arm, contrast_name, other_arms};
use super::findings::{CorrectedMean, RankOrder, RankedArm};
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind, mean_of};

/// Clinicians' and judge's value of every source in one arm, or of the differences between two arms.
#[derive(Debug, Default)]
pub(super) struct SourceScores {
    pub(super) clinicians: BTreeMap<u32, f64>,
    pub(super) judge: BTreeMap<u32, f64>,
}

impl SourceScores {
    /// Means per source: repeats of a session count once.
    pub(super) fn of(panel: &Panel, sheet: &Sheet, judge: usize, arm: u32) -> Self {
        let humans = panel.clinicians();
        let (mut clinicians, mut judged) =
            (BTreeMap::<u32, Vec<f64>>::new(), BTreeMap::<u32, Vec<f64>>::new());
        for (row, &unit) in sheet.table.rows().zip(&sheet.rows) {
            let unit = panel.units[unit as usize];
            if unit.arm != Some(arm) {
                continue;
            }
            if let Some(score) = mean_of(row, &humans) {
                clinicians.entry(unit.cluster).or_default().push(score);
            }
            if let Some(score) = row[judge] {
                judged.entry(unit.cluster).or_default().push(score);
            }
        }
        let means = |scores: BTreeMap<u32, Vec<f64>>| {
            scores.into_iter().filter_map(|(source, scores)| Some((source, mean(&scores)?))).collect()
        };
        Self { clinicians: means(clinicians), judge: means(judged) }
    }

    /// Second minus first, source by source.
    pub(super) fn minus(&self, first: &Self) -> Self {
        let paired = |second: &BTreeMap<u32, f64>, first: &BTreeMap<u32, f64>| {
            second.iter().filter_map(|(source, s)| Some((*source, s - first.get(source)?))).collect()
        };
        Self {
            clinicians: paired(&self.clinicians, &first.clinicians),
            judge: paired(&self.judge, &first.judge),
        }
    }
}

/// Findings for every judge x arm and contrast x item and total that clinicians rated, with the rows.
pub(super) fn corrected_means(panel: &Panel) -> (Vec<CorrectedMean>, Vec<EstimateRow>) {
    let mut found = Vec::new();
    let sheets: Vec<&Sheet> =
        panel.sheets.iter().filter(|s| s.kind != SheetKind::Pooled && s.item != "total_complete").collect();
    let arms: Vec<u32> = (0..panel.arms.len()).filter_map(|arm| u32::try_from(arm).ok()).collect();
    for judge in panel.judges() {
        let scores: Vec<Vec<SourceScores>> = arms
            .iter()
            .map(|&arm| sheets.iter().map(|sheet| SourceScores::of(panel, sheet, judge, arm)).collect())
            .collect();
        let name = |arm: u32| panel.arms[arm as usize].as_str();
        let judge = panel.raters[judge].as_str();
        for (&arm, scores) in arms.iter().zip(&scores) {
            let own = sheets.iter().zip(scores).filter(|(_, scores)| !scores.clinicians.is_empty());
            found.extend(own.map(|(sheet, scores)| one(sheet, judge, name(arm), "", scores)));
        }
        let Some(base) = base_arm(panel) else { continue };
        for arm in other_arms(panel, base) {
            let contrast = contrast_name(panel, base, arm);
            let pairs = scores[arm as usize].iter().zip(&scores[base as usize]);
            let differences: Vec<SourceScores> = pairs.map(|(second, first)| second.minus(first)).collect();
            let own = sheets.iter().zip(&differences).filter(|(_, scores)| !scores.clinicians.is_empty());
            let mut family: Vec<CorrectedMean> =
                own.map(|(sheet, scores)| one(sheet, judge, name(arm), &contrast, scores)).collect();
            let items = |mean: &CorrectedMean| mean.ppi_plus.p().filter(|_| mean.item != "total");
            let p: Vec<Option<f64>> = family.iter().map(items).collect();
            for (mean, p) in family.iter_mut().zip(adjust(&p, Adjust::Holm)) {
                mean.p_adjusted = p;
            }
            found.extend(family);
        }
    }
    let clinicians = panel.names(&panel.clinicians());
    let rows = found.iter().flat_map(|mean| rows_of(mean, &clinicians)).collect();
    (found, rows)
}

fn one(sheet: &Sheet, judge: &str, arm: &str, contrast: &str, scores: &SourceScores) -> CorrectedMean {
    let both: Vec<(f64, f64)> =
        scores.clinicians.iter().filter_map(|(source, y)| Some((*y, *scores.judge.get(source)?))).collect();
    let (labels, predictions): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    let alone = scores.judge.iter().filter(|(source, _)| !scores.clinicians.contains_key(source));
    let unlabelled: Vec<f64> = alone.map(|(_, f)| *f).collect();
    let by = |power| ppi_mean(&labels, &predictions, &unlabelled, power, Correction::T, LEVEL);
    let classical = |values: &BTreeMap<u32, f64>| {
        let values: Vec<f64> = values.values().copied().collect();
        ppi_mean(&values, &values, &[], Power::Classical, Correction::T, LEVEL).estimate
    };
    // Rated sources without a judge's score enter only the classical mean.
    let dropped = scores.clinicians.len() - labels.len();
    let counted = |mean: PpiMean| mean.estimate.with_counts(labels.len(), 1, dropped);
    let tuned = by(Power::Tuned);
    CorrectedMean {
        item: sheet.item.clone(),
        judge: judge.to_owned(),
        arm: arm.to_owned(),
        contrast: contrast.to_owned(),
        classical: classical(&scores.clinicians),
        judge_alone: classical(&scores.judge),
        ppi: counted(by(Power::Full)),
        weight: tuned.lambda,
        ppi_plus: counted(tuned),
        labelled: labels.len(),
        unlabelled: unlabelled.len(),
        p_adjusted: None,
    }
}

fn rows_of(mean: &CorrectedMean, clinicians: &str) -> Vec<EstimateRow> {
    let condition = if mean.arm == "original" { String::new() } else { mean.arm.clone() };
    let key = EstimateKey {
        item: mean.item.clone(),
        arm: if mean.contrast.is_empty() { mean.arm.clone() } else { String::new() },
        condition,
        contrast: mean.contrast.clone(),
        judge: mean.judge.clone(),
        raters: clinicians.to_owned(),
        ..EstimateKey::of("corrected")
    };
    let kind = if mean.contrast.is_empty() { "mean" } else { "difference" };
    [
        ("classical", &mean.classical),
        ("judge", &mean.judge_alone),
        ("ppi", &mean.ppi),
        ("ppipp", &mean.ppi_plus),
    ]
    .into_iter()
    .map(|(method, estimate)| {
        let row = EstimateRow::new(key.statistic(&format!("{method}.{kind}")), estimate);
        if method == "ppipp" { row.with_adjusted(mean.p_adjusted, "holm") } else { row }
    })
    .collect()
}

/// The order of the arms by clinicians, judge and corrected scores, per judge and item, with the rows.
pub(super) fn rank_orders(panel: &Panel, corrected: &[CorrectedMean]) -> (Vec<RankOrder>, Vec<EstimateRow>) {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for mean in corrected {
        let group = (mean.judge.as_str(), mean.item.as_str());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let orders: Vec<RankOrder> = groups
        .into_iter()
        .map(|(judge, item)| {
            let own =
                corrected.iter().filter(|m| m.judge == judge && m.item == item && m.contrast.is_empty());
            rank_order(judge, item, &own.collect::<Vec<_>>())
        })
        .filter(|order| order.arms.len() > 1)
        .collect();
    let clinicians = panel.names(&panel.clinicians());
    let rows = orders.iter().flat_map(|order| {
        let key = EstimateKey {
            item: order.item.clone(),
            judge: order.judge.clone(),
            raters: clinicians.clone(),
            ..EstimateKey::of("rank_order")
        };
        [
            EstimateRow::new(key.statistic("kendall.judge"), &order.tau_judge),
            EstimateRow::new(key.statistic("kendall.corrected"), &order.tau_corrected),
        ]
    });
    let rows = rows.collect();
    (orders, rows)
}

fn rank_order(judge: &str, item: &str, means: &[&CorrectedMean]) -> RankOrder {
    let values = |pick: fn(&CorrectedMean) -> &Estimate| -> Vec<Option<f64>> {
        means.iter().map(|mean| pick(mean).value().ok()).collect()
    };
    let clinicians = values(|mean| &mean.classical);
    let judged = values(|mean| &mean.judge_alone);
    let corrected = values(|mean| &mean.ppi_plus);
    let tau = |other: &[Option<f64>]| {
        let pairs = Pairs::new(&clinicians, other);
        kendall_b(&pairs).with_counts(pairs.a().len(), 2, means.len() - pairs.a().len())
    };
    let (tau_judge, tau_corrected) = (tau(&judged), tau(&corrected));
    let ranks = [descending(&clinicians), descending(&judged), descending(&corrected)];
    let mut arms: Vec<RankedArm> = means
        .iter()
        .enumerate()
        .map(|(i, mean)| RankedArm {
            arm: mean.arm.clone(),
            clinicians: ranks[0][i],
            judge: ranks[1][i],
            corrected: ranks[2][i],
        })
        .collect();
    arms.sort_by(|a, b| {
        let place = |arm: &RankedArm| arm.clinicians.unwrap_or(f64::INFINITY);
        place(a).total_cmp(&place(b))
    });
    RankOrder { item: item.to_owned(), judge: judge.to_owned(), arms, tau_judge, tau_corrected }
}

/// Ranks among the defined values, 1 for the highest.
fn descending(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let present: Vec<f64> = values.iter().flatten().map(|value| -value).collect();
    let mut ranks = midranks(&present).into_iter();
    values.iter().map(|value| value.and_then(|_| ranks.next())).collect()
}
