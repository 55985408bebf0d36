//! `estimates.csv`, the tidy table with one row per estimate and empty fields for absent values, and the list
//! of sessions to be rated next.

use crate::analysis::label_budget::ChosenSession;
use crate::analysis::row::{COLUMNS, EstimateRow};
use crate::domain::table::table;
use crate::stats::Interval;

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
    let status = |is_there: bool| if is_there { "ok" } else { "undefined" }.to_owned();
    let interval = row.interval();
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
        number(row.value()),
        number(row.estimate.se()),
        number(interval.map(Interval::low)),
        number(interval.map(Interval::high)),
        number(interval.map(Interval::level)),
        row.method().to_owned(),
        status(interval.is_some()),
        number(row.p()),
        number(row.p_adjusted),
        row.adjust.clone(),
        row.n().to_string(),
        row.estimate.n_dropped().to_string(),
        row.n_out_of_scale.to_string(),
        status(row.value().is_some()),
        row.reason().map(|reason| reason.word().to_owned()).unwrap_or_default(),
    ]
}
