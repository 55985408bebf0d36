//! Owns corrected means, the order of the arms, calibrated means, and directions beside
//! published ones.

use crate::analysis::findings::{
    AltTestFinding, CalibratedMean, CorrectedMean, ItemFinding, Published, RankOrder,
};
use crate::analysis::phrase::decimals;
use crate::report::grid::Grid;
use crate::report::number::{p, shortest, value, with_interval};

use super::{Reasons, marked};

/// Under which condition the corrected figures hold; every report says it beside them.
pub(in crate::report) const RANDOM_SAMPLE: &str =
    "valid only where the rated sessions are a random sample of their arm";

/// How calibrated figures are to be read; every report says it beside them.
pub(in crate::report) const CALIBRATED: &str = "the intervals leave out that the map is an estimate; one map serves all arms, so bias by arm stays; \
     90 % within: how close clinicians' mean of a single session lies to its calibrated score";

/// One table per judge and arm, and per judge and contrast, where the judge scored more sources than were rated.
pub(in crate::report) fn corrected(items: &[ItemFinding], found: &[CorrectedMean], who: &str) -> Vec<Grid> {
    let columns =
        ["item", "rated", "judged only", who, "judge alone", "PPI++", "weight", "PPI", "p", "p Holm"];
    let mut grids: Vec<(Grid, Reasons, bool)> = Vec::new();
    for mean in found {
        let what = if mean.contrast.is_empty() { &mean.arm } else { &mean.contrast };
        let title = format!("Judge {} corrected by {who}, means of sources: {what}", mean.judge);
        if grids.last().is_none_or(|(grid, ..)| grid.title != title) {
            grids.push((Grid::new(&title, &columns), Reasons::default(), false));
        }
        let difference = !mean.contrast.is_empty();
        let row = vec![
            marked(items, &mean.item),
            mean.labelled.to_string(),
            mean.unlabelled.to_string(),
            with_interval(&mean.classical, 2),
            value(&mean.judge_alone, 2),
            with_interval(&mean.ppi_plus, 2),
            mean.weight.map_or_else(|| "-".to_owned(), |weight| decimals(weight, 2)),
            with_interval(&mean.ppi, 2),
            p(mean.ppi_plus.p().filter(|_| difference)),
            p(mean.p_adjusted),
        ];
        if let Some((grid, reasons, shown)) = grids.last_mut() {
            grid.rows.push(row);
            reasons.note(&mean.item, &[&mean.ppi_plus]);
            *shown |= mean.unlabelled > 0;
        }
    }
    grids
        .into_iter()
        .filter(|(.., shown)| *shown)
        .map(|(mut grid, reasons, _)| {
            grid.notes = reasons.notes();
            grid.notes.push(RANDOM_SAMPLE.to_owned());
            grid
        })
        .collect()
}

/// The order of the arms by the total, and how well the orders agree on every item.
pub(in crate::report) fn rank_orders(items: &[ItemFinding], orders: &[RankOrder], who: &str) -> Vec<Grid> {
    let mut grids: Vec<Grid> = Vec::new();
    for order in orders.iter().filter(|order| order.item == "total") {
        let title = format!("Order of the arms by their mean total: {who}, {}, corrected", order.judge);
        let mut grid = Grid::new(&title, &["arm", who, "judge", "corrected"]);
        for arm in &order.arms {
            let cell = |place: Option<f64>| place.map_or_else(|| "-".to_owned(), shortest);
            grid.rows.push(vec![arm.arm.clone(), cell(arm.clinicians), cell(arm.judge), cell(arm.corrected)]);
        }
        grid.notes.push("1: the highest mean; a condition without any rating is left out".to_owned());
        grids.push(grid);
    }
    let mut taus: Vec<(Grid, Reasons)> = Vec::new();
    for order in orders {
        let title =
            format!("Agreement on the order of the arms, Kendall's tau-b with the {who}: {}", order.judge);
        if taus.last().is_none_or(|(grid, _)| grid.title != title) {
            taus.push((Grid::new(&title, &["item", "arms", "judge", "corrected"]), Reasons::default()));
        }
        if let Some((grid, reasons)) = taus.last_mut() {
            reasons.note(&order.item, &[&order.tau_judge, &order.tau_corrected]);
            grid.rows.push(vec![
                marked(items, &order.item),
                order.tau_judge.n_units().to_string(),
                value(&order.tau_judge, 2),
                value(&order.tau_corrected, 2),
            ]);
        }
    }
    grids.extend(taus.into_iter().map(|(grid, reasons)| Grid { notes: reasons.notes(), ..grid }));
    grids
}

