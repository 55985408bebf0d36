//! The table type of the page, with footnotes that explain undefined cells.

use serde::Serialize;

use crate::analysis::phrase;
use crate::report::number;
use crate::stats::Estimate;

/// One cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Cell {
    /// The figure or word.
    pub(super) text: String,
    /// The interval and remarks, one per line, below the figure.
    pub(super) small: Vec<String>,
    /// Letter of the footnote that explains why there is no figure.
    pub(super) note: String,
    /// CSS class of the cell; never the only way a meaning is shown.
    pub(super) class: &'static str,
}

impl Cell {
    /// A cell of words.
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), class: "words", ..Self::default() }
    }

    /// A cell with a whole number.
    pub(super) fn count(n: usize) -> Self {
        Self { text: n.to_string(), ..Self::default() }
    }

    /// The same cell with another remark below, if it is not empty.
    pub(super) fn with_small(mut self, small: impl Into<String>) -> Self {
        self.small.extend(Some(small.into()).filter(|small| !small.is_empty()));
        self
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// The row's header.
    pub(super) head: String,
    /// Marks after the header, such as `R` for replay-confounded.
    pub(super) marks: Vec<&'static str>,
    /// The cells.
    pub(super) cells: Vec<Cell>,
}

/// One footnote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Note {
    letter: String,
    text: &'static str,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Sheet {
    pub(super) caption: String,
    /// Column headers; the first belongs to the row headers.
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) notes: Vec<Note>,
}

impl Sheet {
    /// An empty table.
    pub(super) fn new<S: Into<String>>(
        caption: impl Into<String>,
        head: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { caption: caption.into(), head: head.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Adds a row without marks.
    pub(super) fn push(&mut self, head: impl Into<String>, cells: Vec<Cell>) {
        self.push_marked(head, Vec::new(), cells);
    }

    /// Adds a row.
    pub(super) fn push_marked(
        &mut self,
        head: impl Into<String>,
        marks: Vec<&'static str>,
        cells: Vec<Cell>,
    ) {
        self.rows.push(Row { head: head.into(), marks, cells });
    }

    /// Figure and interval, or `undefined` with a footnote that explains why.
    pub(super) fn estimate(&mut self, estimate: &Estimate, places: usize) -> Cell {
        let Some(why) = number::why(estimate) else {
            let interval = estimate.interval().map(|i| {
                format!("[{}, {}]", phrase::decimals(i.low(), places), phrase::decimals(i.high(), places))
            });
            return Cell {
                text: number::value(estimate, places),
                small: interval.into_iter().collect(),
                ..Cell::default()
            };
        };
        self.undefined(why)
    }

    /// A share in percent, or `undefined` with a footnote.
    pub(super) fn share(&mut self, estimate: &Estimate) -> Cell {
        let Some(why) = number::why(estimate) else {
            let interval = estimate
                .interval()
                .map(|i| format!("[{}, {}]", phrase::percent(i.low()), phrase::percent(i.high())));
            return Cell {
                text: number::share(estimate),
                small: interval.into_iter().collect(),
                ..Cell::default()
            };
        };
        self.undefined(why)
    }

    /// `undefined` with a footnote.
    pub(super) fn undefined(&mut self, why: &'static str) -> Cell {
        let place = self.notes.iter().position(|note| note.text == why);
        let place = place.unwrap_or_else(|| {
            self.notes.push(Note { letter: letter(self.notes.len()), text: why });
            self.notes.len() - 1
        });
        Cell {
            text: number::UNDEFINED.to_owned(),
            note: self.notes[place].letter.clone(),
            class: "undefined",
            ..Cell::default()
        }
    }
}

/// `a`, `b`, ..., `z`, `a2`, ...: there are fewer reasons than letters, but the code does not rely on it.
fn letter(index: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(index % 26).expect("below 26"));
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26 + 1) }
}

/// An identifier in readable form.
pub(super) fn spaced(id: &str) -> String {
    id.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Undefined;

    #[test]
    fn an_undefined_cell_says_why_and_one_reason_is_one_footnote() {
        let mut sheet = Sheet::new("c", ["item", "x"]);
        let first = sheet.estimate(&Estimate::undefined(Undefined::NoPairs), 2);
        let second = sheet.estimate(&Estimate::undefined(Undefined::TooFewUnits), 2);
        let third = sheet.share(&Estimate::undefined(Undefined::NoPairs));
        assert_eq!((first.note.as_str(), second.note.as_str(), third.note.as_str()), ("a", "b", "a"));
        assert_eq!(sheet.notes[0].text, "nothing rated by both");
        assert_eq!(first.text, "undefined");
    }
}
