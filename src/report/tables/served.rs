//! Table of what servers reported: which models answered, how replies ended, whether prompts arrived whole.

use crate::analysis::findings::{EndingsFinding, Findings, ServedFinding};
use crate::report::table::{Cell, Table};

/// Endings with a column of their own; all others share the next column.
const ENDINGS: [(&str, &str); 4] = [
    ("stop", "ended"),
    ("length", "cut at the limit"),
    ("refusal", "refused"),
    ("content_filter", "filtered"),
];

/// One row per model behind a server and purpose; `None` if no model is behind a server.
pub(super) fn served(findings: &Findings) -> Option<Table> {
    let columns = ["model", "asked for", "replies", "answered by"]
        .into_iter()
        .chain(ENDINGS.iter().map(|(_, name)| *name))
        .chain(["ended otherwise", "failed"]);
    let mut table = Table::new("Replies: which models answered, and how replies ended", columns)
        .note("replies from the ledger are included");
    for model in &findings.served {
        for purpose in &model.endings {
            table.push(&model.model, cells(model, purpose));
        }
        if let Some(cut) = &model.cut {
            table = table.note(format!(
                "{}: prompts did not arrive whole in {} of {} replies: {}",
                model.model, cut.replies, cut.of, cut.sign
            ));
        }
    }
    table.nonempty()
}

fn cells(model: &ServedFinding, purpose: &EndingsFinding) -> Vec<Cell> {
    let count = |n: u64| Cell::count(usize::try_from(n).unwrap_or(usize::MAX));
    let of = |word: &str| purpose.replies.iter().find(|(found, _)| found == word).map_or(0, |(_, n)| *n);
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
        Cell::words(purpose.purpose.replace('_', " ")),
        count(purpose.replies.iter().map(|(_, n)| n).sum()),
        Cell::words(if named.is_empty() { "not named".to_owned() } else { named.join(", ") }),
    ];
    cells.extend(ENDINGS.iter().map(|(word, _)| count(of(word))));
    cells.push(if others.is_empty() { Cell::count(0) } else { Cell::words(others.join(", ")) });
    cells.push(count(purpose.failed));
    cells
}
