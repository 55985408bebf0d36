//! `agree` on small tables written here.

use serde_json::Value;

use crate::support::program::{Folder, Row, rows};

/// Two raters who nearly agree, and a judge who always says 3.
const LONG: &str = "\
session,item,rater,score,site
a,agenda,C1,2,north
a,agenda,C2,3,north
a,agenda,J,3,north
b,agenda,C1,4,north
b,agenda,C2,4,north
b,agenda,J,3,north
c,agenda,C1,1,south
c,agenda,C2,2,south
c,agenda,J,3,south
d,agenda,C1,5,south
d,agenda,C2,6,south
d,agenda,J,3,south
";

/// The same ratings, one column per rater.
const WIDE: &str = "session,item,C1,C2,J\na,agenda,2,3,3\nb,agenda,4,4,3\nc,agenda,1,2,3\nd,agenda,5,6,3\n";

const PLAIN: [&str; 4] = ["--scale", "0..6", "--bootstrap", "0"];

/// The findings of `agree` over one table.
fn findings(folder: &Folder, line: &str) -> Value {
    let printed = folder.words("agree").more(line.split_whitespace()).more(PLAIN).more(["--json"]).prints();
    serde_json::from_str(&printed).unwrap()
}

/// The estimates of `agree` over one table.
fn estimates(folder: &Folder, line: &str) -> Vec<Row> {
    folder.words("agree").more(line.split_whitespace()).more(PLAIN).more(["-o", "e.csv"]).prints();
    rows(&folder.read("e.csv"))
}

fn one<'r>(rows: &'r [Row], statistic: &str, raters: &str, reference: &str) -> &'r Row {
    let fits = |row: &&Row| {
        row["statistic"] == statistic && row["raters"] == raters && row["reference"] == reference
    };
    rows.iter().find(fits).unwrap_or_else(|| panic!("no {statistic} of {raters} with {reference:?}"))
}

