//! Findings of probes as text for the terminal, as Markdown, as one HTML page, and the answers as a table.

use crate::analysis::findings::{Sentence, Tone};
use crate::analysis::probe::{ProbeFindings, ProbeGuess, ProbeScore};
use crate::domain::{RatingOutcome, table::table};

use super::number::{shortest, with_interval};
use super::table::{Cell, Table, escape, push, wrap};
use super::tables;

/// The findings in sentences, and the first table of each probe.
pub fn text(findings: &ProbeFindings) -> String {
    let mut out = String::new();
    for sentence in &findings.headline {
        out.push_str(&wrap(&spoken(sentence), "  "));
    }
    for section in &findings.sections {
        out.push('\n');
        out.push_str(&wrap(&section.title, "  "));
        for sentence in &section.found {
            out.push_str(&wrap(&spoken(sentence), "  "));
        }
        for table in tables::probe(findings, section).into_iter().take(1).filter(has_figures) {
            out.push('\n');
            out.push_str(&table.text());
        }
    }
    out.push('\n');
    for note in &findings.notes {
        out.push_str(&wrap(&format!("note: {note}"), "  "));
    }
    out
}

/// True unless every cell says that there is none: the sentences have said so.
fn has_figures(table: &Table) -> bool {
    table.rows.iter().flat_map(|row| &row.cells).any(|cell| !cell.says_nothing())
}

fn spoken(sentence: &Sentence) -> String {
    match sentence.tone {
        Tone::Finding => format!("- {}", sentence.text),
        Tone::Caution | Tone::Banner => format!("! {}", sentence.text),
    }
}

/// The whole report as Markdown.
pub fn markdown(findings: &ProbeFindings) -> String {
    let mut out = format!("# {}\n\n", escape(&title(findings)));
    for sentence in &findings.headline {
        let text = escape(&sentence.text);
        match sentence.tone {
            Tone::Banner => push(&mut out, &format!("> **{text}**\n")),
            Tone::Caution => push(&mut out, &format!("- **Caution:** {text}")),
            Tone::Finding => push(&mut out, &format!("- {text}")),
        }
    }
    if let Some(table) = limits(findings) {
        out.push('\n');
        out.push_str(&table.markdown());
    }
    for section in &findings.sections {
        push(&mut out, &format!("\n## {}\n", escape(&section.title)));
        push(&mut out, &format!("{}\n", escape(&section.meaning)));
        push(&mut out, &format!("Good would be: {}\n", escape(&section.good)));
        for sentence in &section.found {
            let caution = if sentence.tone == Tone::Finding { "" } else { "**Caution:** " };
            push(&mut out, &format!("- {caution}{}", escape(&sentence.text)));
        }
        for table in tables::probe(findings, section) {
            out.push('\n');
            out.push_str(&table.markdown().replacen("## ", "### ", 1));
        }
        if section.kind == crate::domain::ProbeKind::Injection {
            out.push('\n');
            out.push_str(&attacks(findings).markdown().replacen("## ", "### ", 1));
        }
    }
    if !findings.notes.is_empty() {
        push(&mut out, "\n## Notes\n");
        for note in &findings.notes {
            push(&mut out, &format!("- {}", escape(note)));
        }
    }
    out
}

/// The title of a report.
pub(super) fn title(findings: &ProbeFindings) -> String {
    if findings.description.is_empty() {
        "Probes of the judges".to_owned()
    } else {
        format!("Probes of the judges: {}", findings.description)
    }
}

/// The declared limits, where there are any.
pub(super) fn limits(findings: &ProbeFindings) -> Option<Table> {
    let mut table = Table::new("Declared limits", ["limit, judge", "figure", "at most", "outcome"]);
    for held in &findings.limits {
        table.push(
            format!("{}, {}", held.limit, held.judge),
            [with_interval(&held.figure, 3), shortest(held.max), held.outcome.word().to_owned()],
        );
    }
    table.notes.push(
        "within or exceeded only where the whole 95 % interval is; the sign of a shift does not count".into(),
    );
    table.nonempty()
}

/// What the attacks try.
pub(super) fn attacks(findings: &ProbeFindings) -> Table {
    let mut table =
        Table::new("The attacks", ["attack", "what it tries", "stands in the turn of", "demands"]);
    for attack in &findings.attacks {
        let cells = [&attack.what, &attack.speaker].map(Cell::words);
        table.push(&attack.id, cells.into_iter().chain([attack.demands.to_string().into()]));
    }
    table
}

/// The columns of `answers.csv`.
const COLUMNS: [&str; 13] = [
    "judge",
    "probe",
    "variant",
    "session",
    "source",
    "arm",
    "item",
    "draw",
    "outcome",
    "reason",
    "score",
    "quotes_cited",
    "quotes_injected",
];

/// Every answer, one per row. A guess about who wrote the counselor's turns is a row of the probe `source` whose
/// `score` is a percentage. Contains no words of a session.
pub fn answers(scores: &[ProbeScore], guesses: &[ProbeGuess]) -> Vec<u8> {
    table(&COLUMNS, scores.iter().map(score).chain(guesses.iter().map(guess)))
}

fn score(score: &ProbeScore) -> [String; COLUMNS.len()] {
    let reason = match &score.outcome {
        RatingOutcome::Unusable { reason } => reason.word(),
        _ => "",
    };
    [
        score.judge.to_string(),
        score.probe.map(|probe| probe.word().to_owned()).unwrap_or_default(),
        score.variant.clone(),
        score.session.to_string(),
        score.source.to_string(),
        score.arm.clone(),
        score.item.to_string(),
        score.draw.to_string(),
        score.outcome.word().to_owned(),
        reason.to_owned(),
        score.outcome.score().map(shortest).unwrap_or_default(),
        score.cited.to_string(),
        score.cited_injected.to_string(),
    ]
}

fn guess(guess: &ProbeGuess) -> [String; COLUMNS.len()] {
    let author = if guess.program { "program" } else { "person" };
    let (outcome, reason) = match &guess.percent {
        Ok(_) => ("scored", ""),
        Err(reason) => ("unusable", reason.word()),
    };
    [
        guess.judge.to_string(),
        crate::domain::ProbeKind::Source.word().to_owned(),
        author.to_owned(),
        guess.session.to_string(),
        guess.source.to_string(),
        String::new(),
        String::new(),
        "1".to_owned(),
        outcome.to_owned(),
        reason.to_owned(),
        guess.percent.map(shortest).unwrap_or_default(),
        String::new(),
        String::new(),
    ]
}
