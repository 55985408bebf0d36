//! Owns the marks a person made on client turns for the mode `selected`: in a column of the source, or in a table of
//! session and turn.

use super::{
    problem::{Problem, shown},
    rows::Rows,
};
use crate::domain::{Session, Speaker};

/// Reads a mark; none for a value that is no mark.
pub(super) fn mark(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "yes" | "x" => Some(true),
        "" | "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// Marks the turns that a table with the columns `session` and `turn` lists, by their number in the recorded session.
pub(super) fn apply(
    sessions: &mut [Session],
    path: &str,
    text: &str,
    delimiter: char,
    only: &[String],
) -> Vec<Problem> {
    let mut rows = match Rows::open(path, text, delimiter) {
        Ok(rows) => rows,
        Err(problem) => return vec![problem],
    };
    let (session, turn) = match (rows.column("session"), rows.column("turn")) {
        (Ok(session), Ok(turn)) => (session, turn),
        (session, turn) => return [session.err(), turn.err()].into_iter().flatten().collect(),
    };
    let mut problems = Vec::new();
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err((_, problem)) => {
                problems.push(problem);
                continue;
            }
        };
        let (id, number) = (row.id(session), row.field(turn).trim());
        let Some(found) = sessions.iter_mut().find(|session| session.id.as_str() == id) else {
            if only.is_empty() || only.iter().any(|wanted| wanted == id) {
                let message = format!("session {} is not in the source", shown(id));
                problems.push(Problem::at(path, row.line, message));
            }
            continue;
        };
        let wanted = number.parse::<u32>().ok();
        let marked = found.turns.iter_mut().find(|turn| Some(turn.number) == wanted);
        match marked {
            Some(turn) if turn.speaker == Speaker::Client => turn.selected = true,
            Some(_) => {
                let message = format!("turn {number} of session {} is the counselor's", shown(id));
                problems.push(Problem::at(path, row.line, message).hint("mark client turns"));
            }
            None => {
                let message = format!("session {} has no turn {}", shown(id), shown(number));
                problems.push(
                    Problem::at(path, row.line, message).hint("`sessions.jsonl` of a run has the numbers"),
                );
            }
        }
    }
    problems
}
