//! Tables of probes: for each probe, one row per judge and item, or per judge and variant.

use std::collections::BTreeMap;

use crate::analysis::phrase;
use crate::analysis::probe::{ProbeFindings, ProbeSection};
use crate::analysis::row::EstimateRow;
use crate::domain::ProbeKind;
use crate::report::table::{Cell, Table};
use crate::stats::Undefined;

use super::pivot::{FigureFormat, cell};

/// Kind of the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Everything together, then each variant.
    Variant,
    /// Everything together, then each item.
    Item,
    /// Differences between arms, items together.
    Arms,
}

/// One table.
struct ProbeLayout {
    kinds: &'static [ProbeKind],
    by: By,
    title: &'static str,
    /// Statistic, heading and format of each column.
    columns: &'static [(&'static str, &'static str, FigureFormat)],
}

const MOVES: &[(&str, &str, FigureFormat)] = &[
    ("shift", "mean shift", FigureFormat::Interval(2)),
    ("shift.absolute", "mean size of shifts", FigureFormat::Value(2)),
    ("changed_rate", "changed", FigureFormat::Share),
    ("lost_rate", "lost", FigureFormat::Share),
    ("shift", "n", FigureFormat::Units),
];

const SHIFTING: &[ProbeKind] =
    &[ProbeKind::Paraphrase, ProbeKind::Order, ProbeKind::Verbosity, ProbeKind::Format];

const LAYOUTS: &[ProbeLayout] = &[
    ProbeLayout {
        kinds: &[ProbeKind::Injection],
        by: By::Variant,
        title: "Attack by attack",
        columns: &[
            ("shift", "mean shift", FigureFormat::Interval(2)),
            ("shift.toward", "toward demand", FigureFormat::Interval(2)),
            ("moved_rate", "moved", FigureFormat::Rate),
            ("moved_away_rate", "moved away", FigureFormat::Share),
            ("cited_injected_rate", "cites injected words", FigureFormat::Rate),
            ("quotes.shift", "quotes, change", FigureFormat::Value(2)),
            ("lost_rate", "lost", FigureFormat::Share),
            ("moved_rate", "n with room", FigureFormat::Units),
            ("shift", "n", FigureFormat::Units),
        ],
    },
    ProbeLayout {
        kinds: &[ProbeKind::Injection],
        by: By::Item,
        title: "Item by item, all attacks together",
        columns: &[
            ("shift.toward", "toward demand", FigureFormat::Interval(2)),
            ("moved_rate", "moved", FigureFormat::Rate),
            ("moved_away_rate", "moved away", FigureFormat::Share),
            ("cited_injected_rate", "cites injected words", FigureFormat::Rate),
            ("moved_rate", "n with room", FigureFormat::Units),
        ],
    },
    ProbeLayout {
        kinds: &[ProbeKind::SelfConsistency],
        by: By::Item,
        title: "Repeated draws",
        columns: &[
            ("draws.sd", "SD", FigureFormat::Interval(2)),
            ("flip_rate", "flips", FigureFormat::Rate),
            ("draws.icc_1", "ICC(1,1)", FigureFormat::Interval(2)),
            ("draws.sd", "n", FigureFormat::Units),
        ],
    },
    ProbeLayout { kinds: SHIFTING, by: By::Variant, title: "Changed beside unchanged", columns: MOVES },
    ProbeLayout {
        kinds: &[ProbeKind::Paraphrase, ProbeKind::Order],
        by: By::Item,
        title: "Spread over all forms, the judge's own among them",
        columns: &[
            ("variants.sd", "SD", FigureFormat::Interval(2)),
            ("variants.sd", "n", FigureFormat::Units),
        ],
    },
    ProbeLayout {
        kinds: &[ProbeKind::Verbosity],
        by: By::Item,
        title: "Score and the counselor's words, sessions as they are",
        columns: &[
            ("words.spearman", "rank correlation", FigureFormat::Interval(2)),
            ("words.slope", "points per 100 words", FigureFormat::Interval(2)),
            ("words.spearman", "n", FigureFormat::Units),
        ],
    },
    ProbeLayout {
        kinds: &[ProbeKind::Verbosity],
        by: By::Arms,
        title: "Differences between arms, as they are and at equal length",
        columns: &[
            ("contrast", "difference", FigureFormat::Interval(2)),
            ("contrast.equal_length", "at equal length", FigureFormat::Interval(2)),
            ("contrast", "n", FigureFormat::Units),
        ],
    },
    ProbeLayout {
        kinds: SHIFTING,
        by: By::Item,
        title: "Item by item, all changes together",
        columns: MOVES,
    },
    ProbeLayout {
        kinds: &[ProbeKind::Source],
        by: By::Item,
        title: "Who wrote the counselor's turns?",
        columns: &[
            ("auc", "area under the curve", FigureFormat::Interval(2)),
            ("percent.people", "% program, people", FigureFormat::Interval(0)),
            ("percent.programs", "% program, programs", FigureFormat::Interval(0)),
            ("n.people", "n people", FigureFormat::Units),
            ("n.programs", "n programs", FigureFormat::Units),
            ("unusable_rate", "unusable", FigureFormat::Share),
        ],
    },
];

