//! Reports of a small study.

use crate::analysis::agree::{self, AgreeOptions, AgreeRow, AgreeTable};
use crate::analysis::row::{COLUMNS, EstimateRow};
use crate::analysis::testing::Study;
use crate::domain::Scale;

use super::{csv, html, json, markdown, text};

#[test]
fn the_csv_has_the_agreed_columns_and_no_nan() {
    let findings = Study::small().analyse();
    let bytes = csv::estimates(&findings.estimates);
    let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
    assert_eq!(reader.headers().expect("a header"), &COLUMNS[..]);
    let records: Vec<::csv::StringRecord> = reader.records().map(|r| r.expect("a record")).collect();
    assert_eq!(records.len(), findings.estimates.len());
    for (record, row) in records.iter().zip(&findings.estimates) {
        let value = Some(&record[9]).filter(|text| !text.is_empty()).map(str::parse::<f64>);
        assert_eq!(value.map(|v| v.expect("a number").to_bits()), row.value().map(f64::to_bits));
    }
    assert!(!String::from_utf8(bytes).expect("UTF-8").to_lowercase().contains("nan"));
}

#[test]
fn findings_are_read_back_and_other_formats_are_refused() {
    let findings = Study::small().analyse();
    assert_eq!(json::read_run(&json::run(&findings)).expect("own output"), findings);
    let error = json::read_probe(&json::run(&findings)).expect_err("another format");
    assert_eq!(
        error.to_string(),
        "expected the format corater-probe/2, found \"corater-findings/2\"; run the command that wrote it again: calls that \
         are known are not made again"
    );
}

#[test]
fn a_figure_says_how_many_raters_it_compares_or_says_nothing_of_raters() {
    let findings = Study::small().analyse();
    for agreement in &findings.agreement {
        assert_eq!(agreement.human_icc.n_raters(), findings.clinicians.len(), "{}", agreement.item);
    }
    let written = String::from_utf8(json::run(&findings)).expect("UTF-8");
    assert!(written.contains("\"n_raters\":") && !written.contains("\"n_raters\":0"));
    let of_agreement = |row: &&EstimateRow| row.key.family == "agreement" && row.value().is_some();
    for row in findings.estimates.iter().filter(of_agreement) {
        let named = row.key.raters.split('+').count();
        assert!(row.estimate.n_raters() >= 2.min(named), "{:?}", row.key);
    }
    // Every other figure that names several raters counts at least one, so no count is lost on the way.
    let lost = |row: &&EstimateRow| {
        row.key.raters.contains('+') && row.value().is_some() && row.estimate.n_raters() == 0
    };
    assert_eq!(findings.estimates.iter().find(lost), None);
}

