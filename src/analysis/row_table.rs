//! Compact form of rows in findings: one list of columns, one list of the texts in use, and one array for each row, in
//! which a text is given by its index in that list. Empty fields at the end of a row are left out. As objects the same
//! rows would take five times the space; `estimates.csv` spells them out.

use std::collections::HashMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::row::{self, EstimateKey, EstimateRow};
use crate::stats::{Estimate, Interval, Undefined};

/// The figures of a row in findings, in order: those of `estimates.csv` without its two status columns, which follow
/// from the others, plus the number of raters and the reason for a missing interval.
const FIGURES: [&str; 15] = [
    "n",
    "n_raters",
    "value",
    "ci_low",
    "ci_high",
    "ci_level",
    "ci_method",
    "se",
    "p",
    "reason",
    "ci_reason",
    "n_dropped",
    "p_adjusted",
    "adjust",
    "n_out_of_scale",
];

/// All columns: those that identify a row, as in `estimates.csv`, and its figures.
fn columns() -> impl Iterator<Item = &'static str> {
    row::COLUMNS[..row::KEY_COLUMNS].iter().copied().chain(FIGURES)
}

#[derive(Serialize)]
struct StoredRows<'r> {
    columns: Vec<&'static str>,
    texts: Vec<&'r str>,
    rows: Vec<Vec<Field>>,
}

#[derive(Deserialize)]
struct StoredTable {
    columns: Vec<String>,
    texts: Vec<String>,
    rows: Vec<Vec<Field>>,
}

/// One field of a row. A text is represented by its index among the texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Field {
    Count(usize),
    Number(f64),
    Reason(Undefined),
    Empty,
}

/// The texts seen so far, each with its index.
#[derive(Default)]
struct StoredTexts<'r> {
    places: HashMap<&'r str, usize>,
    texts: Vec<&'r str>,
}

impl<'r> StoredTexts<'r> {
    fn place(&mut self, text: &'r str) -> usize {
        let texts = &mut self.texts;
        *self.places.entry(text).or_insert_with(|| {
            texts.push(text);
            texts.len() - 1
        })
    }
}

/// Writes rows.
///
/// # Errors
/// Errors of the serializer.
pub(in crate::analysis) fn serialize<S: Serializer>(
    rows: &[EstimateRow],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut texts = StoredTexts::default();
    let rows = rows.iter().map(|row| fields(row, &mut texts)).collect();
    StoredRows { columns: columns().collect(), texts: texts.texts, rows }.serialize(serializer)
}

/// Reads rows back unchanged.
///
/// # Errors
/// The columns differ, or a field has the wrong type for its column.
pub(in crate::analysis) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<EstimateRow>, D::Error> {
    let table = StoredTable::deserialize(deserializer)?;
    if !table.columns.iter().map(String::as_str).eq(columns()) {
        return Err(D::Error::custom("the estimates have other columns than this version writes"));
    }
    let read = |fields| row(fields, &table.texts).ok_or_else(|| D::Error::custom("a row of estimates"));
    table.rows.into_iter().map(read).collect()
}

fn fields<'r>(row: &'r EstimateRow, texts: &mut StoredTexts<'r>) -> Vec<Field> {
    let mut text =
        |text: &'r str| if text.is_empty() { Field::Empty } else { Field::Count(texts.place(text)) };
    let number = |number: Option<f64>| number.map_or(Field::Empty, Field::Number);
    let reason = |reason: Option<Undefined>| reason.map_or(Field::Empty, Field::Reason);
    let count = |count| if count == 0 { Field::Empty } else { Field::Count(count) };
    let (key, estimate, interval) = (&row.key, &row.estimate, row.interval());
    let mut fields = vec![
        text(&key.family),
        text(&key.statistic),
        text(&key.item),
        text(&key.arm),
        text(&key.condition),
        text(&key.contrast),
        text(&key.judge),
        text(&key.raters),
        text(&key.reference),
        count(estimate.n_units()),
        count(estimate.n_raters()),
        number(row.value()),
        number(interval.map(Interval::low)),
        number(interval.map(Interval::high)),
        number(interval.map(Interval::level)),
        text(row.method()),
        number(estimate.se()),
        number(estimate.p()),
        reason(estimate.value().err()),
        // Without a value there is no interval either, usually for the same reason.
        reason(estimate.interval().err().filter(|reason| estimate.value().err() != Some(*reason))),
        count(estimate.n_dropped()),
        number(row.p_adjusted),
        text(&row.adjust),
        count(row.n_out_of_scale),
    ];
    while fields.last() == Some(&Field::Empty) {
        fields.pop();
    }
    fields
}

