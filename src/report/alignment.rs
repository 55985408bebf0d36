//! The result of `check-aligner` as text for the terminal.

use crate::analysis::alignment::AlignmentFindings;
use crate::analysis::phrase;

use super::number::{why, with_interval};
use super::table::{Table, wrap};

/// Columns in reading order.
const FIGURES: [(&str, &str); 11] = [
    ("hit_at_1", "hit@1: names the turn that came next"),
    ("hit_at_1.chance", "hit@1 by chance"),
    ("hit_at_1.over_chance", "hit@1 less chance"),
    ("hit_at_1.bm25", "hit@1 of shared words (BM25)"),
    ("hit_at_1.over_bm25", "hit@1 less that of shared words"),
    ("mrr", "mean reciprocal rank"),
    ("mrr.chance", "mean reciprocal rank by chance"),
    ("mrr.bm25", "mean reciprocal rank of shared words"),
    ("first_shown", "names the turn that is shown first (chance: as hit@1)"),
    ("none_fits_rate", "says that none fits"),
    ("unreadable_rate", "answers that cannot be read"),
];

/// The findings as text.
pub fn text(findings: &AlignmentFindings) -> String {
    let mut out = String::new();
    if findings.synthetic {
        out.push_str(&wrap("! invented sessions: the figures say nothing of others", "  "));
    }
    if findings.baseline {
        out.push_str(&wrap("! the aligner is a rule (baseline), not a language model", "  "));
    }
    if findings.failed > 0 {
        let failed = phrase::count(findings.failed, "question");
        out.push_str(&wrap(&format!("! INCOMPLETE: {failed} without an answer"), "  "));
    }
    out.push_str(&figures(findings).text());
    out
}

fn figures(findings: &AlignmentFindings) -> Table {
    let title = format!(
        "Aligner {}: the client turn after {} recorded counselor turns of {}",
        findings.aligner,
        findings.answers.len(),
        phrase::count(findings.sessions, "session")
    );
    let mut table = Table::new(title, ["figure", "value", "n"]);
    for (statistic, label) in FIGURES {
        let Some(row) = findings.estimates.iter().find(|row| row.key.statistic == statistic) else {
            continue;
        };
        let estimate = &row.estimate;
        table.push(label.to_owned(), [with_interval(estimate, 3), estimate.n_units().to_string()]);
        if let Some(why) = why(estimate).filter(|_| statistic != "mrr") {
            table.notes.push(format!("{label}: undefined, {why}"));
        }
    }
    if !findings.baseline {
        table.notes.push("an answer names one turn and ranks none behind it: no mean reciprocal rank".into());
    }
    table.notes.push(
        "offered were the client turns not spoken yet, in random order; \"none\" and unreadable answers are misses; sessions resampled".into(),
    );
    table.notes.push("a proxy: after a model's turn nobody knows which client turn is the right one".into());
    table
}
