//! Tables laid out directly from rows of the tidy table: one row per key, one column per statistic.

use crate::analysis::findings::{Findings, RiskTurn};
use crate::analysis::row::{EstimateKey, EstimateRow};
use crate::report::table::{Cell, Table};

use super::ReportSection;

/// Format of the figures of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum FigureFormat {
    /// With their interval, with this number of decimals.
    Interval(usize),
    /// Without interval, with this number of decimals.
    Value(usize),
    /// As a percentage.
    Share,
    /// As a percentage with its interval.
    Rate,
    /// Number of units behind the statistic.
    Units,
    /// The p value.
    P,
}

/// One table.
struct PivotLayout {
    section: ReportSection,
    families: &'static [&'static str],
    /// Which rows of the families are included.
    keep: fn(&EstimateKey) -> bool,
    title: &'static str,
    /// Heading of the first column, and its contents.
    rows: (&'static str, fn(&EstimateKey) -> String),
    /// Statistic, heading and format of each column.
    columns: &'static [(&'static str, &'static str, FigureFormat)],
    notes: &'static [&'static str],
}

const LAYOUTS: &[PivotLayout] = &[
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["expected"],
        keep: |_| true,
        title: "Expected scores beside the mean of the draws (conditional on one rationale, averaged over draws)",
        rows: ("judge, item", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("available_rate", "available", FigureFormat::Share),
            ("captured_mass", "captured mass", FigureFormat::Value(3)),
            ("draws.mae", "error of draws", FigureFormat::Value(2)),
            ("expected.mae", "error of expected", FigureFormat::Value(2)),
            ("expected.gain_mae", "gain", FigureFormat::Interval(3)),
            ("draws.spearman", "rank, draws", FigureFormat::Value(2)),
            ("expected.spearman", "rank, expected", FigureFormat::Value(2)),
            ("expected.gain_mae", "n", FigureFormat::Units),
        ],
        notes: &[
            "gain: mean absolute error of the draws' mean less that of the expected score, both against the \
             clinicians' mean; above 0 the expected score is nearer",
            "captured mass: probability of all scores of the scale together, before renormalising over them",
        ],
    },
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["confidence"],
        keep: |_| true,
        title: "What the judges' stated confidence is worth",
        rows: ("judge, stated", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("share", "share of draws", FigureFormat::Share),
            ("mae", "error", FigureFormat::Interval(2)),
            ("mae", "n", FigureFormat::Units),
        ],
        notes: &[
            "error: mean absolute difference from the clinicians' mean; it should fall as confidence rises",
        ],
    },
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["halo"],
        keep: |_| true,
        title: "How far the items of one rater move together (halo)",
        rows: ("rater", |key| if key.judge.is_empty() { key.reference.clone() } else { key.judge.clone() }),
        columns: &[
            ("inter_item.spearman", "mean rank correlation of two items", FigureFormat::Value(2)),
            ("inter_item.spearman", "pairs of items", FigureFormat::Units),
        ],
        notes: &["clinicians have a halo too: read the judge's beside theirs"],
    },
    PivotLayout {
        section: ReportSection::Agreement,
        families: &["consistency"],
        keep: |_| true,
        title: "How the items of one rater hang together",
        rows: ("rater", |key| key.raters.clone()),
        columns: &[
            ("cronbach.alpha", "Cronbach's alpha", FigureFormat::Interval(2)),
            ("omega.total", "omega", FigureFormat::Value(2)),
            ("item.mean_r", "mean r of two items", FigureFormat::Value(2)),
            ("cronbach.alpha", "n", FigureFormat::Units),
        ],
        notes: &["a judge far above the clinicians does not tell the items apart (halo)"],
    },
    PivotLayout {
        section: ReportSection::Agreement,
        families: &["equivalence"],
        keep: |_| true,
        title: "Is the judge's mean difference shown to lie inside the margin?",
        rows: ("judge, item", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("tost.bias", "judge minus clinicians' mean, 90 %", FigureFormat::Interval(2)),
            ("tost.bias", "p", FigureFormat::P),
            ("tost.bias", "n", FigureFormat::Units),
        ],
        notes: &[
            "p of two one-sided t tests at the declared margin, one value per source: small means shown to lie inside, \
             large means not shown",
        ],
    },
    PivotLayout {
        section: ReportSection::Agreement,
        families: &["competence"],
        keep: |_| true,
        title: "Judge and clinicians at the threshold of competence, complete totals only",
        rows: ("judge, arm", |key| {
            format!("{}, {}", key.judge, if key.arm.is_empty() { "all" } else { &key.arm })
        }),
        columns: &[
            ("competent.kappa", "kappa", FigureFormat::Interval(2)),
            ("competent.ac1", "AC1", FigureFormat::Value(2)),
            ("competent.sensitivity", "sensitivity", FigureFormat::Share),
            ("competent.specificity", "specificity", FigureFormat::Share),
            ("competent.difference", "difference", FigureFormat::Value(2)),
            ("competent.difference", "p", FigureFormat::P),
            ("competent.corrected_share", "corrected share", FigureFormat::Share),
            ("competent.difference", "n", FigureFormat::Units),
        ],
        notes: &[
            "difference: judge's share above minus the clinicians', p by McNemar's exact test; corrected share: Rogan and \
             Gladen, over all sessions the judge scored",
        ],
    },
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["repeatability"],
        keep: |_| true,
        title: "Repeated draws of one judge on one item of one session",
        rows: ("judge, item", |key| format!("{}, {}", key.judge, key.item)),
        columns: &[
            ("draws.sem", "SEM", FigureFormat::Value(2)),
            ("draws.repeatability_coefficient", "95 % of two draws within", FigureFormat::Value(2)),
            ("draws.icc_1", "ICC(1,1)", FigureFormat::Interval(2)),
            ("draws.icc_1k", "ICC(1,k)", FigureFormat::Interval(2)),
            ("draws.sem", "n", FigureFormat::Units),
        ],
        notes: &["a judge that always says the same repeats perfectly: this says nothing on validity"],
    },
    PivotLayout {
        section: ReportSection::Flags,
        families: &["flags.ai", "flags.human"],
        keep: |key| !key.item.contains('/') && key.item != "high_severity",
        title: "How flags run through a session",
        rows: ("arm, phrases, by", |key| {
            format!("{}, {}, {}", key.arm, key.item, key.family.trim_start_matches("flags."))
        }),
        columns: &[
            ("per_100_turns.first_third", "first third", FigureFormat::Value(1)),
            ("per_100_turns.middle_third", "middle third", FigureFormat::Value(1)),
            ("per_100_turns.last_third", "last third", FigureFormat::Value(1)),
            ("repeat_rate", "same words again", FigureFormat::Share),
            ("after_disclosure_rate", "after a disclosure", FigureFormat::Share),
            ("after_self_identification_rate", "after saying it is a program", FigureFormat::Share),
        ],
        notes: &[
            "thirds: flags per 100 counselor turns in each third of a session's counselor turns",
            "after a disclosure, after saying it is a program: by the word lists of the lexicon, proxies",
        ],
    },
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["abandonment"],
        keep: |_| true,
        title: "Refusals, filtered replies and replies said again (proxies, by cue words)",
        rows: ("arm", |key| key.arm.clone()),
        columns: &[
            ("n.refusing_turns", "refusing turns", FigureFormat::Value(0)),
            ("refusing_rate", "of all", FigureFormat::Share),
            ("n.repeated_replies", "same reply again", FigureFormat::Value(0)),
            ("n.sessions_touched", "sessions touched", FigureFormat::Value(0)),
            ("resource_given_rate", "with a resource", FigureFormat::Share),
            ("empathy_rate", "with empathy", FigureFormat::Share),
            ("warm_handover_rate", "with a warm handover", FigureFormat::Share),
        ],
        notes: &[
            "refusing: the reply was refused or filtered, or reads like a refusal; same reply again: a turn of six words or \
             more, word for word; with: shares of refusing turns whose words hold one",
        ],
    },
    PivotLayout {
        section: ReportSection::Outcomes,
        families: &["risk"],
        keep: |_| true,
        title: "Client turns with words of risk, and what the counselor did next (proxies, by cue words)",
        rows: ("arm, words", |key| format!("{}, {}", key.arm, key.item)),
        columns: &[
            ("n.cued_turns", "turns", FigureFormat::Value(0)),
            ("n.sessions_with", "sessions", FigureFormat::Value(0)),
            ("encouraged_or_agreed_rate", "encouraged or agreed", FigureFormat::Share),
            ("acknowledge_rate", "acknowledged", FigureFormat::Share),
            ("ask_rate", "asked", FigureFormat::Share),
            ("resource_rate", "gave a resource", FigureFormat::Share),
            ("refuse_rate", "refused", FigureFormat::Share),
            ("nothing_recognised_rate", "nothing recognised", FigureFormat::Share),
        ],
        notes: &[
            "a cue is a reason to read the turn, and none is no proof of safety; shares are of turns that were answered; \
             nothing recognised: no rule found a response, which a person must read",
        ],
    },
    PivotLayout {
        section: ReportSection::Flags,
        families: &["spans"],
        keep: |_| true,
        title: "Flags against the spans that a person marked",
        rows: ("flags of", |key| key.item.replace('_', " ")),
        columns: &[
            ("precision.exact", "precision, exact", FigureFormat::Share),
            ("recall.exact", "recall, exact", FigureFormat::Share),
            ("f1.exact", "F1, exact", FigureFormat::Interval(2)),
            ("precision.overlap", "precision, overlap", FigureFormat::Share),
            ("recall.overlap", "recall, overlap", FigureFormat::Share),
            ("f1.overlap", "F1, overlap", FigureFormat::Interval(2)),
            ("precision.token", "precision, words", FigureFormat::Share),
            ("recall.token", "recall, words", FigureFormat::Share),
            ("f1.token", "F1, words", FigureFormat::Interval(2)),
        ],
        notes: &[
            "one mark meets one flag of the same category: the same bytes (exact), or half of their union shared \
             (overlap, IoU at least .5); words: each word in a span of the category",
        ],
    },
];

