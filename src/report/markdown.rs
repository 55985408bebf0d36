//! `report.md`: everything for people, in one file that any editor shows.

use crate::analysis::agree::AgreeFindings;
use crate::analysis::findings::{Findings, Sentence, Tone};

use super::grid::{Grid, escape, push};
use super::{tables, text};

/// The report of a run.
pub fn run(findings: &Findings) -> String {
    let title = if findings.description.is_empty() { "Report" } else { findings.description.as_str() };
    let mut out = format!("# {}\n\n", escape(title));
    push_summary(&mut out, &findings.headline);
    out.push_str("## Instrument\n\n");
    for line in text::rubric_lines(&findings.rubric) {
        push(&mut out, &format!("- {}", escape(&line)));
    }
    let mut grids = tables::scores(findings);
    grids.extend(tables::ceiling(&findings.items, &findings.agreement, "clinician"));
    grids.extend(tables::verdicts(&findings.items, &findings.verdicts));
    grids.extend(tables::with_mean(&findings.items, &findings.agreement, "clinician"));
    grids.extend(tables::raters_only(&findings.agreement));
    grids.extend(tables::bias(&findings.items, &findings.bias_by_arm));
    grids.extend(tables::contrasts(&findings.items, &findings.judges, &findings.contrasts));
    grids.extend(tables::alternatives(&findings.items, &findings.alternatives, "clinicians"));
    grids.extend(tables::corrected(&findings.items, &findings.corrected, "clinicians"));
    grids.extend(tables::published(&findings.items, &findings.judges, findings.published.as_ref()));
    grids.extend(tables::calibrated(&findings.items, &findings.calibrated));
    grids.extend(tables::rank_orders(&findings.items, &findings.rank_orders, "clinicians"));
    grids.extend(tables::flags(findings, true));
    grids.extend(tables::ethics(findings));
    grids.extend(tables::variants(findings));
    grids.extend([tables::outcomes(findings), tables::dynamics(findings)]);
    grids.extend(tables::coverage(findings));
    grids.extend(tables::coherence(findings));
    grids.extend(tables::grounding(findings));
    grids.push(tables::evidence(findings));
    grids.extend(tables::more(&findings.estimates).into_iter().map(|(_, grid)| grid));
    grids.extend(tables::risk_turns(findings));
    push_grids(&mut out, &grids);
    push_stale(&mut out, findings);
    push_list(&mut out, "Marks", &tables::mark_notes(&findings.items));
    out
}

/// The report of a ratings table.
pub fn agree(findings: &AgreeFindings) -> String {
    let mut out = String::from("# Agreement\n\n");
    push_summary(&mut out, &findings.headline);
    let mut grids = tables::ceiling(&[], &findings.agreement, "rater");
    grids.extend(tables::verdicts(&[], &findings.verdicts));
    grids.extend(tables::with_mean(&[], &findings.agreement, "rater"));
    grids.extend(tables::raters_only(&findings.agreement));
    grids.extend(tables::bias(&[], &findings.bias_by_arm));
    grids.extend(tables::contrasts(&[], &[], &findings.contrasts));
    grids.extend(tables::alternatives(&[], &findings.alternatives, "raters"));
    grids.extend(tables::corrected(&[], &findings.corrected, "raters"));
    grids.extend(tables::rank_orders(&[], &findings.rank_orders, "raters"));
    grids.extend(tables::more(&findings.estimates).into_iter().map(|(_, grid)| grid));
    grids.extend(tables::out_of_scale(&findings.out_of_scale_kept));
    push_grids(&mut out, &grids);
    out
}

fn push_summary(out: &mut String, headline: &[Sentence]) {
    for sentence in headline.iter().filter(|s| s.tone == Tone::Banner) {
        push(out, &format!("> **{}**\n>", escape(&sentence.text)));
    }
    out.push_str("\n## What was found\n\n");
    for sentence in headline.iter().filter(|s| s.tone != Tone::Banner) {
        let caution = if sentence.tone == Tone::Caution { "**Caution:** " } else { "" };
        push(out, &format!("- {caution}{}", escape(&sentence.text)));
    }
    out.push('\n');
}

fn push_grids(out: &mut String, grids: &[Grid]) {
    for grid in grids {
        out.push('\n');
        out.push_str(&grid.markdown());
    }
}

fn push_stale(out: &mut String, findings: &Findings) {
    let lines: Vec<String> = findings
        .excluded
        .stale
        .iter()
        .map(|s| {
            let why = if s.without_digest { "names no text" } else { "names another text" };
            format!("{}, {}: {} ({why})", s.session, s.rater, s.count)
        })
        .collect();
    push_list(out, "Stale ratings, excluded", &lines);
}

fn push_list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    push(out, &format!("\n## {title}\n"));
    for line in lines {
        push(out, &format!("- {}", escape(line)));
    }
}
