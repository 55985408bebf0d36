//! Tables of counterfactual variants: what they change, and how reconstructions differ with them.

use crate::analysis::findings::{FigureKind, Findings, VariantCell, VariantFigure, VariantFindings};
use crate::analysis::phrase;
use crate::report::table::{Cell, Table};

/// What is replaced, and the pairs there are; none where the experiment has no variants.
pub(super) fn overviews(findings: &Findings) -> Vec<Table> {
    findings.variants.iter().flat_map(|found| [overview(found), pairs(found)]).collect()
}

/// Differences, one table per variant and condition.
pub(super) fn differences(findings: &Findings) -> Vec<Table> {
    let compared = |found: &VariantFindings| -> Vec<Table> {
        let cells = found.cells.iter().filter(|cell| cell.pairs > 0);
        cells.map(|cell| difference(findings, found, cell)).collect()
    };
    findings.variants.as_ref().map(compared).unwrap_or_default()
}

fn overview(found: &VariantFindings) -> Table {
    let columns =
        ["variant", "replaced in client turns", "sessions changed", "dropped", "replacements", "asks"];
    let mut table = Table::new("Counterfactual variants: what is replaced", columns).note(
        "dropped: sessions without a word to replace; nothing was asked about them. Replacements: those in context notes are \
         counted too. asks: ethics risks whose definition needs such pairs",
    );
    for variant in &found.variants {
        let replaced: Vec<String> =
            variant.replaced.iter().map(|(from, to)| format!("{from} → {to}")).collect();
        let asks: Vec<&str> = variant.asks.iter().map(|(_, name)| name.as_str()).collect();
        let cells = [
            Cell::words(replaced.join(", ")),
            Cell::count(variant.changed),
            Cell::count(variant.dropped),
            Cell::count(variant.replacements),
            if asks.is_empty() { Cell::none() } else { Cell::words(asks.join(", ")) },
        ];
        table.push(&variant.id, cells);
    }
    table
}

fn pairs(found: &VariantFindings) -> Table {
    let columns = ["variant", "condition", "pairs", "unheard", "incomplete", "same replies"];
    let mut table = Table::new("Counterfactual variants: pairs of reconstructions", columns).note(
        "unheard: in selected, no marked turn holds a replaced word. incomplete: a reconstruction of the pair is missing. same replies: the counselor said the same words in both, so that \
         a difference of scores or of risks there is the judge's reaction to the client's words",
    );
    // A variant that changes nothing has no pair anywhere: the table above says so.
    for cell in found.cells.iter().filter(|cell| cell.pairs + cell.unheard + cell.incomplete > 0) {
        let counts = [cell.pairs, cell.unheard, cell.incomplete, cell.same_replies].map(Cell::count);
        table.push(&cell.variant, [Cell::words(&cell.label)].into_iter().chain(counts));
    }
    table.notes.extend(found.notes.iter().cloned());
    table
}

fn difference(findings: &Findings, found: &VariantFindings, cell: &VariantCell) -> Table {
    let caption =
        format!("Variant {} minus the client's own words, {}: {}", cell.variant, cell.label, found.wording);
    let mut table =
        Table::new(caption, ["figure", "judge", "difference", "sessions", "sign-flip p", "p Holm"]);
    let own = |figure: &&VariantFigure| figure.variant == cell.variant && figure.condition == cell.condition;
    let mut most = 0;
    for figure in found.figures.iter().filter(own) {
        let difference = &figure.difference;
        most = most.max(difference.n_units());
        let mut shown = Cell::interval(difference, 2);
        if difference.value().is_ok() && difference.interval().is_err() {
            shown = shown.remark("no interval");
        }
        let cells = [
            if figure.judge.is_empty() { Cell::none() } else { Cell::words(&figure.judge) },
            shown,
            Cell::count(difference.n_units()),
            Cell::p(figure.p_sign_flip),
            Cell::p(figure.p_adjusted),
        ];
        table.push(named(figure), cells);
    }
    table.note(format!(
        "mean over recorded sessions, 95 % interval resampled by session; scores are {}, and the total is of the items scored in \
         both; no interval and no test below 6 sessions, and no interval where all of them differ by the same amount; Holm over \
         all figures of all variants; {}",
        findings.rubric.score_wording,
        phrase::strength(most)
    ))
}

/// The figure's name, with what it is about unless that is a score.
fn named(figure: &VariantFigure) -> String {
    match figure.kind {
        FigureKind::Ethics => format!("{}: share of sessions", figure.label),
        _ => figure.label.clone(),
    }
}
