//! `report.md`: everything for people, in one file that any editor shows.

use crate::analysis::findings::agree::AgreeFindings;
use crate::analysis::findings::{Findings, Sentence, Tone};

use super::table::{Table, escape, push};
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
    push_tables(&mut out, tables::of_run(findings).iter().map(|placed| &placed.table));
    push_stale(&mut out, findings);
    push_list(&mut out, "Marks", &tables::mark_notes(&findings.items));
    out
}

/// The report of a ratings table.
pub fn agree(findings: &AgreeFindings) -> String {
    let mut out = String::from("# Agreement\n\n");
    push_summary(&mut out, &findings.headline);
    push_tables(&mut out, &tables::of_agree(findings));
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

fn push_tables<'t>(out: &mut String, tables: impl IntoIterator<Item = &'t Table>) {
    for table in tables {
        out.push('\n');
        out.push_str(&table.markdown());
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
