//! Tables of a report: which are shown, and the contents of their cells.

pub(super) mod brief;
mod coherence;
mod conversation;
mod corrected;
mod coverage;
mod ethics;
mod grounding;
mod pivot;
mod probe;
mod sensitivity;
mod variants;

use crate::analysis::findings::{
    AgreementFinding, BiasByArm, Contrast, Findings, ItemFinding, JudgeFinding, OutcomeTally,
};
use crate::analysis::phrase::decimals;
use crate::analysis::verdict::ItemVerdict;
use crate::stats::Estimate;

use super::grid::Grid;
use super::number::{UNDEFINED, p, share, shortest, value, why, with_interval};

pub(super) use coherence::coherence;
pub(super) use conversation::{dynamics, evidence, flags, outcomes};
pub(super) use pivot::{Section, more, risk_turns};
pub(super) use probe::probe;

pub(super) use corrected::{alternatives, calibrated, corrected, published, rank_orders};
pub(super) use coverage::coverage;
pub(super) use ethics::{DIFFERENCES, DRAWS, drawn, ethics, points, severity, status};
pub(super) use grounding::grounding;
pub(super) use sensitivity::out_of_scale;
pub(super) use variants::variants;

/// Mark of items that replay confounds.
const CONFOUNDED: &str = "†";
/// Mark of items with a note on confidence.
const LOW_CONFIDENCE: &str = "‡";

/// The item's name with its marks.
fn marked(items: &[ItemFinding], id: &str) -> String {
    let Some(item) = items.iter().find(|item| item.id == id) else { return id.to_owned() };
    let mut name = item.name.clone();
    if item.replay_confounded {
        name.push_str(CONFOUNDED);
    }
    if item.confidence_note.is_some() {
        name.push_str(LOW_CONFIDENCE);
    }
    name
}

/// A name without the marks of [`marked`], and the letters that the page uses for them.
pub(super) fn unmarked(name: &str) -> (String, Vec<&'static str>) {
    let marks =
        [(CONFOUNDED, "R"), (LOW_CONFIDENCE, "L")].into_iter().filter(|(mark, _)| name.contains(mark));
    let letters = marks.map(|(_, letter)| letter).collect();
    (name.trim_end_matches(['†', '‡']).to_owned(), letters)
}

/// Explanations of the marks, once per report.
pub(super) fn mark_notes(items: &[ItemFinding]) -> Vec<String> {
    let mut notes = Vec::new();
    if items.iter().any(|item| item.replay_confounded) {
        notes.push(format!(
            "{CONFOUNDED} confounded by replay: the client's turns cannot react to the new counselor"
        ));
    }
    for item in items {
        if let Some(note) = &item.confidence_note {
            notes.push(format!("{LOW_CONFIDENCE} {}: {note}", item.name));
        }
    }
    notes
}

/// Collects the reasons of undefined cells, for the lines below a table.
#[derive(Default)]
struct Reasons(Vec<(&'static str, Vec<String>)>);

impl Reasons {
    fn note(&mut self, row: &str, estimates: &[&Estimate]) {
        for reason in estimates.iter().filter_map(|estimate| why(estimate)) {
            match self.0.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, rows)) if rows.iter().any(|known| known == row) => {}
                Some((_, rows)) => rows.push(row.to_owned()),
                None => self.0.push((reason, vec![row.to_owned()])),
            }
        }
    }

    fn notes(self) -> Vec<String> {
        self.0
            .into_iter()
            .map(|(reason, rows)| format!("undefined: {reason} ({})", rows.join(", ")))
            .collect()
    }
}

