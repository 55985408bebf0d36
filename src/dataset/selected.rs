//! Marks that a person made on client turns for the mode `selected`: in a column of the source, or in a table of
//! session and turn.

use super::{
    alike,
    cell::whole,
    problem::{Problem, name},
    rows::{Contents, Rows},
    source::TableOptions,
};
use crate::domain::{Session, Speaker};

/// Reads a mark; none for a value that is no mark.
pub(super) fn mark(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" | "1.0" | "yes" | "x" => Some(true),
        "" | "false" | "0" | "0.0" | "no" => Some(false),
        _ => None,
    }
}

/// Marks the turns that a table with the columns `session` and `turn` lists, by their number in the recorded session.
pub(super) fn apply(
    sessions: &mut [Session],
    path: &str,
    text: &str,
    table: &TableOptions,
    only: &[String],
) -> Vec<Problem> {
    let mut rows = match Rows::open(path, text, &table.of_a_table_beside(), Contents::Names) {
        Ok(rows) => rows,
        Err(problem) => return vec![problem],
    };
    let mut finder = rows.finder();
    let (session, turn) = (finder.column("session"), finder.column("turn"));
    let mut problems = finder.problems();
    if !problems.is_empty() {
        return problems;
    }
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err((_, problem)) => {
                problems.push(problem);
                continue;
            }
        };
        let (id, number) = (row.id(session), row.field(turn).trim());
        let Some(at) = sessions.iter().position(|session| session.id.as_str() == id) else {
            if only.is_empty() || only.iter().any(|wanted| wanted == id) {
                let problem =
                    Problem::at(path, row.line, format!("session {} is not in the source", name(id)));
                let like = alike::nearest(id, sessions.iter().map(|session| session.id.as_str()));
                problems.push(match like {
                    Some(like) => {
                        problem.hint(format!("ids are compared as written; there is {}", name(like)))
                    }
                    None => problem,
                });
            }
            continue;
        };
        let wanted = whole(number).and_then(|number| u32::try_from(number).ok());
        let marked = sessions[at].turns.iter_mut().find(|turn| Some(turn.number) == wanted);
        match marked {
            Some(turn) if turn.speaker == Speaker::Client => turn.selected = true,
            Some(_) => {
                let message = format!("turn {number} of session {} is the counselor's", name(id));
                problems.push(Problem::at(path, row.line, message).hint("mark client turns"));
            }
            None => {
                let message = format!("session {} has no turn {}", name(id), name(number));
                problems.push(
                    Problem::at(path, row.line, message).hint("`sessions.jsonl` of a run has the numbers"),
                );
            }
        }
    }
    problems
}
