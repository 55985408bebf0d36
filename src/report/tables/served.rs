//! The table of what servers showed: which models answered, how replies ended, how many prompts were cut.

use crate::analysis::findings::{EndingsFinding, Findings, ServedFinding};
use crate::report::grid::Grid;

/// Endings with a column of their own; every other stands in the last one.
const ENDINGS: [(&str, &str); 4] = [
    ("stop", "ended"),
    ("length", "cut at the limit"),
    ("refusal", "refused"),
    ("content_filter", "filtered"),
];

/// One row per model behind a server and purpose; none where no model is behind a server.
pub(in crate::report) fn served(findings: &Findings) -> Option<Grid> {
    let columns = ["model", "asked for", "replies", "answered by"]
        .into_iter()
        .chain(ENDINGS.iter().map(|(_, name)| *name))
        .chain(["ended otherwise", "failed"]);
    let columns: Vec<&str> = columns.collect();
    let mut grid = Grid::new("Replies: which models answered, and how replies ended", &columns);
    for model in &findings.served {
        grid.rows.extend(model.endings.iter().map(|purpose| row(model, purpose)));
        if let Some(cut) = &model.cut {
            grid.notes.push(format!(
                "{}: prompts did not arrive whole in {} of {} replies: {}",
                model.model, cut.replies, cut.of, cut.sign
            ));
        }
    }
    grid.notes.push("replies that the ledger gave are counted in".to_owned());
    (!grid.rows.is_empty()).then_some(grid)
}

fn row(model: &ServedFinding, purpose: &EndingsFinding) -> Vec<String> {
    let of = |word: &str| purpose.replies.iter().find(|(found, _)| found == word).map_or(0, |(_, n)| *n);
    let all: u64 = purpose.replies.iter().map(|(_, n)| n).sum();
    let named: Vec<String> = model
        .answered_by
        .iter()
        .map(|(name, n)| if model.answered_by.len() == 1 { name.clone() } else { format!("{name} ({n})") })
        .collect();
    let others: Vec<String> = purpose
        .replies
        .iter()
        .filter(|(word, _)| ENDINGS.iter().all(|(known, _)| known != word))
        .map(|(word, n)| format!("{} {n}", word.replace('_', " ")))
        .collect();
    let mut cells = vec![
        model.model.clone(),
        purpose.purpose.replace('_', " "),
        all.to_string(),
        if named.is_empty() { "not named".to_owned() } else { named.join(", ") },
    ];
    cells.extend(ENDINGS.iter().map(|(word, _)| of(word).to_string()));
    cells.push(if others.is_empty() { "0".to_owned() } else { others.join(", ") });
    cells.push(purpose.failed.to_string());
    cells
}
