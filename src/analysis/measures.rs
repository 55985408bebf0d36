//! The statistics computed for two raters, and those computed for a group of raters.

use crate::stats::bootstrap::{Bootstrap, BootstrapMethod, Clusters, bootstrap, clustered_mean};
use crate::stats::chance_corrected::{AgreementWeights, Coefficient, chance_corrected};
use crate::stats::correlation::{PairSums, ccc, kendall_b, pearson, spearman};
use crate::stats::icc::icc_all;
use crate::stats::kappa::{CategorisedPairs, KappaWeights, kappa};
use crate::stats::krippendorff::{Metric, Pairable, alpha};
use crate::stats::reml::icc_reml;
use crate::stats::{Estimate, Pairs, Undefined, bland_altman, descriptive, pair};

use super::LEVEL;
use super::resampling::Resampling;
use super::row::{EstimateKey, EstimateRow};
use super::sheet::SheetView;

/// What the statistics of one comparison need besides the scores.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeasureInputs<'a> {
    pub(super) categories: &'a [f64],
    pub(super) resampling: &'a Resampling,
    /// True for totals; limits of agreement are shown for them only.
    pub(super) totals: bool,
}

/// Every statistic of two raters; column 0 is the reference, differences are column 1 minus column 0.
pub(super) fn pair_rows(view: &SheetView, key: &EstimateKey, setting: MeasureInputs<'_>) -> Vec<EstimateRow> {
    let (clusters, pairs) = paired(view);
    let mut named: Vec<(String, Estimate)> = Vec::new();
    named.push(("exact".into(), averaged(&pairs, &clusters, setting, "exact", |d| hit(d, 0.0), pair::exact)));
    let within1 = |pairs: &Pairs| pair::within(pairs, 1.0);
    named.push(("within1".into(), averaged(&pairs, &clusters, setting, "within1", |d| hit(d, 1.0), within1)));
    named.push(("within1.chance".into(), pair::chance_within(&pairs, 1.0)));
    named.push(("mae".into(), averaged(&pairs, &clusters, setting, "mae", f64::abs, pair::mae)));
    named.push(("rmse".into(), rmse(&pairs, &clusters, setting)));
    named.push(("bias".into(), bias(&pairs, &clusters)));
    named.push(("pearson".into(), pearson(&pairs, LEVEL)));
    named.push(("spearman".into(), spearman(&pairs)));
    named.push(("kendall.b".into(), kendall_b(&pairs)));
    named.push(("ccc".into(), concordance(&pairs, &clusters, setting)));
    for weights in KappaWeights::ALL {
        named
            .push((format!("kappa.{}", weights.word()), weighted_kappa(&pairs, &clusters, weights, setting)));
    }
    if setting.totals {
        named.extend(limits_of_agreement(&pairs));
    }
    let mut rows = rows_of(named, view, key);
    rows.extend(reliability_rows(view, key, setting, false));
    rows
}

/// Every statistic of a group of raters.
pub(super) fn group_rows(
    view: &SheetView,
    key: &EstimateKey,
    setting: MeasureInputs<'_>,
) -> Vec<EstimateRow> {
    reliability_rows(view, key, setting, true)
}

/// Statistic id, weights and coefficient of the chance-corrected measures over the declared categories.
const CHANCE_CORRECTED: [(&str, AgreementWeights, Coefficient); 6] = [
    ("ac1", AgreementWeights::Identity, Coefficient::Gwet),
    ("ac2.linear", AgreementWeights::Linear, Coefficient::Gwet),
    ("ac2.quadratic", AgreementWeights::Quadratic, Coefficient::Gwet),
    ("ac2.ordinal", AgreementWeights::Ordinal, Coefficient::Gwet),
    ("fleiss", AgreementWeights::Identity, Coefficient::Fleiss),
    ("conger", AgreementWeights::Identity, Coefficient::Conger),
];

