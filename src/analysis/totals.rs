//! Totals: which items each rater scored, the sums by the rubric's rule, and the comparison of totals that are based on
//! different items.

use crate::domain::Rubric;
use crate::stats::pair;
use crate::stats::{Estimate, Pairs, RatingMatrix, Undefined};

use super::row::{EstimateKey, EstimateRow};
use super::sheet::{Panel, Sheet, SheetKind};
use crate::analysis::total_scores::TotalScores;

/// The sheets `total` and `total_complete`.
pub(super) fn sheets(rubric: &Rubric, scores: &TotalScores) -> [Sheet; 2] {
    let total = |scored: &[(u32, f64)]| rubric.total(&values(scored));
    let complete = |scored: &[(u32, f64)]| {
        if scored.len() == rubric.items.len() { rubric.total(&values(scored)) } else { None }
    };
    [sheet("total", scores, total), sheet("total_complete", scores, complete)]
}

fn values(scored: &[(u32, f64)]) -> Vec<f64> {
    scored.iter().map(|(_, value)| *value).collect()
}

fn sheet(name: &str, scores: &TotalScores, total: impl Fn(&[(u32, f64)]) -> Option<f64>) -> Sheet {
    let values: Vec<Vec<Option<f64>>> = (0..scores.rows.len())
        .map(|row| scores.of_row(row).iter().map(|scored| total(scored)).collect())
        .collect();
    let any = values.iter().flatten().any(Option::is_some);
    Sheet {
        item: name.to_owned(),
        kind: SheetKind::Total,
        rows: scores.rows.clone(),
        table: RatingMatrix::from_rows(&values),
        out_of_scale: 0,
        absent: (!any).then_some(Undefined::TooFewItems),
    }
}

/// Comparison of two raters' totals over the items that both scored, and the number of sessions in which their item
/// sets differ. Rows: `different_item_sets`, `mae.common_items`, `bias.common_items`.
pub(super) fn common_item_rows(
    panel: &Panel,
    rubric: &Rubric,
    pair: [usize; 2],
    key: &EstimateKey,
) -> Vec<EstimateRow> {
    let Some(scores) = &panel.totals else { return Vec::new() };
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut different = 0_usize;
    for row in 0..scores.rows.len() {
        let all = scores.of_row(row);
        let (a, b) = (&all[pair[0]], &all[pair[1]]);
        if rubric.total(&values(a)).is_none() || rubric.total(&values(b)).is_none() {
            continue;
        }
        let shared: Vec<(f64, f64)> = common(a, b);
        different += usize::from(shared.len() != a.len() || shared.len() != b.len());
        first.push(rubric.total(&shared.iter().map(|(x, _)| *x).collect::<Vec<_>>()));
        second.push(rubric.total(&shared.iter().map(|(_, y)| *y).collect::<Vec<_>>()));
    }
    let counted = if first.is_empty() {
        Estimate::undefined(Undefined::NoPairs)
    } else {
        Estimate::ok(different as f64).with_counts(first.len(), 2, 0)
    };
    let pairs = Pairs::new(&first, &second);
    [
        ("different_item_sets", counted),
        ("mae.common_items", pair::mae(&pairs)),
        ("bias.common_items", pair::bias(&pairs)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| EstimateRow::new(key.statistic(statistic), &estimate))
    .collect()
}

/// Scores of the items that are in both lists; both are sorted by item.
fn common(a: &[(u32, f64)], b: &[(u32, f64)]) -> Vec<(f64, f64)> {
    a.iter()
        .filter_map(|(item, x)| {
            let at = b.binary_search_by_key(item, |(other, _)| *other).ok()?;
            Some((*x, b[at].1))
        })
        .collect()
}