/// Means of the judge's scores on the clinicians' scale, one table per judge.
pub(in crate::report) fn calibrated(items: &[ItemFinding], found: &[CalibratedMean]) -> Vec<Grid> {
    let mut grids: Vec<Grid> = Vec::new();
    for mean in found {
        let title = format!("Scores by {} on the clinicians' scale", mean.judge);
        if grids.last().is_none_or(|grid| grid.title != title) {
            let mut grid = Grid::new(&title, &["item", "arm", "n", "raw", "calibrated", "90 % within"]);
            grid.notes.push(CALIBRATED.to_owned());
            grids.push(grid);
        }
        if let Some(grid) = grids.last_mut() {
            grid.rows.push(vec![
                marked(items, &mean.item),
                mean.arm.clone(),
                mean.calibrated.n_units().to_string(),
                value(&mean.raw, 2),
                with_interval(&mean.calibrated, 2),
                mean.half_width.map_or_else(|| "-".to_owned(), |width| decimals(width, 2)),
            ]);
        }
    }
    grids
}

/// Directions beside the published ones, one table per condition and rater group.
pub(in crate::report) fn published(items: &[ItemFinding], found: Option<&Published>) -> Vec<Grid> {
    let Some(found) = found else { return Vec::new() };
    let mut grids: Vec<Grid> = Vec::new();
    for contrast in found.contrasts.iter().filter(|contrast| contrast.own.value().is_ok()) {
        let who = if contrast.judge.is_empty() { "clinicians" } else { &contrast.judge };
        let title = format!("{} beside {}, rated by {who}", contrast.condition, found.citation);
        if grids.last().is_none_or(|grid| grid.title != title) {
            let mut grid = Grid::new(&title, &["item", "published", "here", "n", "detectable", "direction"]);
            grid.notes.push(found.wording.clone());
            grids.push(grid);
        }
        if let Some(grid) = grids.last_mut() {
            grid.rows.push(vec![
                marked(items, &contrast.item),
                contrast.published.map_or_else(|| "not printed".to_owned(), |points| decimals(points, 2)),
                with_interval(&contrast.own, 2),
                contrast.own.n_units().to_string(),
                value(&contrast.detectable, 2),
                contrast.direction.words().to_owned(),
            ]);
        }
    }
    grids
}

/// How the alternative annotator test is to be read; every report says it beside the figures.
pub(in crate::report) const ALTERNATIVE: &str = "alternative annotator test (Calderon et al. 2025), clustered by source, epsilon .2; a judge as good as a clinician \
     passes in fewer than half of all studies of 60 sessions: not shown is no evidence against the judge";

/// Whether a judge could stand in for one clinician, one table per judge.
pub(in crate::report) fn alternatives(
    items: &[ItemFinding],
    found: &[AltTestFinding],
    who: &str,
) -> Vec<Grid> {
    let mut grids: Vec<(Grid, Reasons)> = Vec::new();
    for one in found {
        let title = format!("Could {} stand in for one of the {who}?", one.judge);
        if grids.last().is_none_or(|(grid, _)| grid.title != title) {
            grids.push((Grid::new(&title, &["item", "n", who, "wins", "advantage", ""]), Reasons::default()));
        }
        if let Some((grid, reasons)) = grids.last_mut() {
            reasons.note(&one.item, &[&one.winning_rate]);
            grid.rows.push(vec![
                marked(items, &one.item),
                one.winning_rate.n_units().to_string(),
                one.humans.to_string(),
                value(&one.winning_rate, 2),
                value(&one.advantage, 2),
                one.outcome.words().to_owned(),
            ]);
        }
    }
    let noted = |(grid, reasons): (Grid, Reasons)| {
        let notes = reasons.notes().into_iter().chain([ALTERNATIVE.to_owned()]).collect();
        Grid { notes, ..grid }
    };
    grids.into_iter().map(noted).collect()
}