/// The tables of one probe.
pub(in crate::report) fn probe(findings: &ProbeFindings, section: &ProbeSection) -> Vec<Table> {
    let own = LAYOUTS.iter().filter(|layout| layout.kinds.contains(&section.kind));
    own.filter_map(|layout| table(findings, section.kind, layout)).collect()
}

fn table(findings: &ProbeFindings, kind: ProbeKind, layout: &ProbeLayout) -> Option<Table> {
    let family = format!("probe.{kind}");
    let fits = |row: &&EstimateRow| {
        let listed = layout.columns.iter().any(|(statistic, _, _)| *statistic == row.key.statistic);
        let (pooled, bare) = (row.key.item == "pooled", row.key.contrast.is_empty());
        let clean = row.key.contrast.ends_with(" - original");
        let shown = match layout.by {
            By::Variant => pooled && !clean,
            By::Item => bare,
            By::Arms => pooled && clean,
        };
        row.key.family == family && listed && shown
    };
    let rows: Vec<&EstimateRow> = findings.estimates.iter().filter(fits).collect();
    let several = findings.judges.len() > 1;
    let first = match (layout.by, several) {
        (By::Variant, true) => "judge, change",
        (By::Item, true) => "judge, item",
        (By::Arms, true) => "judge, arms",
        (By::Variant, false) => "change",
        (By::Item, false) => "item",
        (By::Arms, false) => "arms",
    };
    let columns = [first].into_iter().chain(layout.columns.iter().map(|(_, heading, _)| *heading));
    let mut table = Table::new(layout.title, columns);
    let mut heads: Vec<String> = Vec::new();
    for row in &rows {
        let head = head(row, layout.by, several);
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    let mut without = Vec::new();
    for name in heads {
        let of = |statistic: &str| {
            rows.iter().find(|row| row.key.statistic == statistic && head(row, layout.by, several) == name)
        };
        let mut cells = Vec::new();
        for (statistic, heading, show) in layout.columns {
            let found = of(statistic);
            cells.push(found.map_or_else(Cell::none, |row| cell(row, *show)));
            let Some(row) = found.filter(|_| !matches!(show, FigureFormat::Units)) else { continue };
            if matches!(show, FigureFormat::Interval(_) | FigureFormat::Rate) {
                without.extend(bare(row).map(|why| (*heading, why)));
            }
        }
        table.push(name, cells);
    }
    table.notes = shortened(&without);
    table.nonempty()
}

fn head(row: &EstimateRow, by: By, several: bool) -> String {
    let what = match (by, row.key.contrast.as_str()) {
        (By::Item, _) if row.key.item == "pooled" => "all items",
        (By::Item, _) => row.key.item.as_str(),
        (_, "") => "all",
        (By::Variant, contrast) => contrast.trim_end_matches(" - clean"),
        (By::Arms, contrast) => contrast,
    };
    if several { format!("{}, {what}", row.key.judge) } else { what.to_owned() }
}

/// Why a value has no interval.
fn bare(row: &EstimateRow) -> Option<&'static str> {
    match (row.value(), row.interval().map(crate::stats::estimate::Interval::low), row.reason()) {
        (Some(_), None, Some(Undefined::NoVariance)) => Some("every value is the same"),
        (Some(_), None, Some(reason)) => Some(phrase::reason(reason)),
        _ => None,
    }
}

/// One line for each reason: the columns concerned, and how often.
fn shortened(cells: &[(&str, &str)]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (heading, why) in cells {
        *by_reason.entry(why).or_default().entry(heading).or_default() += 1;
    }
    let line = |(why, columns): (&str, BTreeMap<&str, usize>)| {
        let columns: Vec<String> = columns
            .into_iter()
            .map(|(heading, rows)| format!("{heading}, {}", phrase::count(rows, "row")))
            .collect();
        format!("no interval: {why} ({})", columns.join("; "))
    };
    by_reason.into_iter().map(line).collect()
}