/// Intraclass correlations, alphas and Gwet's coefficients; the slow ones (resampled alpha, REML) only for groups.
fn reliability_rows(
    view: &SheetView,
    key: &EstimateKey,
    setting: MeasureInputs<'_>,
    group: bool,
) -> Vec<EstimateRow> {
    let mut named: Vec<(String, Estimate)> = icc_all(&view.table, LEVEL)
        .into_iter()
        .map(|(form, estimate)| (format!("icc.{}", form.word()), estimate))
        .collect();
    for metric in Metric::ALL {
        let resampling = (group && metric == Metric::Ordinal).then_some(setting.resampling);
        let estimate = resampled_alpha(view, metric, resampling);
        named.push((format!("alpha.{}", metric.word()), estimate));
    }
    for (statistic, weights, coefficient) in CHANCE_CORRECTED {
        // For two raters Conger's coefficient equals Cohen's kappa, which has its own row.
        if group || coefficient == Coefficient::Gwet {
            let found = chance_corrected(&view.table, setting.categories, weights, coefficient, LEVEL);
            named.push((statistic.to_owned(), found.estimate));
        }
    }
    if group {
        // Uses every cell, whereas the F forms drop sessions that a rater skipped.
        named.push(("icc.reml".to_owned(), icc_reml(&view.table).a1));
    }
    rows_of(named, view, key)
}

fn rows_of(named: Vec<(String, Estimate)>, view: &SheetView, key: &EstimateKey) -> Vec<EstimateRow> {
    named
        .into_iter()
        .map(|(statistic, estimate)| {
            let estimate = match view.absent {
                Some(reason) => Estimate::undefined(reason).with_counts(0, 0, estimate.n_dropped()),
                None => estimate,
            };
            EstimateRow::new(key.statistic(&statistic), &estimate).with_out_of_scale(view.out_of_scale)
        })
        .collect()
}

/// The complete pairs and the cluster of each.
fn paired(view: &SheetView) -> (Clusters, Pairs) {
    let pairs = Pairs::new(&view.table.column(0), &view.table.column(1));
    let labels: Vec<u32> = view
        .table
        .rows()
        .zip(&view.clusters)
        .filter(|(row, _)| row.iter().all(Option::is_some))
        .map(|(_, cluster)| *cluster)
        .collect();
    (Clusters::from_labels(&labels), pairs)
}

fn hit(difference: f64, tolerance: f64) -> f64 {
    f64::from(u8::from(difference.abs() <= tolerance + 1e-9))
}

/// A mean of one figure per pair: the bootstrap adds cluster sums instead of rebuilding the pairs.
fn averaged(
    pairs: &Pairs,
    clusters: &Clusters,
    setting: MeasureInputs<'_>,
    name: &str,
    figure: impl Fn(f64) -> f64,
    statistic: impl Fn(&Pairs) -> Estimate,
) -> Estimate {
    let figures: Vec<f64> = pairs.differences().into_iter().map(figure).collect();
    let resampled = resampled_mean(&figures, clusters, setting.resampling, name);
    with_bootstrap(statistic(pairs), resampled)
}

/// Cluster bootstrap of the mean of one figure per row; `None` if no resampling was requested.
pub(super) fn resampled_mean(
    figures: &[f64],
    clusters: &Clusters,
    resampling: &Resampling,
    name: &str,
) -> Option<Bootstrap> {
    let sums = cluster_sums(figures, clusters);
    resample(clusters.len(), resampling, name, |drawn| ratio(&sums, drawn))
}

fn cluster_sums(figures: &[f64], clusters: &Clusters) -> Vec<(f64, f64)> {
    (0..clusters.len())
        .map(|c| {
            let rows = clusters.rows(c);
            (rows.iter().map(|&row| figures[row]).sum(), rows.len() as f64)
        })
        .collect()
}

/// Sum of the first parts over sum of the second parts.
pub(super) fn ratio(sums: &[(f64, f64)], drawn: &[usize]) -> Result<f64, Undefined> {
    let (above, below) = drawn.iter().fold((0.0, 0.0), |(a, b), &c| (a + sums[c].0, b + sums[c].1));
    if below > 0.0 { Ok(above / below) } else { Err(Undefined::NoPairs) }
}

/// A bootstrap with the statistic's own random streams; `None` if no resampling was requested.
pub(super) fn resample(
    clusters: usize,
    resampling: &Resampling,
    name: &str,
    statistic: impl Fn(&[usize]) -> Result<f64, Undefined> + Sync,
) -> Option<Bootstrap> {
    resampling.with(name, clusters, |resamples| bootstrap(clusters, resamples, statistic))
}

/// The estimate with the percentile interval and standard error of its bootstrap.
pub(super) fn with_bootstrap(estimate: Estimate, resampled: Option<Bootstrap>) -> Estimate {
    let Some(resampled) = resampled else { return estimate };
    let estimate = match resampled.se() {
        Some(se) => estimate.with_se(se),
        None => estimate,
    };
    estimate.with_interval(resampled.interval(BootstrapMethod::Percentile, LEVEL))
}

