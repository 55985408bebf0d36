//! A table for people: a caption, columns, rows and notes, written for the terminal, as Markdown or, through a template, as
//! HTML.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::analysis::phrase;
use crate::stats::Estimate;

use super::number;

/// Widest line of the terminal summary.
pub(super) const WIDTH: usize = 100;

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) caption: String,
    /// Headings; the first belongs to the heads of the rows.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// Sentences below the table. Reasons of undefined cells follow by themselves: see [`Table::lines`].
    pub(super) notes: Vec<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Row {
    pub(super) head: String,
    pub(super) marks: Vec<ItemMark>,
    pub(super) cells: Vec<Cell>,
}

/// What a reader must know of an item wherever its figures stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) enum ItemMark {
    /// Replay confounds the item: the client's turns cannot react to the new counselor.
    #[serde(rename = "R")]
    Replay,
    /// Transcripts show little of the item.
    #[serde(rename = "L")]
    LowConfidence,
}

impl ItemMark {
    /// The sign in text.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Replay => "†",
            Self::LowConfidence => "‡",
        }
    }
}

/// One cell: a figure or words, with an interval and remarks.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Cell {
    text: String,
    /// `[low, high]`, or empty.
    interval: String,
    remarks: Vec<String>,
    /// How the page shows it; never the only carrier of a meaning.
    #[serde(rename = "class")]
    look: Look,
    /// Why there is no figure.
    #[serde(skip)]
    why: Option<&'static str>,
}

/// How a page shows a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
enum Look {
    #[default]
    #[serde(rename = "")]
    Figure,
    #[serde(rename = "words")]
    Words,
    #[serde(rename = "undefined")]
    Undefined,
}

impl Cell {
    /// Words.
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), look: Look::Words, ..Self::default() }
    }

    /// No figure belongs here, by the nature of the row.
    pub(super) fn none() -> Self {
        Self { text: "-".to_owned(), look: Look::Undefined, ..Self::default() }
    }

    /// Words that say why there is no figure.
    pub(super) fn absent(words: &str) -> Self {
        Self { look: Look::Undefined, ..words.into() }
    }

    /// A whole number.
    pub(super) fn count(n: usize) -> Self {
        Self { text: n.to_string(), ..Self::default() }
    }

    /// A number without an estimate behind it.
    pub(super) fn number(value: Option<f64>, places: usize) -> Self {
        value.map_or_else(Self::none, |value| phrase::decimals(value, places).into())
    }

    /// The value and its interval.
    pub(super) fn interval(estimate: &Estimate, places: usize) -> Self {
        Self::scaled(estimate, 1.0, places)
    }

    /// The value and its interval in another unit: each is multiplied.
    pub(super) fn scaled(estimate: &Estimate, factor: f64, places: usize) -> Self {
        let written = |value: f64| phrase::decimals(factor * value, places);
        Self::figure(estimate, written).bounded(estimate, written)
    }

    /// The value alone.
    pub(super) fn value(estimate: &Estimate, places: usize) -> Self {
        Self::figure(estimate, |value| phrase::decimals(value, places))
    }

    /// A share in percent.
    pub(super) fn share(estimate: &Estimate) -> Self {
        Self::figure(estimate, phrase::percent)
    }

    /// A share in percent with its interval.
    pub(super) fn rate(estimate: &Estimate) -> Self {
        let bare = |share: f64| phrase::percent(share).trim_end_matches(" %").to_owned();
        Self::share(estimate).bounded(estimate, bare)
    }

    /// A p value; none where there was no test.
    pub(super) fn p(value: Option<f64>) -> Self {
        if value.is_none() { Self::none() } else { number::p(value).into() }
    }

    /// No figure, and why.
    pub(super) fn undefined(why: &'static str) -> Self {
        Self { why: Some(why), look: Look::Undefined, ..number::UNDEFINED.into() }
    }

    fn figure(estimate: &Estimate, written: impl FnOnce(f64) -> String) -> Self {
        match estimate.value() {
            Ok(value) => written(value).into(),
            Err(why) => Self::undefined(phrase::reason(why)),
        }
    }

    fn bounded(mut self, estimate: &Estimate, written: impl Fn(f64) -> String) -> Self {
        if let (None, Ok(interval)) = (self.why, estimate.interval()) {
            self.interval = format!("[{}, {}]", written(interval.low()), written(interval.high()));
        }
        self
    }

    /// The same cell with one more remark.
    pub(super) fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remarks.push(remark.into());
        self
    }

    /// True where the cell holds neither a figure above 0 nor words.
    pub(super) fn says_nothing(&self) -> bool {
        self.look == Look::Undefined || matches!(self.text.as_str(), "" | "0")
    }

    /// The cell on one line.
    fn line(&self) -> String {
        let mut line = self.text.clone();
        if !self.interval.is_empty() {
            line.push(' ');
            line.push_str(&self.interval);
        }
        for remark in &self.remarks {
            line.push_str("; ");
            line.push_str(remark);
        }
        line
    }
}

