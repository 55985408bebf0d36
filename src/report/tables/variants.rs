//! Tables of counterfactual variants: what they change, and how reconstructions differ with them.

use super::Reasons;
use crate::analysis::findings::{FigureKind, Findings, VariantCell, VariantFigure, VariantFindings};
use crate::analysis::phrase;
use crate::report::grid::Grid;
use crate::report::number::{p, with_interval};

/// All tables; empty if the experiment has no variants.
pub(in crate::report) fn variants(findings: &Findings) -> Vec<Grid> {
    let Some(found) = &findings.variants else { return Vec::new() };
    let mut grids = vec![overview(found), pairs(found)];
    let compared = found.cells.iter().filter(|cell| cell.pairs > 0);
    grids.extend(compared.map(|cell| differences(findings, found, cell)));
    grids
}

fn overview(found: &VariantFindings) -> Grid {
    let columns =
        ["variant", "replaced in client turns", "sessions changed", "dropped", "replacements", "asks"];
    let mut grid = Grid::new("Counterfactual variants: what is replaced", &columns);
    for variant in &found.variants {
        let replaced = variant.replaced.iter().map(|(from, to)| format!("{from} → {to}"));
        grid.rows.push(vec![
            variant.id.clone(),
            replaced.collect::<Vec<_>>().join(", "),
            variant.changed.to_string(),
            variant.dropped.to_string(),
            variant.replacements.to_string(),
            variant.asks.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
        ]);
    }
    grid.notes.push(
        "dropped: sessions without a word to replace; nothing was asked about them. Replacements: those in context notes are \
         counted too. asks: ethics risks whose definition needs such pairs"
            .to_owned(),
    );
    grid
}

fn pairs(found: &VariantFindings) -> Grid {
    let columns = ["variant", "condition", "pairs", "unheard", "incomplete", "same replies"];
    let mut grid = Grid::new("Counterfactual variants: pairs of reconstructions", &columns);
    // A variant that changes nothing has no pairs, which the table above shows.
    for cell in found.cells.iter().filter(|cell| cell.pairs + cell.unheard + cell.incomplete > 0) {
        grid.rows.push(vec![
            cell.variant.clone(),
            cell.label.clone(),
            cell.pairs.to_string(),
            cell.unheard.to_string(),
            cell.incomplete.to_string(),
            cell.same_replies.to_string(),
        ]);
    }
    grid.notes.push(
        "unheard: in selected, no marked turn holds a replaced word. incomplete: a reconstruction of the pair is missing. same replies: the counselor said the same words in both, so that \
         a difference of scores or of risks there is the judge's reaction to the client's words"
            .to_owned(),
    );
    grid.notes.extend(found.notes.iter().cloned());
    grid
}

fn differences(findings: &Findings, found: &VariantFindings, cell: &VariantCell) -> Grid {
    let title =
        format!("Variant {} minus the client's own words, {}: {}", cell.variant, cell.label, found.wording);
    let mut grid = Grid::new(&title, &["figure", "judge", "difference", "sessions", "sign-flip p", "p Holm"]);
    let mut reasons = Reasons::default();
    let own = |figure: &&VariantFigure| figure.variant == cell.variant && figure.condition == cell.condition;
    let mut most = 0;
    for figure in found.figures.iter().filter(own) {
        let difference = &figure.difference;
        most = most.max(difference.n_units());
        let name = named(figure);
        let row = if figure.judge.is_empty() { name.clone() } else { format!("{name} by {}", figure.judge) };
        reasons.note(&row, &[difference]);
        let no_interval = difference.value().is_ok() && difference.interval().is_err();
        let shown = with_interval(difference, 2);
        grid.rows.push(vec![
            name,
            figure.judge.clone(),
            if no_interval { format!("{shown} (no interval)") } else { shown },
            difference.n_units().to_string(),
            p(figure.p_sign_flip),
            p(figure.p_adjusted),
        ]);
    }
    grid.notes.push(format!(
        "mean over recorded sessions, 95 % interval resampled by session; scores are {}, and the total is of the items scored in \
         both; no interval and no test below 6 sessions, and no interval where all of them differ by the same amount; Holm over \
         all figures of all variants; {}",
        findings.rubric.score_wording,
        phrase::strength(most)
    ));
    grid.notes.extend(reasons.notes());
    grid
}

/// The figure's name, with what it is about unless that is a score.
fn named(figure: &VariantFigure) -> String {
    match figure.kind {
        FigureKind::Ethics => format!("{}: share of sessions", figure.label),
        _ => figure.label.clone(),
    }
}
