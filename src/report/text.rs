//! Owns the terminal summary: what was found in plain words, then the tables. Readable without colour.

use crate::analysis::agree::AgreeFindings;
use crate::analysis::findings::{Findings, RubricFinding, Sentence, Tone};
use crate::domain::TextSource;

use super::grid::{Grid, wrap};
use super::tables;

/// The summary of a run. An invented or scripted run says so on its first lines.
pub fn run(findings: &Findings) -> String {
    let mut out = summary(&findings.headline);
    for line in rubric_lines(&findings.rubric) {
        out.push_str(&wrap(&line, "  "));
    }
    let mut grids = tables::scores(findings);
    grids.extend(tables::ceiling(&findings.items, &findings.agreement, "clinician"));
    grids.extend(tables::verdicts(&findings.items, &findings.agreement, &findings.verdicts, "clinician"));
    grids.extend(tables::bias(&findings.items, &findings.bias_by_arm));
    grids.extend(tables::flags(findings, false));
    push_grids(&mut out, &grids);
    let notes = tables::mark_notes(&findings.items);
    if !notes.is_empty() {
        out.push('\n');
        for note in notes {
            out.push_str(&wrap(&note, "  "));
        }
    }
    out
}

/// The summary of a ratings table.
pub fn agree(findings: &AgreeFindings) -> String {
    let mut out = summary(&findings.headline);
    let mut grids = tables::ceiling(&[], &findings.agreement, "rater");
    grids.extend(tables::verdicts(&[], &findings.agreement, &findings.verdicts, "rater"));
    grids.extend(tables::with_mean(&[], &findings.agreement, "rater"));
    grids.extend(tables::raters_only(&findings.agreement));
    grids.extend(tables::bias(&[], &findings.bias_by_arm));
    push_grids(&mut out, &grids);
    out
}

fn push_grids(out: &mut String, grids: &[Grid]) {
    for grid in grids {
        out.push('\n');
        out.push_str(&grid.text());
    }
}

fn summary(headline: &[Sentence]) -> String {
    let mut out = String::new();
    for sentence in headline {
        let line = match sentence.tone {
            Tone::Banner => format!("*** {} ***", sentence.text),
            Tone::Caution => format!("! {}", sentence.text),
            Tone::Finding => format!("- {}", sentence.text),
        };
        out.push_str(&wrap(&line, "  "));
    }
    out
}

/// What must be said of the instrument wherever its scores stand.
pub(super) fn rubric_lines(rubric: &RubricFinding) -> Vec<String> {
    let source = match rubric.text_source {
        TextSource::Paraphrase => "paraphrase",
        TextSource::UserSupplied => "user_supplied",
    };
    let checked = if rubric.checked_against_manual { "yes" } else { "no" };
    vec![
        format!("rubric: {} {} ({})", rubric.name, rubric.version, rubric.citation),
        format!("text_source: {source}, checked_against_manual: {checked}"),
        format!("total: {}", rubric.total_rule),
    ]
}
