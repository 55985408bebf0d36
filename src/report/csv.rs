//! Owns `estimates.csv`, the tidy table with one row per estimate and empty fields where there is nothing, and the list
//! of sessions to be rated next.

use crate::analysis::label_budget::ChosenSession;
use crate::analysis::row::{COLUMNS, EstimateRow};
use crate::domain::table::table;

use super::number::shortest;

/// The whole file with its header, `\n` line ends, UTF-8.
pub fn estimates(rows: &[EstimateRow]) -> Vec<u8> {
    table(&COLUMNS, rows.iter().map(record))
}

/// Sessions to be rated next: `session`, `source`, `arm`, `text_digest`, `inclusion_probability`.
pub fn chosen(sessions: &[ChosenSession]) -> Vec<u8> {
    let row = |one: &ChosenSession| {
        let (digest, probability) = (one.text_digest.hex(), shortest(one.inclusion_probability));
        [one.session.clone(), one.source.clone(), one.arm.clone(), digest, probability]
    };
    table(&["session", "source", "arm", "text_digest", "inclusion_probability"], sessions.iter().map(row))
}

fn record(row: &EstimateRow) -> [String; COLUMNS.len()] {
    let key = row.key.clone();
    let number = |value: Option<f64>| value.map(shortest).unwrap_or_default();
    [
        key.family,
        key.statistic,
        key.item,
        key.arm,
        key.condition,
        key.contrast,
        key.judge,
        key.raters,
        key.reference,
        number(row.value),
        number(row.se),
        number(row.ci_low),
        number(row.ci_high),
        number(row.ci_level),
        row.ci_method.clone(),
        row.ci_status.word().to_owned(),
        number(row.p),
        number(row.p_adjusted),
        row.adjust.clone(),
        row.n.to_string(),
        row.n_dropped.to_string(),
        row.n_out_of_scale.to_string(),
        row.status.word().to_owned(),
        row.reason.map(|reason| reason.word().to_owned()).unwrap_or_default(),
    ]
}
