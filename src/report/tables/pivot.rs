//! Owns the tables that are laid out straight from rows of the tidy table: one row a key, one column a statistic.

use crate::analysis::findings::Findings;
use crate::analysis::row::{EstimateRow, Key};
use crate::report::grid::Grid;
use crate::report::number::{share, value, why, with_interval};

/// Where in a report a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Section {
    /// Beside the judges' evidence.
    Judges,
}

/// How figures of a column are written.
#[derive(Debug, Clone, Copy)]
enum Show {
    /// With their interval, with so many decimals.
    Interval(usize),
    /// Alone.
    Value(usize),
    /// As a percentage.
    Share,
    /// How many units stand behind the statistic.
    Units,
}

/// One table.
struct Layout {
    section: Section,
    family: &'static str,
    title: &'static str,
    /// Heading of the first column and what stands in it.
    rows: (&'static str, fn(&Key) -> String),
    /// Statistic, heading, look.
    columns: &'static [(&'static str, &'static str, Show)],
    notes: &'static [&'static str],
}

const LAYOUTS: &[Layout] = &[
    Layout {
        section: Section::Judges,
        family: "expected",
        title: "Expected scores beside the mean of the draws (conditional on one rationale, averaged over draws)",
        rows: ("judge, item", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("available_rate", "available", Show::Share),
            ("captured_mass", "captured mass", Show::Value(3)),
            ("draws.mae", "error of draws", Show::Value(2)),
            ("expected.mae", "error of expected", Show::Value(2)),
            ("expected.gain_mae", "gain", Show::Interval(3)),
            ("draws.spearman", "rank, draws", Show::Value(2)),
            ("expected.spearman", "rank, expected", Show::Value(2)),
            ("expected.gain_mae", "n", Show::Units),
        ],
        notes: &[
            "gain: mean absolute error of the draws' mean less that of the expected score, both against the \
             clinicians' mean; above 0 the expected score is nearer",
            "captured mass: probability of all scores of the scale together, before renormalising over them",
        ],
    },
    Layout {
        section: Section::Judges,
        family: "confidence",
        title: "What the judges' stated confidence is worth",
        rows: ("judge, stated", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("share", "share of draws", Show::Share),
            ("mae", "error", Show::Interval(2)),
            ("mae", "n", Show::Units),
        ],
        notes: &[
            "error: mean absolute difference from the clinicians' mean; it should fall as confidence rises",
        ],
    },
    Layout {
        section: Section::Judges,
        family: "halo",
        title: "How far the items of one rater move together (halo)",
        rows: ("rater", |key| if key.judge.is_empty() { key.reference.clone() } else { key.judge.clone() }),
        columns: &[
            ("inter_item.spearman", "mean rank correlation of two items", Show::Value(2)),
            ("inter_item.spearman", "pairs of items", Show::Units),
        ],
        notes: &["clinicians have a halo too: read the judge's beside theirs"],
    },
];

/// Every table of this kind that has rows.
pub(in crate::report) fn more(findings: &Findings) -> Vec<(Section, Grid)> {
    LAYOUTS.iter().filter_map(|layout| Some((layout.section, table(findings, layout)?))).collect()
}

fn table(findings: &Findings, layout: &Layout) -> Option<Grid> {
    let own: Vec<&EstimateRow> =
        findings.estimates.iter().filter(|row| row.key.family == layout.family).collect();
    let headings: Vec<&str> =
        [layout.rows.0].into_iter().chain(layout.columns.iter().map(|(_, heading, _)| *heading)).collect();
    let mut grid = Grid::new(layout.title, &headings);
    let mut heads: Vec<String> = Vec::new();
    for head in own.iter().map(|row| (layout.rows.1)(&row.key)) {
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    let mut reasons: Vec<String> = Vec::new();
    for head in heads {
        let of_row = |statistic: &str| {
            own.iter().find(|row| row.key.statistic == statistic && (layout.rows.1)(&row.key) == head)
        };
        let mut cells = vec![head.clone()];
        for (statistic, heading, show) in layout.columns {
            let found = of_row(statistic);
            cells.push(found.map(|row| cell(row, *show)).unwrap_or_default());
            let reason = found.filter(|_| !matches!(show, Show::Units)).and_then(|row| why(&row.estimate()));
            reasons.extend(reason.map(|why| format!("{head}, {heading}: undefined, {why}")));
        }
        grid.rows.push(cells);
    }
    grid.notes = layout.notes.iter().map(|note| (*note).to_owned()).chain(reasons).collect();
    (!grid.rows.is_empty()).then_some(grid)
}

fn cell(row: &EstimateRow, show: Show) -> String {
    let estimate = row.estimate();
    match show {
        Show::Interval(places) => with_interval(&estimate, places),
        Show::Value(places) => value(&estimate, places),
        Show::Share => share(&estimate),
        Show::Units => row.n.to_string(),
    }
}