/// The fields of one row, taken in order.
struct TakenRows<'t> {
    fields: std::vec::IntoIter<Field>,
    texts: &'t [String],
}

impl TakenRows<'_> {
    fn text(&mut self) -> Option<String> {
        match self.fields.next() {
            Some(Field::Count(place)) => self.texts.get(place).cloned(),
            Some(Field::Empty) | None => Some(String::new()),
            Some(Field::Reason(_) | Field::Number(_)) => None,
        }
    }

    fn count(&mut self) -> Option<usize> {
        match self.fields.next() {
            Some(Field::Count(count)) => Some(count),
            Some(Field::Empty) | None => Some(0),
            Some(_) => None,
        }
    }

    #[expect(clippy::option_option, reason = "a field of another kind, and a field that is empty")]
    fn number(&mut self) -> Option<Option<f64>> {
        match self.fields.next() {
            Some(Field::Number(number)) => Some(Some(number)),
            Some(Field::Count(count)) => Some(Some(count as f64)),
            Some(Field::Empty) | None => Some(None),
            Some(_) => None,
        }
    }

    #[expect(clippy::option_option, reason = "a field of another kind, and a field that is empty")]
    fn reason(&mut self) -> Option<Option<Undefined>> {
        match self.fields.next() {
            Some(Field::Reason(reason)) => Some(Some(reason)),
            Some(Field::Empty) | None => Some(None),
            Some(_) => None,
        }
    }
}

/// The row of these fields; `None` if a field has the wrong type for its column.
fn row(fields: Vec<Field>, texts: &[String]) -> Option<EstimateRow> {
    let mut taken = TakenRows { fields: fields.into_iter(), texts };
    let key = EstimateKey {
        family: taken.text()?,
        statistic: taken.text()?,
        item: taken.text()?,
        arm: taken.text()?,
        condition: taken.text()?,
        contrast: taken.text()?,
        judge: taken.text()?,
        raters: taken.text()?,
        reference: taken.text()?,
    };
    let (n, n_raters, value) = (taken.count()?, taken.count()?, taken.number()?);
    let limits = (taken.number()?, taken.number()?, taken.number()?);
    let (method, se, p) = (taken.text()?, taken.number()?, taken.number()?);
    let (reason, interval_reason) = (taken.reason()?, taken.reason()?);
    let (n_dropped, p_adjusted, adjust) = (taken.count()?, taken.number()?, taken.text()?);
    let n_out_of_scale = taken.count()?;
    let interval = match limits {
        (Some(low), Some(high), Some(level)) => Interval::new(low, high, level, &method),
        _ => Err(interval_reason.or(reason)?),
    };
    let test = if interval.is_ok() { String::new() } else { method };
    let value = match value {
        Some(value) => Ok(value),
        None => Err(reason?),
    };
    let mut estimate =
        Estimate::from_result(value).with_interval(interval).with_counts(n, n_raters, n_dropped);
    if let Some(se) = se {
        estimate = estimate.with_se(se);
    }
    if let Some(p) = p {
        estimate = estimate.with_p(p);
    }
    Some(EstimateRow { key, estimate, test, p_adjusted, adjust, n_out_of_scale })
}
