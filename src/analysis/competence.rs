//! The competence threshold: whether judge and clinicians place the same sessions above it, and which share the
//! clinicians would have placed there, if they had rated what only the judge scored.
//!
//! Only complete totals count, because the threshold is defined for all items together.

use crate::domain::Rubric;
use crate::stats::chance_corrected::{AgreementWeights, Coefficient, chance_corrected};
use crate::stats::kappa::{KappaWeights, kappa};
use crate::stats::paired::mcnemar;
use crate::stats::prevalence::{ObservedRate, clustered_share, rogan_gladen, share};
use crate::stats::{Estimate, Pairs, RatingMatrix, Undefined};

use super::LEVEL;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetView};

/// Rows per judge, over all arms and per arm; empty if the rubric has no threshold or nobody else rated.
pub(super) fn rows(panel: &Panel, rubric: &Rubric) -> Vec<EstimateRow> {
    let sheet = panel.sheets.iter().find(|sheet| sheet.item == "total_complete");
    let (Some(sheet), Some(threshold)) = (sheet, rubric.total.competence) else { return Vec::new() };
    if panel.humans == 0 || sheet.absent.is_some() {
        return Vec::new();
    }
    let arms = (0..panel.arms.len()).filter_map(|arm| u32::try_from(arm).ok()).map(Some);
    let scopes: Vec<Option<u32>> = std::iter::once(None).chain(arms).collect();
    let jobs = panel.judges().flat_map(|judge| scopes.iter().map(move |arm| (judge, *arm)));
    jobs.flat_map(|(judge, arm)| of(panel, sheet, judge, arm, threshold.minimum)).collect()
}

fn of(panel: &Panel, sheet: &Sheet, judge: usize, arm: Option<u32>, minimum: f64) -> Vec<EstimateRow> {
    let humans = panel.clinicians();
    let view = panel.against_mean(sheet, &humans, judge, arm);
    let sorted = ThresholdCounts::of(&view, minimum);
    let key = EstimateKey {
        item: sheet.item.clone(),
        arm: arm.map(|arm| panel.arms[arm as usize].clone()).unwrap_or_default(),
        judge: panel.raters[judge].clone(),
        raters: panel.names(&humans.iter().copied().chain([judge]).collect::<Vec<_>>()),
        reference: panel.mean_name(&humans),
        ..EstimateKey::of("competence")
    };
    sorted
        .estimates()
        .into_iter()
        .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
        .collect()
}

/// Sessions on either side of the threshold.
struct ThresholdCounts {
    /// (cluster, clinicians above, judge above) of the sessions that both scored.
    both: Vec<(u32, bool, bool)>,
    /// (cluster, judge above) of every session that the judge scored.
    judged: Vec<(u32, bool)>,
}

impl ThresholdCounts {
    fn of(view: &SheetView, minimum: f64) -> Self {
        let (mut both, mut judged) = (Vec::new(), Vec::new());
        for (row, &cluster) in view.table.rows().zip(&view.clusters) {
            let above = |score: f64| score >= minimum;
            if let [_, Some(judge)] = row {
                judged.push((cluster, above(*judge)));
            }
            if let [Some(clinicians), Some(judge)] = row {
                both.push((cluster, above(*clinicians), above(*judge)));
            }
        }
        Self { both, judged }
    }

    fn estimates(&self) -> [(&'static str, Estimate); 6] {
        let number = |above: bool| f64::from(u8::from(above));
        let clinicians: Vec<f64> = self.both.iter().map(|(_, c, _)| number(*c)).collect();
        let judge: Vec<f64> = self.both.iter().map(|(_, _, j)| number(*j)).collect();
        let sides = [0.0, 1.0];
        let rows: Vec<[Option<f64>; 2]> =
            clinicians.iter().zip(&judge).map(|(c, j)| [Some(*c), Some(*j)]).collect();
        let table = RatingMatrix::from_rows(&rows);
        let ac1 = chance_corrected(&table, &sides, AgreementWeights::Identity, Coefficient::Gwet, LEVEL);
        [
            (
                "competent.kappa",
                kappa(&Pairs::complete(&clinicians, &judge), &sides, KappaWeights::Unweighted, LEVEL),
            ),
            ("competent.ac1", ac1.estimate),
            ("competent.sensitivity", self.rate(true)),
            ("competent.specificity", self.rate(false)),
            ("competent.difference", self.difference()),
            ("competent.corrected_share", self.corrected()),
        ]
    }

    /// Among the sessions that the clinicians place on this side, the share that the judge places there too.
    fn rate(&self, above: bool) -> Estimate {
        let of_side = self.both.iter().filter(|(_, c, _)| *c == above);
        clustered_share(of_side.map(|(cluster, _, j)| (*cluster, usize::from(*j == above), 1)), LEVEL)
    }

    /// Judge's share above minus the clinicians', over the sessions that both scored; p by `McNemar`'s exact test.
    fn difference(&self) -> Estimate {
        let n = self.both.len();
        let count = |c: bool, j: bool| self.both.iter().filter(|one| (one.1, one.2) == (c, j)).count();
        let (only_clinicians, only_judge) = (count(true, false), count(false, true));
        if n == 0 {
            return Estimate::undefined(Undefined::NoPairs);
        }
        let value = (only_judge as f64 - only_clinicians as f64) / n as f64;
        let found = Estimate::ok(value).with_interval(Err(Undefined::NotApplicable)).with_counts(n, 2, 0);
        let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match mcnemar(whole(only_judge), whole(only_clinicians), true, false) {
            Ok((_, p)) => found.with_p(p),
            Err(_) => found,
        }
    }

    /// The share above among all sessions of the judge, corrected by its agreement on the sessions that both scored.
    fn corrected(&self) -> Estimate {
        let positive = self.both.iter().filter(|(_, c, _)| *c).count() as f64;
        let negative = self.both.len() as f64 - positive;
        let (Ok(sensitivity), Ok(specificity)) = (self.rate(true).value(), self.rate(false).value()) else {
            return Estimate::undefined(Undefined::TooFewLabels);
        };
        let n = self.judged.len();
        let above = self.judged.iter().filter(|(_, above)| *above).count();
        let observed = ObservedRate {
            rate: share(above as f64 / n as f64, n, LEVEL).value().unwrap_or(0.0),
            n: n as f64,
            specificity,
            n_negative: negative,
            sensitivity,
            n_positive: positive,
        };
        rogan_gladen(&observed, LEVEL)
    }
}
