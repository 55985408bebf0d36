//! Owns `estimates.csv`, the tidy table with one row per estimate and empty fields where there is nothing, and the list
//! of sessions to be rated next.

use crate::analysis::label_budget::ChosenSession;
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

/// Sessions to be rated next: `session`, `source`, `arm`, `text_digest`, `inclusion_probability`.
///
/// # Panics
/// Never: writing to memory does not fail and every record has five fields.
pub fn chosen(sessions: &[ChosenSession]) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
    let header = ["session", "source", "arm", "text_digest", "inclusion_probability"];
    writer.write_record(header).expect("memory takes every byte");
    for one in sessions {
        let (digest, probability) = (one.text_digest.hex(), shortest(one.inclusion_probability));
        let record = [&one.session, &one.source, &one.arm, &digest, &probability];
        writer.write_record(record).expect("every record has the header's columns");
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