#[test]
fn a_long_table_with_a_judge() {
    let folder = Folder::empty().file("t.csv", LONG);
    let printed = folder.words("agree t.csv --judge J").more(PLAIN).prints();
    insta::assert_snapshot!(printed, @"
    - 4 units, 1 item, 2 raters and a judge; 0 missing, 0 outside the scale.
    ! agenda: alpha.ordinal of C1+C2 is 0.88 (n = 4, too few to conclude).
    ! agenda: against the mean of the other raters, J is off by 1.38, a rater by 0.75 (difference 0.62;
      n = 4, too few to conclude).
    - agenda: J beats a constant predictor (off by 1.83).
    - Of 1 item, 0 assessable, 0 with caution, 1 not assessable; the judge J is acceptable on 0,
      inconclusive on 1, failed on 0.

    Judge J beside raters: mean absolute error of a rater, the judge and a constant against the mean of
      the other raters
    item    n  ICC(A,1)  rater  judge  constant   bias         verdict
    ------------------------------------------------------------------
    agenda  4      0.89   0.75   1.38      1.83  -0.38  not assessable
    ICC(A,1): agreement of the raters; bias: judge minus the mean of all raters
    ");
}

#[test]
fn a_wide_table_says_the_same_as_a_long_one() {
    let folder = Folder::empty().file("long.csv", LONG).file("wide.csv", WIDE);
    let long = findings(&folder, "long.csv --raters C1,C2,J --judge J");
    let wide = findings(&folder, "wide.csv --wide --item-column item --raters C1,C2,J --judge J");
    assert_eq!(long["estimates"], wide["estimates"]);
    let printed =
        folder.words("agree wide.csv --wide --raters C1,C2 --item-column item").more(PLAIN).prints();
    insta::assert_snapshot!(printed, @"
    - 4 units, 1 item, 2 raters; 0 missing, 0 outside the scale.
    ! agenda: alpha.ordinal of C1+C2 is 0.88 (n = 4, too few to conclude).

    Agreement of the raters with each other
    item    arm  n            ICC(A,1)           ICC(C,1)  ordinal alpha             strength
    -----------------------------------------------------------------------------------------
    agenda  all  4  0.89 [-0.02, 0.99]  0.96 [0.52, 1.00]           0.88  too few to conclude
    ");
}

#[test]
fn a_perfect_pair_and_a_hand_computed_one() {
    let same = "session,item,rater,score\na,i,A,1\na,i,B,1\nb,i,A,4\nb,i,B,4\nc,i,A,6\nc,i,B,6\n";
    let folder = Folder::empty().file("same.csv", same).file("t.csv", LONG);
    let rows = estimates(&folder, "same.csv");
    for statistic in ["icc.a1", "alpha.interval", "kappa.unweighted", "kappa.quadratic", "pearson"] {
        assert_eq!(one(&rows, statistic, "A+B", "A")["value"], "1", "{statistic}");
    }
    // C2 - C1 is 1, 0, 1, 1.
    let rows = estimates(&folder, "t.csv --raters C1,C2");
    let value = |statistic: &str| one(&rows, statistic, "C1+C2", "C1")["value"].clone();
    assert_eq!(
        (value("mae").as_str(), value("exact").as_str(), value("within1").as_str()),
        ("0.75", "0.25", "1")
    );
}

#[test]
fn a_rater_without_variance_has_no_correlation_and_a_reason_instead() {
    let folder = Folder::empty().file("t.csv", LONG);
    let rows = estimates(&folder, "t.csv --judge J");
    for statistic in ["pearson", "spearman", "kendall.b"] {
        let row = one(&rows, statistic, "C1+J", "C1");
        let absent = (row["value"].as_str(), row["ci_low"].as_str(), row["status"].as_str());
        assert_eq!(absent, ("", "", "undefined"), "{statistic}");
        assert_eq!(row["reason"], "constant_rater", "{statistic}");
    }
    let defined = one(&rows, "mae", "C1+J", "C1");
    assert_eq!((defined["value"].as_str(), defined["status"].as_str()), ("1.5", "ok"));
    for row in &rows {
        assert_eq!(row["status"] == "undefined", row["value"].is_empty(), "{row:?}");
        assert_eq!(
            row["status"] == "undefined",
            !row["reason"].is_empty() && row["value"].is_empty(),
            "{row:?}"
        );
        assert!(!row.values().any(|value| value.contains("NaN") || value.contains("inf")), "{row:?}");
    }
}

#[test]
fn where_keeps_rows_and_refuses_to_keep_none() {
    let folder = Folder::empty().file("t.csv", LONG);
    let units = |line: &str| findings(&folder, line)["counts"]["units"].as_u64().unwrap();
    assert_eq!(units("t.csv"), 4);
    assert_eq!(units("t.csv --where site=north"), 2);
    assert_eq!(units("t.csv --where site!=north --where session!=c"), 1);
    insta::assert_snapshot!(folder.words("agree t.csv --where site=east").fails(2), @"error: t.csv: no row is left to analyse");
    insta::assert_snapshot!(folder.words("agree t.csv --where town=east").fails(2), @r#"
    error: t.csv:1: no column "town"; columns found: "session", "item", "rater", "score", "site"

    1 problem
    "#);
    insta::assert_snapshot!(folder.words("agree t.csv --where site").fails(2), @"error: --where `site` is not column=value or column!=value");
}

#[test]
fn mean_by_compares_means_of_complete_pairs() {
    let folder = Folder::empty().file("t.csv", LONG);
    let means = findings(&folder, "t.csv --raters C1,C2 --mean-by site");
    assert_eq!(means["counts"]["groups"], 2);
    // North: 3 and 3.5; south: 3 and 4.
    let rows = estimates(&folder, "t.csv --raters C1,C2 --mean-by site");
    let mae = one(&rows, "mae", "C1+C2", "C1");
    assert_eq!((mae["value"].as_str(), mae["n"].as_str()), ("0.75", "2"));
}

#[test]
fn scores_off_the_scale_are_left_out_kept_or_refused_and_always_counted() {
    let folder = Folder::empty().file("t.csv", LONG.replace("d,agenda,C1,5", "d,agenda,C1,9"));
    let counts = |policy: &str| {
        let found = findings(&folder, &format!("t.csv --raters C1,C2 --out-of-scale {policy}"));
        let listed = found["counts"]["out_of_scale"].clone();
        (found["counts"]["n_out_of_scale"].clone(), listed[0]["score"].clone(), listed[0]["unit"].clone())
    };
    let one_of_d = (Value::from(1), Value::from(9.0), Value::from("d"));
    assert_eq!(counts("exclude"), one_of_d);
    assert_eq!(counts("keep"), one_of_d);
    let n = |policy: &str| {
        let rows = estimates(&folder, &format!("t.csv --raters C1,C2 --out-of-scale {policy}"));
        let row = one(&rows, "mae", "C1+C2", "C1");
        (row["n"].clone(), row["n_out_of_scale"].clone())
    };
    assert_eq!(n("exclude"), ("3".to_owned(), "1".to_owned()));
    assert_eq!(n("keep").0, "4");
    let refused = folder.words("agree t.csv --scale 0..6 --out-of-scale refuse").fails(2);
    insta::assert_snapshot!(refused, @"
    error: t.csv:11: score 9 is outside 0..6

    1 problem
    ");
    let printed = folder.words("agree t.csv --raters C1,C2").more(PLAIN).prints();
    assert!(printed.contains("1 outside the scale"), "{printed}");
}

#[test]
fn what_leaving_out_scores_off_the_scale_does_to_agreement_is_said() {
    let folder = Folder::empty().file("t.csv", LONG.replace("d,agenda,C1,5", "d,agenda,C1,9"));
    let figure = |policy: &str, statistic: &str| -> Value {
        let rows = estimates(&folder, &format!("t.csv --raters C1,C2 --out-of-scale {policy}"));
        let row = rows
            .iter()
            .find(|r| r["statistic"] == statistic && r["item"] == "agenda" && r["raters"] == "C1+C2");
        Value::from(row.unwrap()["value"].parse::<f64>().unwrap())
    };
    let found = findings(&folder, "t.csv --raters C1,C2 --out-of-scale exclude");
    let moved = found["out_of_scale_kept"].as_array().unwrap();
    let icc = moved.iter().find(|m| m["statistic"] == "icc.a1" && m["item"] == "agenda").unwrap();
    assert_eq!(icc["excluded"], figure("exclude", "icc.a1"));
    assert_eq!(icc["kept"], figure("keep", "icc.a1"));
    let printed = folder.words("agree t.csv --raters C1,C2").more(PLAIN).more(["-o", "a.md"]).prints();
    assert!(
        printed.contains("1 score outside the scale left out; kept, they would move ICC(A,1)"),
        "{printed}"
    );
    assert!(folder.read("a.md").contains("Scores outside the scale: left out as above, or kept"));
    let kept = findings(&folder, "t.csv --raters C1,C2 --out-of-scale keep");
    assert_eq!(kept["out_of_scale_kept"], Value::Array(Vec::new()));
}

#[test]
fn every_bad_row_is_listed_by_line_and_none_is_guessed() {
    let bad = "\
session,item,rater,score
a,agenda,C1,two
a,agenda,C2,3
a,agenda,C2,4
b,agenda
c,agenda,C1,
,agenda,C1,3
d,agenda,,3
e,agenda,C1,i have pharma exam on friday and my chest is like a drum
";
    let folder = Folder::empty().file("bad.csv", bad);
    insta::assert_snapshot!(folder.words("agree bad.csv").fails(2), @r#"
    error: bad.csv:2: score "two" is not a number
      = help: declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in words, or --level nominal if scores are names
    error: bad.csv:4: unit "a", item "agenda", rater "C2" is already rated on line 3
    error: bad.csv:5: 2 fields, expected 4 as in the header
      = help: a stray quote or delimiter?
    error: bad.csv:7: the unit is empty
    error: bad.csv:8: rater "": an id must not be empty
    error: bad.csv:9: score a text of 56 characters is not a number
      = help: declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in words, or --level nominal if scores are names

    6 problems
    "#);
    insta::assert_snapshot!(folder.words("agree bad.csv --skip-bad-rows 2").fails(2), @r#"
    error: bad.csv: 6 rows cannot be read, at most 2 allowed
    error: bad.csv:2: score "two" is not a number
      = help: declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in words, or --level nominal if scores are names
    error: bad.csv:4: unit "a", item "agenda", rater "C2" is already rated on line 3
    error: bad.csv:5: 2 fields, expected 4 as in the header
      = help: a stray quote or delimiter?
    error: bad.csv:7: the unit is empty
    error: bad.csv:8: rater "": an id must not be empty
    error: bad.csv:9: score a text of 56 characters is not a number
      = help: declare it: under `na` (--na) if it means missing, under `values` (--value WORD=NUMBER) if it is a grade in words, or --level nominal if scores are names

    7 problems
    "#);
    insta::assert_snapshot!(folder.words("agree bad.csv --skip-bad-rows 6 --bootstrap 0").ends(0), @r#"
    exit 0
    --- stdout
    - 2 units, 1 item, 2 raters; 1 missing, 0 outside the scale.
    ! agenda: alpha.ordinal of C1+C2 is undefined: nothing rated by both (n = 0, undefined below two
      sessions).
    ! agenda: not every rater rated every session; ordinal alpha is undefined: nothing rated by both,
      ICC by REML (session + rater + residual) undefined: nothing rated by both; the listwise ICC(A,1)
      uses 0 of 2 sessions.

    Agreement of the raters with each other
    item    arm  n   ICC(A,1)   ICC(C,1)  ordinal alpha                      strength
    ---------------------------------------------------------------------------------
    agenda  all  0  undefined  undefined      undefined  undefined below two sessions
    undefined: too few units (agenda)
    undefined: nothing rated by both (agenda)
    --- stderr
    note: bad.csv: line 2 skipped: score "two" is not a number
    note: bad.csv: line 4 skipped: unit "a", item "agenda", rater "C2" is already rated on line 3
    note: bad.csv: line 5 skipped: 2 fields, expected 4 as in the header
    note: bad.csv: line 7 skipped: the unit is empty
    note: bad.csv: line 8 skipped: rater "": an id must not be empty
    note: bad.csv: line 9 skipped: score a text of 56 characters is not a number
    note: bad.csv: no scale was declared, so that no score was checked: scores from 3 to 3 are taken as they are; declare it, such as --scale 3..3
    "#);
}

#[test]
fn a_rater_or_judge_who_is_not_in_the_table_is_refused() {
    let folder = Folder::empty().file("t.csv", LONG).file("empty.csv", "session,item,rater,score\n");
    insta::assert_snapshot!(folder.words("agree t.csv --raters C1,C9").fails(2), @r#"
    error: t.csv: no rater "C9"; raters found: "C1", "C2", "J"

    1 problem
    "#);
    insta::assert_snapshot!(folder.words("agree t.csv --judge Jo").fails(2), @"error: t.csv: the judge `Jo` is not among the raters: C1, C2, J");
    insta::assert_snapshot!(folder.words("agree t.csv --wide --raters C1,C2").fails(2), @r#"
    error: t.csv:1: no column "C1", "C2"; columns found: "session", "item", "rater", "score", "site"

    1 problem
    "#);
    insta::assert_snapshot!(folder.words("agree empty.csv").fails(2), @"error: empty.csv: no row is left to analyse");
    insta::assert_snapshot!(folder.words("agree nowhere.csv").fails(2), @"error: cannot read nowhere.csv: No such file or directory (os error 2)");
    insta::assert_snapshot!(folder.words("agree t.csv --scale six").fails(2), @"
    error: --scale `six` is not a scale
    hint: write it as 0..6
    ");
    insta::assert_snapshot!(folder.words("agree t.csv --bootstrap 0 -o e.xlsx").fails(2), @"error: e.xlsx: no report has the ending `xlsx`: expected .json or .csv or .md");
}

#[test]
fn ids_are_text_and_delimiters_are_declared() {
    let table = "sitting;by;value\n402e12;A;1,5\n402e12;B;2\n007;A;3\n007;B;3,5\n7;A;n/a\n7;B;1\n";
    let folder =
        Folder::empty().file("t.csv", table).file("tsv", "session\titem\trater\tscore\na\ti\tA\t1\n");
    let columns = ["--unit-column", "sitting", "--rater-column", "by", "--score-column", "value"];
    let how = ["--delimiter", ";", "--decimal-comma", "--na", "n/a", "--bootstrap", "0", "--json"];
    let said = folder.words("agree t.csv --item-column by").more(columns).more(how).fails(2);
    assert!(said.contains("\"007\" (line 4) and \"7\" (line 6)"), "{said}");
    let other = ["--rename-unit", "7=number 7"];
    let ended = folder.words("agree t.csv --item-column by").more(columns).more(how).more(other).ended();
    let found: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended}"));
    assert_eq!(found["counts"]["units"], 3, "402e12, 007 and 7 are three");
    assert_eq!(found["counts"]["missing"], 1);
    assert!(folder.words("agree tsv --delimiter").more(["\t"]).ended().code == Some(0));
}

/// What four people hold: without an item, one column per item, two columns as one unit, words.
#[test]
fn tables_are_read_in_the_shapes_people_have() {
    let long = "unit,rater,score\na,P1,-3\na,P2,-3\nb,P1,0\nb,P2,-99\nc,P1,3\nc,P2,2\n";
    let by_item = "session,rater,warmth,pacing\na,\"Weiss, Anna\",1,2.5\na,\"Okafor, Ben\",2,3\nb,\"Weiss, Anna\",3,4\nb,\"Okafor, Ben\",3,\n";
    let two = "case,turn,rater,score\na,1,P1,1\na,1,P2,2\na,2,P1,3\na,2,P2,3\n";
    let by_rater = "session,Anna,Ben,comment\na,1,2,fine\nb,3,3,\n";
    let words = "session,rater,score\na,P1,none\na,P2,some\nb,P1,much\nb,P2,much\n";
    let folder = Folder::empty()
        .file("long.csv", long)
        .file("items.csv", by_item)
        .file("two.csv", two)
        .file("raters.csv", by_rater)
        .file("words.csv", words);
    let found = |line: &str| -> Value {
        let ended = folder.words("agree").more(line.split(' ')).more(["--bootstrap", "0", "--json"]).ended();
        serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{line}: {ended}"))
    };
    let negative = found("long.csv --unit-column unit --scale -3..3 --na -99");
    assert_eq!(
        (&negative["counts"]["units"], &negative["counts"]["missing"]),
        (&Value::from(3), &Value::from(1))
    );
    let items = found("items.csv --wide-items --scale 0..6");
    assert_eq!(items["raters"], serde_json::json!(["Weiss; Anna", "Okafor; Ben"]));
    assert_eq!((&items["counts"]["items"], &items["counts"]["missing"]), (&Value::from(2), &Value::from(1)));
    assert_eq!(found("two.csv --unit-column case,turn --scale 0..6")["counts"]["units"], 2);
    assert_eq!(found("raters.csv --wide --scale 0..6")["raters"], serde_json::json!(["Anna", "Ben"]));
    assert_eq!(found("words.csv --level nominal")["counts"]["units"], 2);
    let refused = folder.words("agree words.csv").fails(2);
    assert!(refused.contains("score \"none\" is not a number (4 times, next on lines 3 and 4"), "{refused}");
    let estimate = |line: &str| {
        folder.words("agree").more(line.split(' ')).more(["--bootstrap", "0", "-o", "e.csv"]).ended();
        one(&rows(&folder.read("e.csv")), "mae", "P1+P2", "P1")["value"].clone()
    };
    assert_eq!(estimate("words.csv --order none,some,much"), "0.5");
    assert_eq!(estimate("words.csv --value none=0 --value some=3 --value much=4"), "1.5");
}

/// A mark that never closes takes no row in silence, and the remedy that is named works.
#[test]
fn a_stray_quotation_mark_is_refused_with_its_lines_and_the_remedy_works() {
    let table = "session,rater,score,comment\na,P1,1,\"fine\na,P2,2,x\nb,P1,3,\"slow\nb,P2,3,y\n";
    let folder = Folder::empty().file("t.csv", table);
    let refused = folder.words("agree t.csv --scale 0..6 --bootstrap 0").fails(2);
    assert!(
        refused.contains("t.csv:2: ") && refused.contains("line 4") && refused.contains("--quote none"),
        "{refused}"
    );
    assert_eq!(findings(&folder, "t.csv --quote none")["counts"]["units"], 2);
}
