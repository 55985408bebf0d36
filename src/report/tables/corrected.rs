//! Tables of corrected means, the order of the arms, calibrated means, and directions beside published ones.

use crate::analysis::findings::{
    AltTestFinding, CalibratedMean, CorrectedMean, ItemFinding, JudgeFinding, PublishedComparison, RankOrder,
};
use crate::analysis::phrase::decimals;
use crate::report::number::shortest;
use crate::report::table::{Cell, Table};

use super::{ByCaption, named, rated_by};

/// Note printed under every table of corrected figures: the condition under which they are valid.
const RANDOM_SAMPLE: &str = "valid only where the rated sessions are a random sample of their arm";

/// Note printed under every table of calibrated figures.
const CALIBRATED: &str = "the intervals leave out that the map is an estimate; one map serves all arms, so bias by arm stays; \
     90 % within: how close clinicians' mean of a single session lies to its calibrated score";

/// Means of a judge that scored more sources than were rated, in some arm or contrast.
pub(super) fn corrected(
    items: &[ItemFinding],
    found: &[CorrectedMean],
    judge: &str,
    who: &str,
) -> Option<Table> {
    let caption = format!("Means of all sources by judge {judge}, corrected by the {who}' ratings of some");
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
    let mut table = Table::new(caption, columns).note(RANDOM_SAMPLE);
    let own = || found.iter().filter(|mean| mean.judge == judge);
    let extended = |mean: &CorrectedMean| {
        own().any(|one| one.arm == mean.arm && one.contrast == mean.contrast && one.unlabelled > 0)
    };
    for mean in own().filter(|mean| extended(mean)) {
        let difference = !mean.contrast.is_empty();
        let cells = [
            Cell::words(if difference { &mean.contrast } else { &mean.arm }),
            Cell::count(mean.labelled),
            Cell::count(mean.unlabelled),
            Cell::interval(&mean.classical, 2),
            Cell::interval(&mean.judge_alone, 2),
            Cell::interval(&mean.ppi_plus, 2),
            Cell::number(mean.weight, 2),
            Cell::interval(&mean.ppi, 2),
            Cell::p(mean.ppi_plus.p().filter(|_| difference)),
            Cell::p(mean.p_adjusted),
        ];
        let (name, marks) = named(items, &mean.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}

/// The order of the arms by the total, and how well the orders agree on every item.
pub(super) fn rank_orders(items: &[ItemFinding], orders: &[RankOrder], judge: &str, who: &str) -> Vec<Table> {
    let own = || orders.iter().filter(|order| order.judge == judge);
    let caption = format!("Order of the arms by their mean total: {who}, {judge}, corrected");
    let mut places = Table::new(
        caption,
        ["arm".to_owned(), format!("by {who}"), "by the judge".into(), "corrected".into()],
    )
    .note("1: the highest mean; a condition without any rating is left out");
    let place = |place: Option<f64>| place.map_or_else(Cell::none, |place| shortest(place).into());
    for arm in own().filter(|order| order.item == "total").flat_map(|order| &order.arms) {
        places.push(&arm.arm, [place(arm.clinicians), place(arm.judge), place(arm.corrected)]);
    }
    let caption = format!("Agreement on the order of the arms, Kendall's tau-b with the {who}: {judge}");
    let mut taus = Table::new(caption, ["item", "arms", "judge", "corrected"]);
    for order in own() {
        let cells = [
            Cell::count(order.tau_judge.n_units()),
            Cell::interval(&order.tau_judge, 2),
            Cell::interval(&order.tau_corrected, 2),
        ];
        let (name, marks) = named(items, &order.item);
        taus.push_marked(name, marks, cells);
    }
    [places, taus].into_iter().filter_map(Table::nonempty).collect()
}

/// Means of the judge's scores on the clinicians' scale.
pub(super) fn calibrated(items: &[ItemFinding], found: &[CalibratedMean], judge: &str) -> Option<Table> {
    let columns = ["item", "arm", "n", "raw", "calibrated", "90 % within"];
    let mut table =
        Table::new(format!("Scores by {judge} on the clinicians' scale"), columns).note(CALIBRATED);
    for mean in found.iter().filter(|mean| mean.judge == judge) {
        let cells = [
            Cell::words(&mean.arm),
            Cell::count(mean.calibrated.n_units()),
            Cell::interval(&mean.raw, 2),
            Cell::interval(&mean.calibrated, 2),
            Cell::number(mean.half_width, 2),
        ];
        let (name, marks) = named(items, &mean.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}

/// Directions beside the published ones, one table per condition.
pub(super) fn published(
    items: &[ItemFinding],
    judges: &[JudgeFinding],
    found: Option<&PublishedComparison>,
) -> Vec<Table> {
    let Some(found) = found else { return Vec::new() };
    let columns = ["item", "rated by", "published", "here", "n", "detectable with power 0.80", "direction"];
    let compared = |condition: &str| {
        found.contrasts.iter().any(|one| one.condition == condition && one.own.value().is_ok())
    };
    let mut tables = ByCaption::new(columns);
    for contrast in found.contrasts.iter().filter(|one| compared(&one.condition)) {
        let published = contrast.published.map(|points| decimals(points, 2));
        let cells = [
            Cell::words(rated_by(judges, &contrast.judge)),
            published.map_or_else(|| Cell::words("not printed"), Cell::from),
            Cell::interval(&contrast.own, 2),
            Cell::count(contrast.own.n_units()),
            Cell::interval(&contrast.detectable, 2),
            Cell::words(contrast.direction.words()),
        ];
        let (name, marks) = named(items, &contrast.item);
        let caption = format!("{} beside {}", contrast.condition, found.citation);
        tables.of(&caption).push_marked(name, marks, cells);
    }
    tables.noted(&format!("{}; {}", found.place, found.wording))
}

/// Note printed under every table of the alternative annotator test.
const ALTERNATIVE: &str = "alternative annotator test (Calderon et al. 2025), clustered by source, epsilon 0.2; a judge as good as a clinician \
     passes in fewer than half of all studies of 60 sessions: not shown is no evidence against the judge";

/// Whether a judge could stand in for one clinician.
pub(super) fn alternatives(
    items: &[ItemFinding],
    found: &[AltTestFinding],
    judge: &str,
    who: &str,
) -> Option<Table> {
    let columns = ["item", "n", who, "wins against", "fits at least as well", "result"];
    let mut table =
        Table::new(format!("Could {judge} stand in for one of the {who}?"), columns).note(ALTERNATIVE);
    for one in found.iter().filter(|one| one.judge == judge) {
        let cells = [
            Cell::count(one.winning_rate.n_units()),
            Cell::count(one.humans),
            Cell::rate(&one.winning_rate),
            Cell::rate(&one.advantage),
            Cell::words(one.outcome.words()),
        ];
        let (name, marks) = named(items, &one.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}