/// Items x arms, one table per rater group.
pub(super) fn scores(findings: &Findings) -> Vec<Grid> {
    let mut groups: Vec<&str> = findings.arm_items.iter().map(|cell| cell.judge.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    groups.into_iter().map(|judge| score_table(findings, judge)).collect()
}

fn score_table(findings: &Findings, judge: &str) -> Grid {
    let title = if judge.is_empty() {
        format!("Scores by clinicians ({}): mean (sd) n", findings.clinicians.join(", "))
    } else {
        let baseline = findings.judges.iter().any(|j| j.id == judge && j.baseline);
        let label = if baseline { ", baseline, not a language model" } else { "" };
        format!("Scores by judge {judge}{label} ({}): mean (sd) n", findings.rubric.score_wording)
    };
    let mut columns = vec!["item"];
    columns.extend(findings.arms.iter().map(|arm| arm.label.as_str()));
    let mut grid = Grid::new(&title, &columns);
    let mut reasons = Reasons::default();
    let mut gaps: Vec<String> = Vec::new();
    for item in &findings.items {
        let mut row = vec![marked(&findings.items, &item.id)];
        for arm in &findings.arms {
            let cells = findings.arm_items.iter();
            let found = cells.into_iter().find(|c| c.item == item.id && c.arm == arm.id && c.judge == judge);
            let Some(cell) = found else { continue };
            reasons.note(&item.id, &[&cell.mean]);
            let sd = cell.sd.map(|sd| format!(" ({})", decimals(sd, 2))).unwrap_or_default();
            let n =
                if cell.mean.value().is_ok() { format!(" {}", cell.mean.n_units()) } else { String::new() };
            row.push(format!("{}{sd}{n}", value(&cell.mean, 2)));
            gaps.extend(gap(&item.id, &arm.id, &cell.tally));
        }
        grid.rows.push(row);
    }
    grid.notes = reasons.notes();
    grid.notes.extend(gaps);
    grid
}

/// Words for the ratings without a score, if there are any.
fn gap(item: &str, arm: &str, tally: &OutcomeTally) -> Option<String> {
    if item.starts_with("total") {
        return None;
    }
    let parts = [
        (tally.not_assessable, "not assessable"),
        (tally.unusable, "unusable"),
        (tally.not_applicable, "not applicable"),
        (tally.missing, "missing"),
    ];
    let words: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    (!words.is_empty()).then(|| format!("{item}, {arm}: {}", words.join(", ")))
}

/// Judge and clinicians compared with the same reference, beside a constant.
pub(super) fn ceiling(items: &[ItemFinding], agreement: &[AgreementFinding], noun: &str) -> Vec<Grid> {
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
    per_judge(agreement, |judge| {
        let title =
            format!("Judge {judge} and {noun}s against the same reference: the mean of the other {noun}s");
        let mut grid = Grid::new(&title, &columns.each_ref().map(String::as_str));
        let mut reasons = Reasons::default();
        for a in agreement.iter().filter(|a| a.judge == judge) {
            let figures =
                [&a.human_icc, &a.human_alpha, &a.human_mae, &a.judge_mae, &a.gap_mae, &a.constant_mae];
            reasons.note(&a.item, &figures);
            let mut row = vec![
                marked(items, &a.item),
                a.human_icc.n_units().to_string(),
                a.strength.clone(),
                a.gap_mae.n_units().to_string(),
            ];
            row.extend(figures.map(|figure| with_interval(figure, 2)));
            let beats = match a.beats_constant {
                Some(true) => "yes",
                Some(false) => "no: carries no information",
                None => UNDEFINED,
            };
            row.push(beats.to_owned());
            grid.rows.push(row);
        }
        grid.notes.push("MAE: mean absolute error".to_owned());
        grid.notes.extend(reasons.notes());
        grid
    })
}

/// Verdicts per item and judge.
pub(super) fn verdicts(items: &[ItemFinding], verdicts: &[ItemVerdict]) -> Vec<Grid> {
    let columns = ["item", "item is", "because", "judge is", "because", "margin"];
    by_title(
        verdicts.iter().map(|v| {
            let because = |reasons: &[String]| {
                if reasons.is_empty() { "all conditions hold".to_owned() } else { reasons.join("; ") }
            };
            let row = vec![
                marked(items, &v.item),
                v.assessability.words().to_owned(),
                because(&v.because),
                v.verdict.word().to_owned(),
                because(&v.verdict_because),
                shortest(v.margin),
            ];
            (format!("Verdicts for judge {}, by margins declared before looking", v.judge), row, Vec::new())
        }),
        &columns,
    )
}

/// The judge compared with the mean of all clinicians: labeled as such, never beside the ceiling.
pub(super) fn with_mean(items: &[ItemFinding], agreement: &[AgreementFinding], noun: &str) -> Vec<Grid> {
    per_judge(agreement, |judge| {
        let title = format!(
            "Judge {judge} with the mean of all {noun}s (a less noisy reference: not comparable with the ceiling)"
        );
        let columns = ["item", "n", "bias", "within 1", "ICC(A,1)", "Spearman"];
        let mut grid = Grid::new(&title, &columns);
        let mut reasons = Reasons::default();
        for a in agreement.iter().filter(|a| a.judge == judge) {
            reasons.note(&a.item, &[&a.bias, &a.icc_with_mean, &a.spearman_with_mean]);
            grid.rows.push(vec![
                marked(items, &a.item),
                a.bias.n_units().to_string(),
                with_interval(&a.bias, 2),
                share(&a.within1_with_mean),
                with_interval(&a.icc_with_mean, 2),
                value(&a.spearman_with_mean, 2),
            ]);
        }
        grid.notes = reasons.notes();
        if agreement.iter().any(|a| a.item == "pooled") {
            grid.notes.push(
                "pooled: all items below each other, which inflates agreement; read the items".to_owned(),
            );
        }
        grid
    })
}

fn per_judge(agreement: &[AgreementFinding], table: impl Fn(&str) -> Grid) -> Vec<Grid> {
    let mut judges: Vec<&str> =
        agreement.iter().map(|a| a.judge.as_str()).filter(|j| !j.is_empty()).collect();
    judges.sort_unstable();
    judges.dedup();
    judges.into_iter().map(table).collect()
}

/// Raters among each other, if there is no judge.
pub(super) fn raters_only(agreement: &[AgreementFinding]) -> Option<Grid> {
    let own: Vec<&AgreementFinding> = agreement.iter().filter(|a| a.judge.is_empty()).collect();
    if own.is_empty() {
        return None;
    }
    let mut grid =
        Grid::new("Agreement of the raters", &["item", "n", "ICC(A,1)", "ordinal alpha", "strength"]);
    let mut reasons = Reasons::default();
    for a in own {
        reasons.note(&a.item, &[&a.human_icc, &a.human_alpha]);
        grid.rows.push(vec![
            a.item.clone(),
            a.human_icc.n_units().to_string(),
            with_interval(&a.human_icc, 2),
            with_interval(&a.human_alpha, 2),
            a.strength.clone(),
        ]);
    }
    grid.notes = reasons.notes();
    Some(grid)
}

/// Judge bias by arm, one table per judge.
pub(super) fn bias(items: &[ItemFinding], found: &[BiasByArm]) -> Vec<Grid> {
    let columns = ["item", "contrast", "original", "condition", "difference", "n", "p", "p (Holm)"];
    by_title(
        found.iter().map(|b| {
            let row = vec![
                marked(items, &b.item),
                b.contrast.clone(),
                with_interval(&b.original, 2),
                with_interval(&b.in_condition, 2),
                with_interval(&b.difference, 2),
                b.difference.n_units().to_string(),
                p(b.difference.p()),
                p(b.p_adjusted),
            ];
            let title =
                format!("Bias by arm: judge {} minus clinicians, in one arm against the original", b.judge);
            (title, row, vec![&b.original, &b.in_condition, &b.difference])
        }),
        &columns,
    )
}

/// Arms paired by source, one table per contrast.
pub(super) fn contrasts(items: &[ItemFinding], judges: &[JudgeFinding], found: &[Contrast]) -> Vec<Grid> {
    let columns =
        ["item", "rated by", "difference", "n", "p", "p (Holm)", "p (sign flip)", "p (sign flip, Holm)"];
    by_title(
        found.iter().map(|c| {
            let row = vec![
                marked(items, &c.item),
                rated_by(judges, &c.judge),
                with_interval(&c.difference, 2),
                c.difference.n_units().to_string(),
                p(c.difference.p()),
                p(c.p_adjusted),
                p(c.p_sign_flip),
                p(c.p_sign_flip_adjusted),
            ];
            (format!("{}, paired by recorded session", c.contrast), row, vec![&c.difference])
        }),
        &columns,
    )
}

/// The name of a rater group; an empty id means the clinicians.
fn rated_by(judges: &[JudgeFinding], id: &str) -> String {
    if id.is_empty() {
        return "clinicians".to_owned();
    }
    let baseline = judges.iter().any(|judge| judge.id == id && judge.baseline);
    if baseline { format!("{id} (baseline)") } else { id.to_owned() }
}

/// Groups rows by the title of their table, in order of first appearance, and adds notes on undefined figures.
fn by_title<'e>(
    rows: impl Iterator<Item = (String, Vec<String>, Vec<&'e Estimate>)>,
    columns: &[&str],
) -> Vec<Grid> {
    let mut tables: Vec<(Grid, Reasons)> = Vec::new();
    for (title, row, estimates) in rows {
        let place = tables.iter().position(|(grid, _)| grid.title == title).unwrap_or_else(|| {
            tables.push((Grid::new(&title, columns), Reasons::default()));
            tables.len() - 1
        });
        let (grid, reasons) = &mut tables[place];
        if let Some(head) = row.first() {
            reasons.note(head, &estimates);
        }
        grid.rows.push(row);
    }
    tables.into_iter().map(|(grid, reasons)| Grid { notes: reasons.notes(), ..grid }).collect()
}
