//! Tables of the terminal summary, as small as possible; everything else is in the report.

use crate::analysis::findings::{AgreementFinding, ArmItem, Author, Findings, ItemFinding};
use crate::analysis::inputs::FlagKind;
use crate::analysis::phrase::{decimals, reason};
use crate::analysis::verdict::{Assessability, ItemVerdict, JudgeVerdict};
use crate::report::table::{Cell, ItemMark, Table};
use crate::stats::{Estimate, Undefined};

/// A row per arm and rater group with a total; none where there are no totals.
pub(in crate::report) fn totals(findings: &Findings) -> Option<Table> {
    let base = findings.arms.first().map_or("original", |arm| arm.id.as_str());
    let difference = format!("from {base}");
    let title = format!("Totals: mean and difference from {base}, paired by source, with 95 % intervals");
    let mut table = Table::new(title, ["arm", "by", "n", "mean", &difference]);
    for arm in &findings.arms {
        let cells = findings.arm_items.iter();
        for cell in cells.filter(|c| c.item == "total" && c.arm == arm.id && c.mean.value().is_ok()) {
            let who = if cell.judge.is_empty() { "clinicians" } else { cell.judge.as_str() };
            let cells = [
                Cell::words(who),
                Cell::count(cell.mean.n_units()),
                Cell::interval(&cell.mean, 1),
                against_base(findings, cell).map_or_else(Cell::none, |d| Cell::interval(d, 1)),
            ];
            table.push(&arm.id, cells);
        }
    }
    table.nonempty()
}

fn against_base<'f>(findings: &'f Findings, cell: &ArmItem) -> Option<&'f Estimate> {
    let contrasts = findings.contrasts.iter();
    let mut own = contrasts.filter(|c| c.item == "total" && c.condition == cell.arm && c.judge == cell.judge);
    own.next().map(|contrast| &contrast.difference).filter(|difference| difference.value().is_ok())
}

/// A row per item: the clinicians, the first judge, a constant, the verdict.
pub(in crate::report) fn items(
    items: &[ItemFinding],
    agreement: &[AgreementFinding],
    verdicts: &[ItemVerdict],
    noun: &str,
) -> Option<Table> {
    let judge = verdicts.first().map(|verdict| verdict.judge.as_str())?;
    let title = format!(
        "Judge {judge} beside {noun}s: mean absolute error of a {noun}, the judge and a constant against the mean of \
         the other {noun}s"
    );
    let columns = ["item", "n", "ICC(A,1)", noun, "judge", "constant", "bias", "verdict"];
    let mut table = Table::new(title, columns);
    let mut confounded = false;
    for verdict in verdicts.iter().filter(|v| v.judge == judge) {
        let Some(a) = agreement.iter().find(|a| a.item == verdict.item && a.judge == judge) else { continue };
        let marked = items.iter().any(|item| item.id == a.item && item.replay_confounded);
        confounded |= marked;
        let figures = [&a.human_icc, &a.human_mae, &a.judge_mae, &a.constant_mae, &a.bias].map(known);
        let cells = [Cell::count(a.gap_mae.n_units())].into_iter().chain(figures);
        let marks = marked.then_some(ItemMark::Replay).into_iter().collect();
        table.push_marked(&a.item, marks, cells.chain([Cell::words(conclusion(verdict))]));
    }
    table
        .notes
        .push(format!("ICC(A,1): agreement of the {noun}s; bias: judge minus the mean of all {noun}s"));
    if confounded {
        table.notes.push(format!("{} confounded by replay", ItemMark::Replay.sign()));
    }
    let others = verdicts.iter().filter(|v| v.judge != judge).count();
    if others > 0 {
        table.notes.push("The other judges stand in the report.".to_owned());
    }
    table.nonempty()
}

/// The value with two decimals, or a dash.
fn known(estimate: &Estimate) -> Cell {
    if estimate.value().is_ok() { Cell::value(estimate, 2) } else { Cell::none() }
}

/// Both verdicts in one or two words.
fn conclusion(verdict: &ItemVerdict) -> String {
    match (verdict.assessability, verdict.verdict) {
        (Assessability::NotAssessable, JudgeVerdict::Inconclusive) => "not assessable".to_owned(),
        (Assessability::Assessable, word) => word.word().to_owned(),
        (assessable, word) => format!("{} ({})", word.word(), assessable.words()),
    }
}

/// A row per arm and author: flags per 100 counselor turns on each axis.
pub(in crate::report) fn flags(findings: &Findings) -> Option<Table> {
    let title = format!("Flags per 100 counselor turns, and how many ({})", findings.flags.wording);
    let mut table = Table::new(title, ["arm", "turns", "DE", "relational", "FW", "OV"]);
    let mut speakers: Vec<(&str, Author)> = Vec::new();
    for rate in findings.flags.rates.iter().filter(|rate| rate.category.is_empty()) {
        if !speakers.contains(&(rate.arm.as_str(), rate.author)) {
            speakers.push((rate.arm.as_str(), rate.author));
        }
    }
    let several = |arm: &str| speakers.iter().filter(|(other, _)| *other == arm).count() > 1;
    for &(arm, author) in &speakers {
        let axis = |kind: FlagKind| {
            let mut rates = findings.flags.rates.iter();
            rates.find(|r| r.arm == arm && r.author == author && r.kind == kind && r.category.is_empty())
        };
        let cell = |kind: FlagKind| axis(kind).map_or_else(Cell::none, rate_cell);
        let turns = axis(FlagKind::DeceptiveEmpathy).map_or(0, |rate| rate.counselor_turns);
        let relational = cell(FlagKind::DeceptiveEmpathy);
        let (deceptive, relational) = match author {
            Author::Human => (Cell::none(), relational),
            Author::Ai | Author::Mixed => (relational, Cell::none()),
        };
        // Recorded sessions may have counselors of both kinds.
        let counselor = if author == Author::Human { "people" } else { "AI" };
        let head = if several(arm) { format!("{arm} ({counselor})") } else { arm.to_owned() };
        let (warmth, validation) = (cell(FlagKind::FormulaicWarmth), cell(FlagKind::OverValidation));
        table.push(head, [Cell::count(turns), deceptive, relational, warmth, validation]);
    }
    table.notes.push(
        "DE: deceptive empathy; relational: the same phrases from a person; FW: formulaic warmth; OV: over-validation, \
         which needs a judge pass"
            .to_owned(),
    );
    table.nonempty().filter(|_| findings.flags.enabled)
}

fn rate_cell(rate: &crate::analysis::findings::FlagRate) -> Cell {
    match (rate.undefined, rate.per_100_turns.value()) {
        (None, Ok(per_100)) => format!("{} ({})", decimals(per_100, 1), rate.count).into(),
        (Some(Undefined::NeedsJudge), _) => Cell::none(),
        (why, value) => why.or(value.err()).map_or_else(Cell::none, |why| Cell::undefined(reason(why))),
    }
}
