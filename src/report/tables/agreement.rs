//! Tables of judge and clinicians: the ceiling, verdicts, coefficients, bias by arm and contrasts of arms.

use crate::analysis::findings::{AgreementFinding, BiasByArm, Contrast, ItemFinding, JudgeFinding};
use crate::analysis::phrase;
use crate::analysis::row::EstimateRow;
use crate::analysis::verdict::ItemVerdict;
use crate::report::number::shortest;
use crate::report::table::{Cell, Table};

use super::{ByCaption, named, rated_by};

/// Judge and raters against the same reference, beside a constant; none where no judge was named.
pub(super) fn ceiling(
    items: &[ItemFinding],
    agreement: &[AgreementFinding],
    judge: &str,
    noun: &str,
) -> Option<Table> {
    let caption =
        format!("Judge {judge} and {noun}s against the same reference: the mean of the other {noun}s");
    let columns = [
        "item".to_owned(),
        format!("n, {noun}s"),
        "strength".to_owned(),
        "n, with judge".to_owned(),
        format!("ICC(A,1) of {noun}s"),
        format!("alpha of {noun}s"),
        format!("MAE of a {noun}"),
        "MAE of the judge".to_owned(),
        format!("judge minus {noun}"),
        "MAE of a constant".to_owned(),
        "judge beats the constant".to_owned(),
    ];
    let mut table = Table::new(caption, columns).note("MAE: mean absolute error");
    for a in agreement.iter().filter(|a| a.judge == judge && !judge.is_empty()) {
        let figures = [&a.human_icc, &a.human_alpha, &a.human_mae, &a.judge_mae, &a.gap_mae, &a.constant_mae];
        let mut cells = vec![
            Cell::count(a.human_icc.n_units()),
            Cell::words(&a.strength),
            Cell::count(a.gap_mae.n_units()),
        ];
        cells.extend(figures.map(|figure| Cell::interval(figure, 2)));
        cells.push(match a.beats_constant {
            Some(true) => Cell::words("yes"),
            Some(false) => Cell::words("no: carries no information"),
            None => Cell::none(),
        });
        let (name, marks) = named(items, &a.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}

/// What may be concluded of one judge, item by item.
pub(super) fn verdicts(items: &[ItemFinding], verdicts: &[ItemVerdict], judge: &str) -> Option<Table> {
    let caption = format!("Verdicts for judge {judge}, by margins declared before looking");
    let columns = ["item", "item is", "because", "judge is", "because", "margin"];
    let mut table = Table::new(caption, columns);
    let because = |reasons: &[String]| {
        Cell::words(if reasons.is_empty() { "all conditions hold".to_owned() } else { reasons.join("; ") })
    };
    for v in verdicts.iter().filter(|v| v.judge == judge) {
        let cells = [
            Cell::words(v.assessability.words()),
            because(&v.because),
            Cell::words(v.verdict.word()),
            because(&v.verdict_because),
            shortest(v.margin).into(),
        ];
        let (name, marks) = named(items, &v.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}

/// Columns of the tables of coefficients: heading, statistic id.
const COEFFICIENTS: [(&str, &str); 11] = [
    ("exact", "exact"),
    ("within 1", "within1"),
    ("MAE", "mae"),
    ("RMSE", "rmse"),
    ("bias", "bias"),
    ("r", "pearson"),
    ("rho", "spearman"),
    ("QWK", "kappa.quadratic"),
    ("ICC(A,1)", "icc.a1"),
    ("ICC(C,1)", "icc.c1"),
    ("alpha", "alpha.ordinal"),
];

/// One judge with the mean of the raters, and with each of them.
pub(super) fn coefficients(
    items: &[ItemFinding],
    estimates: &[EstimateRow],
    judge: &str,
    noun: &str,
) -> (Option<Table>, Vec<Table>) {
    let rows: Vec<&EstimateRow> = estimates
        .iter()
        .filter(|row| row.key.family == "agreement" && row.key.arm.is_empty())
        .filter(|row| row.key.judge == judge && !judge.is_empty())
        .collect();
    let mut references: Vec<&str> = Vec::new();
    for row in &rows {
        if !references.contains(&row.key.reference.as_str()) {
            references.push(&row.key.reference);
        }
    }
    let (means, each): (Vec<&str>, Vec<&str>) = references.into_iter().partition(|r| r.starts_with("mean("));
    let of = |reference: &str, caption: String| with_reference(items, &rows, reference, caption);
    let mean = means.first().map(|reference| {
        let members = reference.trim_start_matches("mean(").trim_end_matches(')').replace('|', ", ");
        of(reference, format!("Judge {judge} with the mean of {members}")).note(format!(
            "the mean of the {noun}s has less error than one {noun}, so these figures flatter the judge and never stand \
             beside the ceiling"
        ))
    });
    let each =
        each.iter().map(|reference| of(reference, format!("Judge {judge} with {reference}"))).collect();
    (mean, each)
}

fn with_reference(items: &[ItemFinding], rows: &[&EstimateRow], reference: &str, caption: String) -> Table {
    let own: Vec<&EstimateRow> = rows.iter().copied().filter(|r| r.key.reference == reference).collect();
    let columns = ["item", "n"].into_iter().chain(COEFFICIENTS.iter().map(|(name, _)| *name));
    let mut table = Table::new(caption, columns);
    let ids = item_ids(items, &own);
    if ids.contains(&"pooled") {
        table = table.note("pooled: all items below each other, which inflates agreement; read the items");
    }
    for id in ids {
        let of = |statistic: &str| own.iter().find(|r| r.key.item == id && r.key.statistic == statistic);
        let n = of("bias").map_or(0, |row| row.n());
        let figures = COEFFICIENTS.iter().map(|(_, statistic)| figure(of(statistic).copied()));
        let (name, marks) = named(items, id);
        table.push_marked(name, marks, [Cell::count(n)].into_iter().chain(figures));
    }
    table
}

fn figure(row: Option<&EstimateRow>) -> Cell {
    row.map_or_else(|| Cell::words("not computed"), |row| Cell::interval(&row.estimate, 2))
}

/// Items in the order of the findings, then whatever else the rows hold.
fn item_ids<'r>(items: &[ItemFinding], rows: &[&'r EstimateRow]) -> Vec<&'r str> {
    let mut ids: Vec<&str> = Vec::new();
    for row in rows {
        if !ids.contains(&row.key.item.as_str()) {
            ids.push(&row.key.item);
        }
    }
    let place = |id: &str| items.iter().position(|item| item.id == id).unwrap_or(usize::MAX);
    ids.sort_by_key(|id| place(id));
    ids
}

/// The raters with each other, in all arms and in each; none where there are fewer than two.
pub(in crate::report) fn among(
    items: &[ItemFinding],
    estimates: &[EstimateRow],
    noun: &str,
) -> Option<Table> {
    let rows: Vec<&EstimateRow> = estimates
        .iter()
        .filter(|r| r.key.family == "agreement" && r.key.judge.is_empty() && r.key.reference.is_empty())
        .collect();
    let columns = ["item", "arm", "n", "ICC(A,1)", "ICC(C,1)", "ordinal alpha", "strength"];
    let mut table = Table::new(format!("Agreement of the {noun}s with each other"), columns);
    for id in item_ids(items, &rows) {
        for row in rows.iter().filter(|r| r.key.item == id && r.key.statistic == "icc.a1") {
            let of = |statistic: &str| {
                let key = row.key.statistic(statistic);
                rows.iter().find(|r| r.key == key).copied()
            };
            let arm = if row.key.arm.is_empty() { "all" } else { row.key.arm.as_str() };
            let cells = [
                Cell::words(arm),
                Cell::count(row.n()),
                figure(Some(row)),
                figure(of("icc.c1")),
                figure(of("alpha.ordinal")),
                Cell::words(phrase::strength(row.n())),
            ];
            let (name, marks) = named(items, id);
            table.push_marked(name, marks, cells);
        }
    }
    table.nonempty()
}

/// Bias of one judge by arm.
pub(super) fn bias(items: &[ItemFinding], found: &[BiasByArm], judge: &str, who: &str) -> Option<Table> {
    let caption = format!("Bias by arm: judge {judge} minus {who}, in one arm against the original");
    let columns = ["item", "contrast", "original", "condition", "difference", "n", "p", "p (Holm)"];
    let mut table = Table::new(caption, columns);
    for b in found.iter().filter(|b| b.judge == judge) {
        let cells = [
            Cell::words(&b.contrast),
            Cell::interval(&b.original, 2),
            Cell::interval(&b.in_condition, 2),
            Cell::interval(&b.difference, 2),
            Cell::count(b.difference.n_units()),
            Cell::p(b.difference.p()),
            Cell::p(b.p_adjusted),
        ];
        let (name, marks) = named(items, &b.item);
        table.push_marked(name, marks, cells);
    }
    table.nonempty()
}

/// Arms paired by source, one table per contrast.
pub(super) fn contrasts(items: &[ItemFinding], judges: &[JudgeFinding], found: &[Contrast]) -> Vec<Table> {
    let columns =
        ["item", "rated by", "difference", "n", "p", "p (Holm)", "p (sign flip)", "p (sign flip, Holm)"];
    let mut tables = ByCaption::new(columns);
    for c in found {
        let cells = [
            Cell::words(rated_by(judges, &c.judge)),
            Cell::interval(&c.difference, 2),
            Cell::count(c.difference.n_units()),
            Cell::p(c.difference.p()),
            Cell::p(c.p_adjusted),
            Cell::p(c.p_sign_flip),
            Cell::p(c.p_sign_flip_adjusted),
        ];
        let (name, marks) = named(items, &c.item);
        let caption = format!("{}, paired by recorded session", c.contrast);
        tables.of(&caption).push_marked(name, marks, cells);
    }
    tables.tables
}