/// Drops standard error and interval when all sources show the same value: these sources prove nothing about others,
/// and an interval without width would look like certainty.
pub(super) fn with_width(estimate: Estimate) -> Estimate {
    let flat = estimate.interval().is_ok_and(|interval| interval.low() >= interval.high());
    if flat { estimate.without_spread(Undefined::NoVariance) } else { estimate }
}

fn rmse(pairs: &Pairs, clusters: &Clusters, setting: MeasureInputs<'_>) -> Estimate {
    let squares: Vec<f64> = pairs.differences().iter().map(|d| d * d).collect();
    let sums = cluster_sums(&squares, clusters);
    let resampled =
        resample(clusters.len(), setting.resampling, "rmse", |drawn| ratio(&sums, drawn).map(f64::sqrt));
    with_bootstrap(pair::rmse(pairs), resampled)
}

/// Mean difference with a cluster-robust interval; one unit per cluster gives the paired t interval.
fn bias(pairs: &Pairs, clusters: &Clusters) -> Estimate {
    let plain = pair::bias(pairs);
    if clusters.len() == pairs.len() {
        return plain;
    }
    let mut labels = vec![0_usize; pairs.len()];
    for cluster in 0..clusters.len() {
        clusters.rows(cluster).iter().for_each(|&row| labels[row] = cluster);
    }
    clustered_mean(&pairs.differences(), &labels, LEVEL).with_counts(pairs.len(), 2, pairs.n_dropped())
}

fn concordance(pairs: &Pairs, clusters: &Clusters, setting: MeasureInputs<'_>) -> Estimate {
    let estimate = ccc(pairs, LEVEL).estimate;
    let centre = descriptive::mean(pairs.a()).unwrap_or(0.0);
    let sums: Vec<PairSums> = (0..clusters.len())
        .map(|c| PairSums::of(clusters.rows(c).iter().map(|&row| (pairs.a()[row], pairs.b()[row])), centre))
        .collect();
    let resampled = resample(clusters.len(), setting.resampling, "ccc", |drawn| {
        drawn.iter().fold(PairSums::default(), |total, &cluster| total + sums[cluster]).ccc()
    });
    with_bootstrap(estimate, resampled)
}

fn weighted_kappa(
    pairs: &Pairs,
    clusters: &Clusters,
    weights: KappaWeights,
    setting: MeasureInputs<'_>,
) -> Estimate {
    let estimate = kappa(pairs, setting.categories, weights, LEVEL);
    let Ok(categorised) = CategorisedPairs::new(pairs, setting.categories, weights) else { return estimate };
    if weights != KappaWeights::Quadratic {
        return estimate;
    }
    let resampled = resample(clusters.len(), setting.resampling, "kappa.quadratic", |drawn| {
        categorised.kappa(clusters.members(drawn))
    });
    with_bootstrap(estimate, resampled)
}

fn resampled_alpha(view: &SheetView, metric: Metric, resampling: Option<&Resampling>) -> Estimate {
    let estimate = alpha(&view.table, metric);
    let Some(resampling) = resampling else { return estimate };
    let (clusters, pairable) = (Clusters::from_labels(&view.clusters), Pairable::of(&view.table));
    let name = format!("alpha.{}", metric.word());
    let resampled =
        resample(clusters.len(), resampling, &name, |drawn| pairable.alpha(clusters.members(drawn), metric));
    with_bootstrap(estimate, resampled)
}

fn limits_of_agreement(pairs: &Pairs) -> Vec<(String, Estimate)> {
    let analysis = bland_altman::bland_altman(pairs, LEVEL, bland_altman::LimitMethod::Exact);
    [
        ("ba.sd", analysis.sd),
        ("ba.loa_low", analysis.low),
        ("ba.loa_high", analysis.high),
        ("ba.slope", analysis.slope),
    ]
    .into_iter()
    .map(|(name, estimate)| (name.to_owned(), estimate))
    .collect()
}

/// Two-sided t interval of a mean over values that come in clusters, with the spread beside it.
pub(super) fn mean_and_sd(values: &[f64], labels: &[u32]) -> (Estimate, Option<f64>) {
    let estimate = clustered_mean(values, labels, LEVEL);
    let n = values.len();
    (estimate.with_counts(n, 1, 0), descriptive::sd(values))
}
