//! Owns `estimates.csv`: the tidy table, one row per estimate, empty fields where there is nothing.

use crate::analysis::row::{COLUMNS, EstimateRow};

use super::number::shortest;

/// The whole file with its header, `\n` line ends, UTF-8.
///
/// # Panics
/// Never: writing to memory does not fail and every record has the columns of the header.
pub fn estimates(rows: &[EstimateRow]) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("memory takes every byte");
    for row in rows {
        writer.write_record(record(row)).expect("every record has the header's columns");
    }
    writer.into_inner().expect("memory takes every byte")
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
