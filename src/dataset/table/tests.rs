//! The rules by which any ratings table is read.

use std::{fmt::Write as _, sync::Arc};

use super::*;
use crate::{
    dataset::source::{OutOfScalePolicy, RatingLayout, TableOptions},
    domain::Scale,
};

fn scores(table: &PlainTable) -> Vec<String> {
    let score = |row: &PlainRating| row.score.map_or("-".to_owned(), |score| score.to_string());
    table.rows.iter().map(|row| format!("{} {} {} {}", row.unit, row.item, row.rater, score(row))).collect()
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_long_table_is_read_with_arm_source_and_group() {
    let text = "session,item,rater,score,arm,from,system\nu1,a,C1,3,original,s1,x\nu1,a,C2,,,s1,x\n";
    let spec = TableSpec {
        arm: Some("arm".into()),
        source: Some("from".into()),
        mean_by: Some("system".into()),
        ..TableSpec::default()
    };
    let table = read("t.csv", text, &spec).expect("sound");
    assert_eq!(scores(&table), ["u1@original@x a C1 3", "u1@x a C2 -"]);
    assert_eq!((table.rows[0].arm.as_deref(), table.rows[1].arm.as_deref()), (Some("original"), None));
    assert_eq!((table.rows[0].source.as_deref(), table.rows[0].group.as_deref()), (Some("s1"), Some("x")));
    assert_eq!((table.counts.rows, table.counts.missing), (2, 1));
    assert!(Arc::ptr_eq(&table.rows[0].item, &table.rows[1].item));
}

#[test]
fn wide_tables_are_read_by_rater_or_by_item() {
    let wide = TableSpec {
        layout: RatingLayout::WideRaters,
        unit: "id".into(),
        item: None,
        raters: vec!["J".into(), "C1".into()],
        ..TableSpec::default()
    };
    let table = read("t.csv", "id,C1,J\n402e12,1,2\n", &wide).expect("sound");
    assert_eq!(scores(&table), ["402e12 score J 2", "402e12 score C1 1"]);
    assert_eq!(table.raters.iter().map(|r| &**r).collect::<Vec<_>>(), ["J", "C1"]);
    let items = TableSpec {
        layout: RatingLayout::WideItems,
        unit: "id".into(),
        items: vec!["Q1".into(), "Q2".into()],
        table: TableOptions { delimiter: '\t', ..TableOptions::default() },
        ..TableSpec::default()
    };
    let table = read("t.tsv", "id\tQ1\tQ2\trater\nx\t1\t2\t21\n", &items).expect("sound");
    assert_eq!(scores(&table), ["x Q1 21 1", "x Q2 21 2"]);
    let empty = TableSpec { items: Vec::new(), ..items };
    assert_eq!(
        messages(&read("t.tsv", "id\trater\n", &empty).expect_err("no items")),
        ["t.tsv: a wide table needs the items whose columns hold scores"]
    );
}

#[test]
fn conditions_and_raters_select_rows_and_are_counted() {
    let text = "session,item,rater,score,kind\nu,a,C1,1,x\nu,a,C2,2,x\nu,a,C3,oops,y\nu,b,C1,3,\n";
    let condition = |equal, value: &str| Where { column: "kind".into(), equal, value: value.into() };
    let spec = TableSpec {
        raters: vec!["C1".into()],
        conditions: vec![condition(false, "y"), condition(false, "")],
        ..TableSpec::default()
    };
    let table = read("t.csv", text, &spec).expect("sound");
    assert_eq!(scores(&table), ["u a C1 1"]);
    assert_eq!((table.counts.rows, table.counts.filtered, table.counts.other_raters), (4, 2, 1));
    let only = TableSpec { conditions: vec![condition(true, "y")], ..TableSpec::default() };
    assert_eq!(
        messages(&read("t.csv", text, &only).expect_err("unreadable")),
        ["t.csv:4: score \"oops\" is not a number"]
    );
}

#[test]
fn scores_outside_a_declared_scale_follow_the_policy() {
    let text = "session,item,rater,score\nu,a,C1,7\nu,a,C2,3\n";
    let with = |out_of_scale| TableSpec {
        scale: Some(Scale { min: 0, max: 6 }),
        out_of_scale,
        ..TableSpec::default()
    };
    let excluded = read("t.csv", text, &with(OutOfScalePolicy::Exclude)).expect("sound");
    assert_eq!((scores(&excluded).len(), excluded.out_of_scale[0].value), (1, 7.0));
    let kept = read("t.csv", text, &with(OutOfScalePolicy::Keep)).expect("sound");
    assert_eq!((scores(&kept).len(), kept.out_of_scale.len()), (2, 1));
    let refused = read("t.csv", text, &with(OutOfScalePolicy::Refuse)).expect_err("refused");
    assert_eq!(messages(&refused), ["t.csv:2: score 7 is outside 0..6"]);
    assert_eq!(read("t.csv", text, &TableSpec::default()).expect("no scale").out_of_scale, []);
}

#[test]
fn duplicates_blanks_and_refused_ids_are_listed_by_line() {
    let text = "session,item,rater,score\nu,a,C1,1\nu,a,C1,1\n,a,C1,1\nu,,C1,1\nu,b,,1\nu,b\n";
    let problems = read("t.csv", text, &TableSpec::default()).expect_err("problems");
    assert_eq!(
        messages(&problems),
        [
            "t.csv:3: unit \"u\", item \"a\", rater \"C1\" is already rated on line 2",
            "t.csv:4: the unit is empty",
            "t.csv:5: the item is empty",
            "t.csv:6: rater \"\": an id must not be empty",
            "t.csv:7: 2 fields, expected 4 as in the header",
        ]
    );
    let spec = TableSpec { skip_bad_rows: 5, ..TableSpec::default() };
    let table = read("t.csv", text, &spec).expect("skipped");
    assert_eq!((table.rows.len(), table.notes.len()), (1, 6));
    assert!(table.notes[5].message.starts_with("no scale was declared"), "{}", table.notes[5].message);
    let absent = TableSpec { raters: vec!["C1".into(), "Z".into()], ..TableSpec::default() };
    assert_eq!(
        messages(&read("t.csv", "session,item,rater,score\nu,a,C1,1\n", &absent).expect_err("no Z")),
        ["t.csv: no rater \"Z\"; raters found: \"C1\""]
    );
}

#[test]
fn one_unit_may_be_rated_in_each_arm() {
    let text = "session,item,rater,score,arm\nu,a,C1,1,original\nu,a,C1,2,m.p.replay\n";
    let spec = TableSpec { arm: Some("arm".into()), ..TableSpec::default() };
    assert_eq!(read("t.csv", text, &spec).expect("two arms").rows.len(), 2);
    assert!(read("t.csv", text, &TableSpec::default()).is_err());
}

#[test]
fn a_large_table_is_read_in_order() {
    let mut text = String::from("session,item,rater,score\n");
    for n in 0..50_000 {
        writeln!(text, "session {},item {},C{},{}", n / 20, n / 2 % 10, n % 2, n % 7).expect("text");
    }
    let table = read("t.csv", &text, &TableSpec::default()).expect("sound");
    assert_eq!(table.rows.len(), 50_000);
    assert_eq!(&*table.rows[49_999].unit, "session 2499");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in proptest::prelude::any::<String>(), rows in "[a-c0-9,\"\n.]{0,60}") {
        let _ = read("t.csv", &text, &TableSpec::default());
        let _ = read("t.csv", &format!("session,item,rater,score\n{rows}"), &TableSpec::default());
    }
}
