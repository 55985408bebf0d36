//! Tables of corrected means, the order of the arms, calibrated means, and directions beside
//! published ones.

use crate::analysis::findings::{
    AltTestFinding, CalibratedMean, CorrectedMean, ItemFinding, JudgeFinding, Published, RankOrder,
};
use crate::analysis::phrase::decimals;
use crate::report::grid::Grid;
use crate::report::number::{p, rate, shortest, with_interval};

use super::{by_title, marked, rated_by};

/// Note printed under every table of corrected figures: the condition under which they are valid.
const RANDOM_SAMPLE: &str = "valid only where the rated sessions are a random sample of their arm";

/// Note printed under every table of calibrated figures.
const CALIBRATED: &str = "the intervals leave out that the map is an estimate; one map serves all arms, so bias by arm stays; \
     90 % within: how close clinicians' mean of a single session lies to its calibrated score";

/// One table per judge that scored more sources than were rated in some arm or contrast.
pub(in crate::report) fn corrected(items: &[ItemFinding], found: &[CorrectedMean], who: &str) -> Vec<Grid> {
    let columns = [
        "item",
        "arm or contrast",
        "rated",
        "judged only",
        who,
        "judge alone",
        "corrected, PPI++",
        "weight",
        "PPI",
        "p",
        "p (Holm)",
    ];
    let same = |one: &CorrectedMean, other: &CorrectedMean| {
        one.judge == other.judge && one.arm == other.arm && one.contrast == other.contrast
    };
    let shown = found.iter().filter(|mean| found.iter().any(|one| same(one, mean) && one.unlabelled > 0));
    let rows = shown.map(|mean| {
        let difference = !mean.contrast.is_empty();
        let row = vec![
            marked(items, &mean.item),
            if difference { mean.contrast.clone() } else { mean.arm.clone() },
            mean.labelled.to_string(),
            mean.unlabelled.to_string(),
            with_interval(&mean.classical, 2),
            with_interval(&mean.judge_alone, 2),
            with_interval(&mean.ppi_plus, 2),
            mean.weight.map_or_else(|| "-".to_owned(), |weight| decimals(weight, 2)),
            with_interval(&mean.ppi, 2),
            p(mean.ppi_plus.p().filter(|_| difference)),
            p(mean.p_adjusted),
        ];
        let title =
            format!("Means of all sources by judge {}, corrected by the {who}' ratings of some", mean.judge);
        (title, row, vec![&mean.classical, &mean.judge_alone, &mean.ppi_plus])
    });
    noted(by_title(rows, &columns), RANDOM_SAMPLE)
}

/// Adds one more note below each table.
fn noted(mut grids: Vec<Grid>, note: &str) -> Vec<Grid> {
    for grid in &mut grids {
        grid.notes.push(note.to_owned());
    }
    grids
}

/// The order of the arms by the total, and how well the orders agree on every item.
pub(in crate::report) fn rank_orders(items: &[ItemFinding], orders: &[RankOrder], who: &str) -> Vec<Grid> {
    let totals = orders.iter().filter(|order| order.item == "total");
    let places = totals.flat_map(|order| {
        let cell = |place: Option<f64>| place.map_or_else(|| "-".to_owned(), shortest);
        order.arms.iter().map(move |arm| {
            let row = vec![arm.arm.clone(), cell(arm.clinicians), cell(arm.judge), cell(arm.corrected)];
            let title = format!("Order of the arms by their mean total: {who}, {}, corrected", order.judge);
            (title, row, Vec::new())
        })
    });
    let by_who = format!("by {who}");
    let places = by_title(places, &["arm", &by_who, "by the judge", "corrected"]);
    let taus = orders.iter().map(|order| {
        let row = vec![
            marked(items, &order.item),
            order.tau_judge.n_units().to_string(),
            with_interval(&order.tau_judge, 2),
            with_interval(&order.tau_corrected, 2),
        ];
        let title =
            format!("Agreement on the order of the arms, Kendall's tau-b with the {who}: {}", order.judge);
        (title, row, vec![&order.tau_judge, &order.tau_corrected])
    });
    let mut grids = noted(places, "1: the highest mean; a condition without any rating is left out");
    grids.extend(by_title(taus, &["item", "arms", "judge", "corrected"]));
    grids
}

/// Means of the judge's scores on the clinicians' scale, one table per judge.
pub(in crate::report) fn calibrated(items: &[ItemFinding], found: &[CalibratedMean]) -> Vec<Grid> {
    let rows = found.iter().map(|mean| {
        let row = vec![
            marked(items, &mean.item),
            mean.arm.clone(),
            mean.calibrated.n_units().to_string(),
            with_interval(&mean.raw, 2),
            with_interval(&mean.calibrated, 2),
            mean.half_width.map_or_else(|| "-".to_owned(), |width| decimals(width, 2)),
        ];
        let title = format!("Scores by {} on the clinicians' scale", mean.judge);
        (title, row, vec![&mean.raw, &mean.calibrated])
    });
    noted(by_title(rows, &["item", "arm", "n", "raw", "calibrated", "90 % within"]), CALIBRATED)
}

/// Directions compared with the published ones, one table per condition.
pub(in crate::report) fn published(
    items: &[ItemFinding],
    judges: &[JudgeFinding],
    found: Option<&Published>,
) -> Vec<Grid> {
    let Some(found) = found else { return Vec::new() };
    let columns = ["item", "rated by", "published", "here", "n", "detectable with power 0.80", "direction"];
    let compared = |condition: &str| {
        found.contrasts.iter().any(|one| one.condition == condition && one.own.value().is_ok())
    };
    let rows = found.contrasts.iter().filter(|one| compared(&one.condition)).map(|contrast| {
        let row = vec![
            marked(items, &contrast.item),
            rated_by(judges, &contrast.judge),
            contrast.published.map_or_else(|| "not printed".to_owned(), |points| decimals(points, 2)),
            with_interval(&contrast.own, 2),
            contrast.own.n_units().to_string(),
            with_interval(&contrast.detectable, 2),
            contrast.direction.words().to_owned(),
        ];
        let title = format!("{} beside {}", contrast.condition, found.citation);
        (title, row, vec![&contrast.own, &contrast.detectable])
    });
    noted(by_title(rows, &columns), &format!("{}; {}", found.place, found.wording))
}

/// Note printed under every table of the alternative annotator test.
const ALTERNATIVE: &str = "alternative annotator test (Calderon et al. 2025), clustered by source, epsilon 0.2; a judge as good as a clinician \
     passes in fewer than half of all studies of 60 sessions: not shown is no evidence against the judge";

/// Whether a judge could replace one clinician, one table per judge.
pub(in crate::report) fn alternatives(
    items: &[ItemFinding],
    found: &[AltTestFinding],
    who: &str,
) -> Vec<Grid> {
    let rows = found.iter().map(|one| {
        let row = vec![
            marked(items, &one.item),
            one.winning_rate.n_units().to_string(),
            one.humans.to_string(),
            rate(&one.winning_rate),
            rate(&one.advantage),
            one.outcome.words().to_owned(),
        ];
        let title = format!("Could {} stand in for one of the {who}?", one.judge);
        (title, row, vec![&one.winning_rate, &one.advantage])
    });
    let columns = ["item", "n", who, "wins against", "fits at least as well", "result"];
    noted(by_title(rows, &columns), ALTERNATIVE)
}