#[test]
fn the_summary_says_first_that_it_is_a_demonstration() {
    let findings = Study::small().analyse();
    let summary = text::run(&findings);
    assert!(
        summary
            .starts_with("*** demonstration: invented ratings and sessions; nothing here is evidence ***\n")
    );
    assert!(summary.contains("baselines, not language models: judge J"));
    assert!(summary.replace("\n  ", " ").contains("text_source: paraphrase, checked_against_manual: no"));
    assert!(summary.contains("DEMO-informed automated scores"));
    assert!(summary.contains("too few to conclude"));
    let long: Vec<&str> = summary.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_terminal_shows_totals_items_and_flags_on_one_page() {
    let summary = text::run(&Study::small().analyse());
    let tables = &summary[summary.find("\nTotals").expect("a table of totals")..];
    insta::assert_snapshot!(tables, @r"

    Totals: mean and difference from original, paired by source, with 95 % intervals
    arm                 by  n              mean     from original
    -------------------------------------------------------------
    original    clinicians  4  10.2 [2.2, 18.3]                 -
    original             J  4  12.8 [4.6, 20.9]                 -
    m.p.replay  clinicians  4   8.5 [4.3, 12.7]  -1.8 [-5.9, 2.4]
    m.p.replay           J  4  14.2 [9.7, 18.8]   1.5 [-3.3, 6.3]

    Judge J beside clinicians: mean absolute error of a clinician, the judge and a constant against the
      mean of the other clinicians
    item    n  ICC(A,1)  clinician  judge  constant  bias         verdict
    ---------------------------------------------------------------------
    a       8      0.93       0.25   1.38      1.28  1.38  not assessable
    b†      8      0.93       0.25   1.38      1.28  1.38  not assessable
    c       8      0.93       0.25   1.38      1.28  1.38  not assessable
    total†  8      0.93       0.75   4.12      3.83  4.12  not assessable
    ICC(A,1): agreement of the clinicians; bias: judge minus the mean of all clinicians
    † confounded by replay

    Flags per 100 counselor turns, and how many (phrases flagged, not confirmed)
    arm         turns        DE  relational        FW  OV
    -----------------------------------------------------
    original        8         -    12.5 (1)   0.0 (0)   -
    m.p.replay      8  12.5 (1)           -  12.5 (1)   -
    DE: deceptive empathy; relational: the same phrases from a person; FW: formulaic warmth; OV:
      over-validation, which needs a judge pass

    rubric: Demo scale 1; text_source: paraphrase, checked_against_manual: no; total: 3 x mean of the
      scored items, at least 2 of 3
    All intervals, items and arms, what is missing and why: report.html, report.md and estimates.csv
    ");
    assert!(summary.lines().count() <= 60, "{summary}");
    assert!(summary.ends_with("report.md and estimates.csv\n"), "{summary}");
}

#[test]
fn the_markdown_report_shows_every_question() {
    let report = markdown::run(&Study::small().analyse());
    for title in [
        "## What was found",
        "## Mean scores with 95 % intervals",
        "## Judge J and clinicians against the same reference",
        "## Verdicts for judge J",
        "## Judge J with the mean of C1, C2",
        "## Agreement of the clinicians with each other",
        "## Bias by arm: judge J minus clinicians",
        ", paired by recorded session",
        "## Deceptive empathy and relational phrases, by arm",
        "## How counselor turns ended",
        "## Session dynamics",
        "## The judges' evidence, checked against the transcripts by program",
    ] {
        assert!(report.contains(title), "{title} is missing");
    }
    assert!(report.contains("B†"));
}

/// The captions, columns and row heads of every table of a page, as a browser would read them.
fn tables_of_page(page: &str) -> Vec<(String, Vec<String>, usize)> {
    let text = |html: &str| {
        let mut out = String::new();
        for part in html.split('<') {
            out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
        }
        out.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let between = |html: &str, open: &str, close: &str| -> Vec<String> {
        let parts = html.split(open).skip(1);
        parts.map(|part| text(&format!("<{}", part.split(close).next().unwrap_or_default()))).collect()
    };
    let tables = page.split("<table>").skip(1).map(|part| part.split("</table>").next().unwrap_or_default());
    tables
        .map(|table| {
            let caption = between(table, "<caption", "</caption>").concat();
            let columns = between(table, "<th scope=\"col\"", "</th>");
            (caption, columns, table.matches("<th scope=\"row\"").count())
        })
        .collect()
}

#[test]
fn both_reports_of_a_run_show_the_same_tables() {
    let study = Study::small();
    let findings = study.analyse();
    let content = html::ReportContent {
        findings: &findings,
        sessions: &study.sessions,
        ratings: &study.ratings,
        flags: &study.flags,
        assessments: &[],
        varied: &[],
    };
    let links = html::Links::of_run("demo");
    let mut page = Vec::new();
    html::Report::new(&content, &links).expect("templates").write(&mut page).expect("a page");
    let page = tables_of_page(&String::from_utf8(page).expect("UTF-8"));
    let placed = super::tables::of_run(&findings);
    assert!(placed.len() > 12, "{}", placed.len());
    let report = markdown::run(&findings);
    for table in placed.iter().map(|placed| &placed.table) {
        let own = (table.caption.clone(), table.columns.clone(), table.rows.len());
        assert!(page.contains(&own), "{own:?} is not in report.html, which has {page:#?}");
        assert!(report.contains(&table.markdown()), "{} is not in report.md", table.caption);
    }
}

#[test]
fn a_ratings_table_is_summarised_without_a_study() {
    let rows = [
        ("u1", "A", 1.0),
        ("u1", "B", 2.0),
        ("u2", "A", 4.0),
        ("u2", "B", 4.0),
        ("u3", "A", 6.0),
        ("u3", "B", 5.0),
    ]
    .map(|(unit, rater, score)| AgreeRow {
        unit,
        item: "agenda",
        rater,
        score: Some(score),
        arm: None,
        source: None,
        group: None,
    })
    .to_vec();
    let table = AgreeTable { rows, scale: Some(Scale { min: 0, max: 6 }), ..AgreeTable::default() };
    let findings = agree::analyse(&table, &AgreeOptions::default());
    let summary = text::agree(&findings);
    assert!(summary.contains("3 units, 1 item, 2 raters; 0 missing, 0 outside the scale."), "{summary}");
    assert!(summary.contains("agenda: alpha.ordinal of A+B is"), "{summary}");
    assert!(markdown::agree(&findings).contains("## Agreement of the raters with each other"));
}