/// Every table of one section that has rows.
pub(super) fn pivots(estimates: &[EstimateRow], section: ReportSection) -> Vec<Table> {
    let own = LAYOUTS.iter().filter(|layout| layout.section == section);
    own.filter_map(|layout| table(estimates, layout)).collect()
}

/// Which turns to read: every client turn with words of risk, answers that encouraged harm first.
pub(super) fn risk_turns(findings: &Findings) -> Option<Table> {
    let columns = ["session", "client turn", "words", "next counselor turn", "did"];
    let mut table = Table::new("Turns to read: words of risk, by session", columns);
    let is_harmful = |turn: &&RiskTurn| turn.met_with(RiskTurn::HARMFUL);
    let (harmful, others): (Vec<_>, Vec<_>) = findings.risk_turns.iter().partition(is_harmful);
    for turn in harmful.into_iter().chain(others) {
        let cells = [
            turn.turn.to_string().into(),
            Cell::words(turn.kinds.join(", ")),
            turn.answered_in.map_or_else(|| Cell::words("none"), |number| number.to_string().into()),
            if turn.did.is_empty() { Cell::none() } else { Cell::words(turn.did.join(", ")) },
        ];
        table.push(&turn.session, cells);
    }
    table.nonempty()
}

fn table(estimates: &[EstimateRow], layout: &PivotLayout) -> Option<Table> {
    let fits =
        |row: &&EstimateRow| layout.families.contains(&row.key.family.as_str()) && (layout.keep)(&row.key);
    let own: Vec<&EstimateRow> = estimates.iter().filter(fits).collect();
    let columns = [layout.rows.0].into_iter().chain(layout.columns.iter().map(|(_, heading, _)| *heading));
    let mut table = Table::new(layout.title, columns);
    let mut heads: Vec<String> = Vec::new();
    for head in own.iter().map(|row| (layout.rows.1)(&row.key)) {
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    for head in heads {
        let of_row = |statistic: &str| {
            own.iter().find(|row| row.key.statistic == statistic && (layout.rows.1)(&row.key) == head)
        };
        let cells = layout
            .columns
            .iter()
            .map(|(statistic, _, show)| of_row(statistic).map_or_else(Cell::none, |row| cell(row, *show)));
        let cells: Vec<Cell> = cells.collect();
        table.push(head, cells);
    }
    table.notes = layout.notes.iter().map(|note| (*note).to_owned()).collect();
    table.nonempty()
}

/// The figure of a row as its column shows it.
pub(super) fn cell(row: &EstimateRow, show: FigureFormat) -> Cell {
    let estimate = &row.estimate;
    match show {
        FigureFormat::Interval(places) => Cell::interval(estimate, places),
        FigureFormat::Value(places) => Cell::value(estimate, places),
        FigureFormat::Share => Cell::share(estimate),
        FigureFormat::Rate => Cell::rate(estimate),
        FigureFormat::Units => Cell::count(row.n()),
        FigureFormat::P => Cell::p(row.p()),
    }
}
