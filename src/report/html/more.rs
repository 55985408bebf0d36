//! Tables that the page shows with the caption, columns and rows of `report.md`.

use serde::Serialize;

use crate::analysis::findings::Findings;
use crate::report::grid::Grid;
use crate::report::number::UNDEFINED;
use crate::report::tables::{self, Section};

use super::sheet::{Cell, Sheet};

/// One table with the lines below it.
#[derive(Debug, Serialize)]
pub(super) struct Plain {
    sheet: Sheet,
    lines: Vec<String>,
}

/// The tables by section.
#[derive(Debug, Serialize)]
pub(super) struct More {
    judges: Vec<Plain>,
    agreement: Vec<Plain>,
    flags: Vec<Plain>,
    safety: Vec<Plain>,
    coherence: Vec<Plain>,
}

/// Builds all these tables.
pub(super) fn more(findings: &Findings) -> More {
    let all = tables::more(&findings.estimates);
    let of = |section: Section| -> Vec<Plain> {
        all.iter().filter(|(own, _)| *own == section).map(|(_, grid)| plain(grid)).collect()
    };
    More {
        judges: of(Section::Judges),
        agreement: of(Section::Agreement),
        flags: of(Section::Flags),
        safety: of(Section::Safety)
            .into_iter()
            .chain(tables::risk_turns(findings).as_ref().map(plain))
            .chain(tables::grounding(findings).as_ref().map(plain))
            .collect(),
        coherence: tables::coherence(findings).iter().map(plain).collect(),
    }
}

/// A table whose cells are words.
pub(super) fn worded(grid: &Grid) -> Plain {
    let mut found = plain(grid);
    for cell in found.sheet.rows.iter_mut().flat_map(|row| &mut row.cells) {
        cell.class = "words";
    }
    found
}

/// A table in HTML form: marks beside the item, intervals and remarks below their figure.
pub(super) fn plain(grid: &Grid) -> Plain {
    let mut sheet = Sheet::new(grid.title.clone(), grid.columns.clone());
    for row in &grid.rows {
        let Some((head, cells)) = row.split_first() else { continue };
        let (name, marks) = tables::unmarked(head);
        sheet.push_marked(name, marks, cells.iter().map(|text| cell(text)).collect());
    }
    Plain { sheet, lines: grid.notes.clone() }
}

/// A figure with its interval below, or words.
fn cell(text: &str) -> Cell {
    let figure = text.starts_with(|c: char| c.is_ascii_digit() || "-.+<−".contains(c));
    if text.is_empty() {
        return Cell { class: "undefined", ..Cell::words("none") };
    }
    if !figure && !text.starts_with(UNDEFINED) {
        return Cell::words(text);
    }
    let (first, rest) = text.split_once("; ").unwrap_or((text, ""));
    let (value, interval) = match first.split_once(" [") {
        Some((value, interval)) => (value, format!("[{interval}")),
        None => (first, String::new()),
    };
    let class = if value == UNDEFINED { "undefined" } else { "" };
    Cell { text: value.to_owned(), class, ..Cell::default() }.with_small(interval).with_small(rest)
}