impl<S: Into<String>> From<S> for Cell {
    fn from(text: S) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl Row {
    /// The row's head with its marks, then its cells.
    fn line(&self) -> Vec<String> {
        let marks: String = self.marks.iter().map(|mark| mark.sign()).collect();
        [format!("{}{marks}", self.head)].into_iter().chain(self.cells.iter().map(Cell::line)).collect()
    }
}

/// What the template sees: the notes and the reasons are its lines.
impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Table", 4)?;
        view.serialize_field("caption", &self.caption)?;
        view.serialize_field("columns", &self.columns)?;
        view.serialize_field("rows", &self.rows)?;
        view.serialize_field("lines", &self.lines())?;
        view.end()
    }
}

impl Table {
    /// An empty table.
    pub(super) fn new<S: Into<String>>(
        caption: impl Into<String>,
        columns: impl IntoIterator<Item = S>,
    ) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { caption: caption.into(), columns, ..Self::default() }
    }

    /// Adds a row.
    pub(super) fn push<C: Into<Cell>>(
        &mut self,
        head: impl Into<String>,
        cells: impl IntoIterator<Item = C>,
    ) {
        self.push_marked(head, Vec::new(), cells);
    }

    /// Adds a row whose head has marks.
    pub(super) fn push_marked<C: Into<Cell>>(
        &mut self,
        head: impl Into<String>,
        marks: Vec<ItemMark>,
        cells: impl IntoIterator<Item = C>,
    ) {
        let cells = cells.into_iter().map(Into::into).collect();
        self.rows.push(Row { head: head.into(), marks, cells });
    }

    /// The same table with a sentence below it.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The table, unless it has no row.
    pub(super) fn nonempty(self) -> Option<Self> {
        (!self.rows.is_empty()).then_some(self)
    }

    /// What stands below the table: its notes, then each reason for which a cell is undefined with the rows concerned.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for row in &self.rows {
            for why in row.cells.iter().filter_map(|cell| cell.why) {
                match reasons.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, heads)) if heads.last() == Some(&row.head.as_str()) => {}
                    Some((_, heads)) => heads.push(&row.head),
                    None => reasons.push((why, vec![&row.head])),
                }
            }
        }
        let reasons = reasons.into_iter().map(|(why, mut heads)| {
            let mut seen = std::collections::HashSet::new();
            heads.retain(|head| seen.insert(*head));
            format!("undefined: {why} ({})", heads.join(", "))
        });
        self.notes.iter().cloned().chain(reasons).collect()
    }

    /// Aligned columns, the first to the left, the others to the right. Columns with long names are lettered and
    /// explained below the table when it would be too wide; what still does not fit continues in further blocks. A
    /// table without rows is its caption and its notes.
    pub(super) fn text(&self) -> String {
        let mut out = wrap(&self.caption, "  ");
        let rows: Vec<Vec<String>> = self.rows.iter().map(Row::line).collect();
        let mut notes = Vec::new();
        if !rows.is_empty() {
            notes = self.push_blocks(&rows, &mut out);
        }
        for note in notes.iter().chain(&self.lines()) {
            out.push_str(&wrap(note, "  "));
        }
        out
    }

    /// Header and rows, and what explains lettered columns.
    fn push_blocks(&self, rows: &[Vec<String>], out: &mut String) -> Vec<String> {
        let (columns, legend) = self.fitting_columns(rows);
        let widths = widths(&columns, rows);
        for block in blocks(&widths) {
            let pick = |cells: &[String]| -> Vec<String> {
                block.iter().map(|&i| cells.get(i).cloned().unwrap_or_default()).collect()
            };
            let widths: Vec<usize> = block.iter().map(|&i| widths[i]).collect();
            push_line(out, &pick(&columns), &widths);
            let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            out.push_str(&"-".repeat(rule));
            out.push('\n');
            for row in rows {
                push_line(out, &pick(row), &widths);
            }
        }
        legend
    }

    /// A Markdown table under a heading of the second level.
    pub(super) fn markdown(&self) -> String {
        let escaped = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut out = format!("## {}\n\n{}", escape(&self.caption), escaped(&self.columns));
        let rule: Vec<&str> = (0..self.columns.len()).map(|i| if i == 0 { ":--" } else { "--:" }).collect();
        push(&mut out, &format!("| {} |", rule.join(" | ")));
        self.rows.iter().for_each(|row| out.push_str(&escaped(&row.line())));
        for note in self.lines() {
            push(&mut out, &format!("\n{}", escape(&note)));
        }
        out
    }

    fn fitting_columns(&self, rows: &[Vec<String>]) -> (Vec<String>, Vec<String>) {
        if blocks(&widths(&self.columns, rows)).len() == 1 {
            return (self.columns.clone(), Vec::new());
        }
        let mut legend = Vec::new();
        let columns = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, name)| {
                if i == 0 || length(name) <= 12 {
                    return name.clone();
                }
                let letter = format!("[{i}]");
                legend.push(format!("{letter} {name}"));
                letter
            })
            .collect();
        (columns, legend)
    }
}

