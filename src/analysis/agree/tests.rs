//! Agreement in small tables.

use super::*;

fn rows<'a>(scores: &'a [(&'a str, &'a str, f64)]) -> Vec<AgreeRow<'a>> {
    let row = |(unit, rater, score): &(&'a str, &'a str, f64)| AgreeRow {
        unit,
        item: "score",
        rater,
        score: Some(*score),
        arm: None,
        source: None,
        group: None,
    };
    scores.iter().map(row).collect()
}

fn value(findings: &AgreeFindings, statistic: &str, raters: &str, reference: &str) -> Option<f64> {
    let found = findings.estimates.iter().find(|row| {
        let key = &row.key;
        key.family == "agreement"
            && key.statistic == statistic
            && key.raters == raters
            && key.reference == reference
    });
    found.expect("a row").value()
}

const SCALE: Option<Scale> = Some(Scale { min: 0, max: 6 });

#[test]
fn two_raters_and_a_judge() {
    let scores = [
        ("u1", "A", 1.0),
        ("u1", "B", 1.0),
        ("u1", "J", 2.0),
        ("u2", "A", 3.0),
        ("u2", "B", 4.0),
        ("u2", "J", 4.0),
        ("u3", "A", 5.0),
        ("u3", "B", 5.0),
        ("u3", "J", 6.0),
    ];
    let table = AgreeTable { rows: rows(&scores), judge: Some("J"), scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    assert_eq!(findings.raters, ["A", "B"]);
    assert_eq!(value(&findings, "exact", "A+B", "A"), Some(2.0 / 3.0));
    assert_eq!(value(&findings, "mae", "A+J", "A"), Some(1.0));
    assert_eq!(value(&findings, "bias", "A+B+J", "mean(A|B)"), Some(2.5 / 3.0));
    // No rubric, one item: neither totals nor a pooled sheet.
    assert!(findings.estimates.iter().all(|row| row.key.item == "score"));
}

#[test]
fn scores_outside_the_scale_are_left_out_counted_and_listed() {
    let scores = [("u1", "A", 1.0), ("u1", "B", 9.0), ("u2", "A", 2.0), ("u2", "B", 2.0)];
    let mut table = AgreeTable { rows: rows(&scores), scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    assert_eq!(findings.counts.n_out_of_scale, 1);
    assert_eq!(findings.counts.out_of_scale[0].score.to_bits(), 9.0_f64.to_bits());
    assert_eq!(value(&findings, "mae", "A+B", "A"), Some(0.0));
    assert!(findings.estimates.iter().all(|row| row.n_out_of_scale == 1));
    table.out_of_scale = OutOfScaleRule::Keep;
    let kept = analyse(&table, &AgreeOptions::default());
    assert_eq!(value(&kept, "mae", "A+B", "A"), Some(4.0));
    let kappa = kept.estimates.iter().find(|row| row.key.statistic == "kappa.quadratic").expect("a row");
    assert_eq!(kappa.reason(), Some(crate::stats::Undefined::NotCategorical));
}

#[test]
fn mean_by_compares_the_means_of_complete_pairs() {
    let mut all = rows(&[
        ("u1", "A", 1.0),
        ("u1", "B", 2.0),
        ("u2", "A", 3.0),
        ("u2", "B", 4.0),
        ("u3", "A", 6.0),
        ("u4", "A", 5.0),
        ("u4", "B", 5.0),
    ]);
    for row in &mut all {
        row.group = Some(if row.unit == "u4" { "y" } else { "x" });
    }
    let table = AgreeTable { rows: all, scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    // Group x: A 2, B 3 (u3 has no B); group y: 5 and 5.
    assert_eq!(value(&findings, "bias", "A+B", "A"), Some(0.5));
    assert_eq!(findings.counts.groups, Some(2));
}

#[test]
fn a_key_that_comes_twice_is_not_data() {
    let scores = [("u1", "A", 1.0), ("u1", "A", 5.0), ("u1", "B", 1.0), ("u2", "A", 2.0), ("u2", "B", 2.0)];
    let table = AgreeTable { rows: rows(&scores), scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    assert_eq!(findings.counts.duplicates, 1);
    let exact = findings.estimates.iter().find(|row| row.key.statistic == "exact").expect("a row");
    assert_eq!((exact.n(), exact.estimate.n_dropped()), (1, 1));
}

#[test]
fn ids_are_text_and_their_order_is_bytes() {
    let scores = [("10", "A", 1.0), ("9", "A", 2.0), ("10", "B", 1.0), ("9", "B", 2.0), ("402e12", "A", 3.0)];
    let table = AgreeTable { rows: rows(&scores), scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    assert_eq!(findings.counts.units, 3);
    let mut turned = table.clone();
    turned.rows.reverse();
    let bytes = |f: &AgreeFindings| serde_json::to_string(f).expect("plain data");
    assert_eq!(bytes(&findings), bytes(&analyse(&turned, &AgreeOptions::default())));
}

#[test]
fn an_empty_table_is_said_to_be_empty() {
    let findings = analyse(&AgreeTable::default(), &AgreeOptions::default());
    assert_eq!(findings.counts, AgreeCounts::default());
    assert!(findings.estimates.is_empty());
}

/// A million ratings take seconds, not minutes: nothing scans all rows once for each unit.
#[test]
fn many_ratings_are_grouped_once() {
    let units: Vec<String> = (0..10_000).map(|i| format!("u{i}")).collect();
    let mut all = Vec::new();
    for (i, unit) in units.iter().enumerate() {
        for (r, rater) in ["A", "B", "C", "J"].into_iter().enumerate() {
            let score = Some(((i * 7 + r * i % 3) % 7) as f64);
            all.push(AgreeRow { unit, item: "x", rater, score, arm: None, source: None, group: None });
        }
    }
    let table = AgreeTable { rows: all, judge: Some("J"), scale: SCALE, ..AgreeTable::default() };
    let findings = analyse(&table, &AgreeOptions::default());
    assert_eq!(findings.counts.units, 10_000);
}
