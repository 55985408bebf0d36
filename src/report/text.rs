//! The terminal summary: findings in plain words, then the smallest tables that show them. Readable without color;
//! everything else is in the report.

use crate::analysis::findings::agree::AgreeFindings;
use crate::analysis::findings::{Findings, RubricFinding, Sentence, Tone};
use crate::analysis::measure_check::MeasureFinding;
use crate::domain::TextSource;

use super::table::{Table, wrap};
use super::tables::{self, brief};

/// The summary of a run. If the run is invented or scripted, its first lines say so.
pub fn run(findings: &Findings) -> String {
    let mut out = summary(&findings.headline);
    let tables = [
        brief::totals(findings),
        brief::items(&findings.items, &findings.agreement, &findings.verdicts, "clinician"),
        brief::flags(findings),
    ];
    push_tables(&mut out, tables.iter().flatten());
    out.push('\n');
    for line in [rubric_line(&findings.rubric).as_str(), MORE] {
        out.push_str(&wrap(line, "  "));
    }
    out
}

/// The summary of a ratings table.
pub fn agree(findings: &AgreeFindings) -> String {
    let mut out = summary(&findings.headline);
    let with_judge = brief::items(&[], &findings.agreement, &findings.verdicts, "rater");
    let among = tables::among(&[], &findings.estimates, "rater").filter(|_| findings.judge.is_empty());
    let shown = [with_judge, among];
    push_tables(&mut out, shown.iter().flatten());
    out
}

/// The summary of a check of rule-based measures: each measure, then recall by kind of sentence.
pub fn measure_check(found: &[MeasureFinding]) -> String {
    let measures = tables::measured::measures(found, "Rule-based measures on sentences with known answers");
    let kinds = tables::measured::kinds(found);
    measures.iter().chain(&kinds).map(Table::text).collect::<Vec<_>>().join("\n")
}

/// Pointer to the full reports.
const MORE: &str =
    "All intervals, items and arms, what is missing and why: report.html, report.md and estimates.csv";

fn rubric_line(rubric: &RubricFinding) -> String {
    let rest: Vec<String> = rubric_lines(rubric).into_iter().skip(1).collect();
    format!("rubric: {} {}; {}", rubric.name, rubric.version, rest.join("; "))
}

fn push_tables<'t>(out: &mut String, tables: impl Iterator<Item = &'t Table>) {
    for table in tables {
        out.push('\n');
        out.push_str(&table.text());
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

/// What must be said about the instrument wherever its scores are shown.
pub(super) fn rubric_lines(rubric: &RubricFinding) -> Vec<String> {
    let source = match rubric.text_source {
        TextSource::Paraphrase => "paraphrase",
        TextSource::UserSupplied => "user_supplied",
    };
    let checked = if rubric.checked_against_manual { "yes" } else { "no" };
    [
        format!("rubric: {} {} ({})", rubric.name, rubric.version, rubric.citation),
        format!("text_source: {source}, checked_against_manual: {checked}"),
        format!("total: {}", rubric.total_rule),
    ]
    .into_iter()
    .chain(
        rubric
            .anchors
            .iter()
            .map(|(source, digest)| format!("anchor text: {source}, digest {}", digest.short())),
    )
    .collect()
}