/// The widest text of each column.
fn widths(columns: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let cells = |i: usize| rows.iter().filter_map(move |row| row.get(i)).map(|cell| length(cell));
    columns.iter().enumerate().map(|(i, name)| cells(i).chain([length(name)]).max().unwrap_or(0)).collect()
}

/// Packs columns into blocks of at most [`WIDTH`] characters, each starting with the first column.
fn blocks(widths: &[usize]) -> Vec<Vec<usize>> {
    let first = widths.first().copied().unwrap_or(0);
    let mut blocks = vec![vec![0]];
    let mut used = first;
    for (i, width) in widths.iter().enumerate().skip(1) {
        let full = used + 2 + width > WIDTH;
        match blocks.last_mut() {
            Some(block) if !full || block.len() == 1 => block.push(i),
            _ => {
                blocks.push(vec![0, i]);
                used = first;
            }
        }
        used += 2 + width;
    }
    blocks
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn push_line(out: &mut String, cells: &[String], widths: &[usize]) {
    let padded = cells.iter().zip(widths).enumerate().map(|(i, (cell, &width))| {
        let space = " ".repeat(width.saturating_sub(length(cell)));
        if i == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
    });
    let line = padded.collect::<Vec<_>>().join("  ");
    out.push_str(line.trim_end());
    out.push('\n');
}

/// An identifier as people read it.
pub(super) fn spaced(id: &str) -> String {
    id.replace('_', " ")
}

/// Appends one line.
pub(super) fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// The words of a paragraph in lines of at most [`WIDTH`] characters, further lines indented.
pub(super) fn wrap(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + length(word) > WIDTH {
            out.push('\n');
            out.push_str(indent);
            used = length(indent);
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length(word);
    }
    out.push('\n');
    out
}

/// Text that Markdown shows as it is: ids come from files of others.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new("Scores", ["item", "mean"]).note("n = 3");
        table.push("agenda", ["2.40"]);
        assert_eq!(table.text(), "Scores\nitem    mean\n------------\nagenda  2.40\nn = 3\n");
        assert_eq!(
            table.markdown(),
            "## Scores\n\n| item | mean |\n| :-- | --: |\n| agenda | 2.40 |\n\nn = 3\n"
        );
    }

    #[test]
    fn long_column_names_move_below() {
        let long = "a-very-long-model-name.and-a-prompt.replay";
        let mut table = Table::new("Scores", ["item", long, long, long]);
        table.push("a", ["1", "2", "3"]);
        assert!(table.text().lines().all(|line| line.chars().count() <= WIDTH));
        assert!(table.text().contains(&format!("[2] {long}")));
    }

    #[test]
    fn what_does_not_fit_continues_below() {
        let mut table = Table::new("Scores", ["item"]);
        table.columns.extend((0..20).map(|i| format!("column {i}")));
        table.push("item", (0..20).map(|i| format!("column {i}")));
        let text = table.text();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("item").count(), 2 * text.matches("---\n").count());
    }

    #[test]
    fn a_cell_holds_figure_interval_and_remarks_and_says_below_why_there_is_none() {
        let icc = Estimate::ok(0.5).with_interval(crate::stats::Interval::new(0.1, 0.9, 0.95, "t"));
        let mut table = Table::new("Agreement", ["item", "ICC", "error"]);
        let none = Estimate::undefined(crate::stats::Undefined::NoPairs);
        table.push("a", [Cell::interval(&icc, 2).remark("n = 3"), Cell::value(&none, 2)]);
        table.push("b", [Cell::rate(&icc), Cell::share(&none)]);
        assert_eq!(table.rows[0].line(), ["a", "0.50 [0.10, 0.90]; n = 3", "undefined"]);
        assert_eq!(table.rows[1].line(), ["b", "50 % [10, 90]", "undefined"]);
        assert_eq!(table.lines(), ["undefined: nothing rated by both (a, b)"]);
    }

    #[test]
    fn ids_cannot_forge_markup() {
        assert_eq!(escape("<b>|x\n"), "&lt;b&gt;\\|x ");
    }

    #[test]
    fn long_sentences_are_wrapped() {
        let text = wrap(&"word ".repeat(60), "  ");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("  word")));
    }
}
