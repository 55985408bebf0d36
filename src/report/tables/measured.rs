//! Tables of how often rule-based measures are right on sentences with known answers.

use super::super::table::{Cell, Table};
use crate::analysis::measure_check::MeasureFinding;

/// Caption in the report of a run.
pub(in crate::report) const CAPTION: &str = "How often the rules are right, as their files state";

/// One row per measure.
pub(in crate::report) fn measures(found: &[MeasureFinding], caption: &str) -> Option<Table> {
    let mut table = Table::new(caption, ["measure", "on", "found", "recall", "wrongly found", "specificity"])
        .note("recall: of the sentences to be found; specificity: of the others, how many were left out; Wilson intervals")
        .note(
            "plain sentences, each read alone: the figures say how the rules do on such sentences, not on real talk, in \
             which most turns are none of them",
        );
    for measure in found {
        let of = |count: usize, n: usize| Cell::from(format!("{count} of {n}"));
        let (to_find, to_leave_out) = (measure.recall.n_units(), measure.specificity.n_units());
        let cells = [
            Cell::words(format!("{} {}", to_find + to_leave_out, measure.on)),
            of(measure.found, to_find),
            Cell::interval(&measure.recall, 2),
            of(measure.wrongly, to_leave_out),
            Cell::interval(&measure.specificity, 2),
        ];
        table.push(measure.measure.words(), cells);
    }
    table.nonempty()
}

/// Recall by kind of sentence.
pub(in crate::report) fn kinds(found: &[MeasureFinding]) -> Option<Table> {
    let mut table = Table::new("Recall by kind of sentence", ["measure, kind", "n", "recall"]);
    for measure in found {
        for kind in &measure.kinds {
            let cells = [Cell::count(kind.recall.n_units()), Cell::interval(&kind.recall, 2)];
            table.push(format!("{}, {}", measure.measure.words(), kind.kind), cells);
        }
    }
    table.nonempty()
}
