//! The rules by which a table becomes ratings, one by one.

use proptest::prelude::*;

use std::collections::BTreeSet;

use super::*;
use crate::dataset::source::{RatingColumns, RatingLayout, ScoreWords, TableOptions};

const SCALE: Scale = Scale { min: 0, max: 6 };

fn source(layout: RatingLayout) -> RatingSource {
    RatingSource {
        id: "panel".into(),
        path: "r.csv".into(),
        layout,
        columns: RatingColumns::default(),
        raters: Vec::new(),
        items: BTreeMap::new(),
        rater_ids: BTreeMap::new(),
        session_ids: BTreeMap::new(),
        words: ScoreWords::default(),
        scale: SCALE,
        out_of_scale: OutOfScalePolicy::Exclude,
        synthetic: true,
        instructions: None,
        table: TableOptions::default(),
    }
}

fn digest() -> Digest {
    Digest::of_bytes(b"text of s1")
}

fn context() -> RatingContext {
    let id = |text: &str| SessionId::new(text).expect("id");
    RatingContext {
        items: ["agenda", "feedback"].iter().map(|item| ItemId::new(*item).expect("id")).collect(),
        scale: SCALE,
        by_ai: BTreeSet::new(),
        names: BTreeMap::new(),
        subscales: Vec::new(),
        sessions: BTreeMap::from([(id("s1"), digest()), (id("402e12"), digest())]),
        skip_bad_rows: 0,
    }
}

fn read_table(source: &RatingSource, text: &str) -> Result<RatingsRead, Vec<Problem>> {
    read(source, "r.csv", text, &context())
}

/// `session item rater outcome` of every rating.
fn rows(read: &RatingsRead) -> Vec<String> {
    let score = |r: &Rating| r.outcome.score().map_or(r.outcome.word().to_owned(), |score| score.to_string());
    read.ratings.iter().map(|r| format!("{} {} {} {}", r.session, r.item, r.rater, score(r))).collect()
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_three_layouts_say_the_same() {
    let long =
        "session,item,rater,score\ns1,agenda,C1,3\ns1,agenda,C2,\ns1,feedback,C1,4.5\ns1,feedback,C2,0\n";
    let expected = ["s1 agenda C1 3", "s1 agenda C2 missing", "s1 feedback C1 4.5", "s1 feedback C2 0"];
    let read = read_table(&source(RatingLayout::Long), long).expect("sound");
    assert_eq!(rows(&read), expected);
    assert_eq!(read.missing, 1);
    let rating = &read.ratings[0];
    assert_eq!((rating.kind, rating.arm.clone(), rating.epoch), (RaterKind::Clinician, Arm::Original, 1));
    assert!(rating.synthetic && rating.text_digest.is_none());

    let mut raters = source(RatingLayout::WideRaters);
    raters.raters = vec!["C1".into(), "C2".into()];
    let wide = "session;item;note;C2;C1\ns1;agenda;x;;3\ns1;feedback;x;0;4,5\n";
    raters.table = TableOptions { delimiter: ';', decimal_comma: true, ..TableOptions::default() };
    assert_eq!(rows(&read_table(&raters, wide).expect("sound")), expected);

    let mut items = source(RatingLayout::WideItems);
    items.items = BTreeMap::from([("Q1".into(), "agenda".into())]);
    items.table.na = vec!["NA".into()];
    let wide = "session,rater,Q1,comment,feedback\ns1,C1,3,hm,4.5\ns1,C2,NA,hm,0\n";
    let mut found = rows(&read_table(&items, wide).expect("sound"));
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn unknown_names_unreadable_scores_and_duplicates_are_listed_by_line() {
    let text = "session,item,rater,score\ns1,agenda,C1,3\ns1,agenda,C1,3\nS1,agenda,C1,3\ns1,mood,C1,3\n\
                s1,feedback,C1,\"3,5\"\ns1,feedback,C+2,3\n4.02e14,agenda,C1,2\ns1,agenda\n";
    let problems = read_table(&source(RatingLayout::Long), text).expect_err("problems");
    assert_eq!(
        messages(&problems),
        [
            "r.csv:3: session \"s1\", item \"agenda\", rater \"C1\" is already rated on line 2",
            "r.csv:4: session \"S1\" is not among the sessions read",
            "r.csv:5: item \"mood\" is not in the rubric; items: agenda, feedback",
            "r.csv:6: score \"3,5\" is not a number",
            "r.csv:8: session \"4.02e14\" is not among the sessions read",
            "r.csv:9: 2 fields, expected 4 as in the header",
        ]
    );
    assert!(problems[3].hint.as_deref().is_some_and(|hint| hint.contains("decimal comma")));
}

#[test]
fn a_few_bad_rows_may_be_skipped_and_are_named() {
    let text =
        "session,item,rater,score\ns1,agenda,C1,3\ns1,agenda,C1,4\ns1,feedback,C1,good\ns1,feedback,C2,1\n";
    let allowed = |skip_bad_rows| RatingContext { skip_bad_rows, ..context() };
    let source = source(RatingLayout::Long);
    let ok = read(&source, "r.csv", text, &allowed(2)).expect("two skipped");
    assert_eq!(rows(&ok), ["s1 agenda C1 3", "s1 feedback C2 1"]);
    assert!(ok.notes[0].message.starts_with("line 3 skipped: session \"s1\""));
    assert_eq!(ok.notes[1].message, "line 4 skipped: score \"good\" is not a number");
    let problems = read(&source, "r.csv", text, &allowed(1)).expect_err("one allowed");
    assert_eq!(problems[0].to_string(), "r.csv: 2 rows cannot be read, at most 1 allowed");
}

#[test]
fn a_row_with_a_bad_cell_is_left_out_whole() {
    let mut source = source(RatingLayout::WideRaters);
    source.raters = vec!["C1".into(), "C2".into()];
    let text = "session,item,C1,C2\ns1,agenda,9,x\ns1,agenda,2,3\n";
    let read =
        read(&source, "r.csv", text, &RatingContext { skip_bad_rows: 1, ..context() }).expect("one skipped");
    assert_eq!(rows(&read), ["s1 agenda C1 2", "s1 agenda C2 3"]);
    assert_eq!(read.out_of_scale, []);
}

#[test]
fn scores_outside_the_scale_are_always_listed() {
    let text = "session,item,rater,score\ns1,agenda,C1,7\ns1,feedback,C1,-1\n402e12,agenda,C1,6\n";
    let mut source = source(RatingLayout::Long);
    let excluded = read_table(&source, text).expect("sound");
    assert_eq!(rows(&excluded), ["402e12 agenda C1 6"]);
    let listed: Vec<(usize, f64, bool)> =
        excluded.out_of_scale.iter().map(|o| (o.line, o.value, o.kept)).collect();
    assert_eq!(listed, [(2, 7.0, false), (3, -1.0, false)]);
    source.out_of_scale = OutOfScalePolicy::Keep;
    let kept = read_table(&source, text).expect("sound");
    assert_eq!(rows(&kept), ["s1 agenda C1 7", "s1 feedback C1 -1", "402e12 agenda C1 6"]);
    assert!(kept.out_of_scale.len() == 2 && kept.out_of_scale.iter().all(|outside| outside.kept));
    source.out_of_scale = OutOfScalePolicy::Refuse;
    let refused = read_table(&source, text).expect_err("refused");
    assert_eq!(messages(&refused), ["r.csv:2: score 7 is outside 0..6", "r.csv:3: score -1 is outside 0..6"]);
}

#[test]
fn ratings_of_a_reconstruction_carry_the_digest_of_its_text() {
    let mut source = source(RatingLayout::Long);
    source.columns.arm = Some("arm".into());
    source.columns.epoch = Some("epoch".into());
    source.columns.text_digest = Some("text_digest".into());
    let header = "session,arm,epoch,text_digest,item,rater,score";
    let hex = Digest::of_bytes(b"new text").hex();
    let text = format!(
        "{header}\ns1,,,,agenda,C1,1\ns1,original,1,,agenda,C2,2\ns1,m.p.replay,2,{hex},agenda,C1,3\n\
         s1@m.p.replay#3,m.p.replay,3,{hex},agenda,C1,4\n"
    );
    let read = read_table(&source, &text).expect("sound");
    assert_eq!(
        rows(&read),
        ["s1 agenda C1 1", "s1 agenda C2 2", "s1@m.p.replay#2 agenda C1 3", "s1@m.p.replay#3 agenda C1 4"]
    );
    assert!(read.ratings.iter().all(|rating| rating.source.as_str() == "s1"));
    assert_eq!((read.ratings[2].epoch, read.ratings[2].text_digest), (2, hex.parse().ok()));
    let text = format!(
        "{header}\ns1,m.p.replay,1,,agenda,C1,1\ns1,a/b,1,{hex},agenda,C1,1\ns1,m.p.replay,0,{hex},agenda,C1,1\n\
         s1@m.p.replay#3,m.q.replay,3,{hex},agenda,C1,4\ns1,,,zz,agenda,C1,4\n"
    );
    assert_eq!(
        messages(&read_table(&source, &text).expect_err("problems")),
        [
            "r.csv:2: a rating of a reconstruction must carry the digest of the text that was rated: a session of \
             that name may have another text now",
            "r.csv:3: arm \"a/b\": an id must not contain '/'",
            "r.csv:4: epoch \"0\" is not a whole number from 1",
            "r.csv:5: session \"s1@m.p.replay#3\" is not of arm m.q.replay, epoch 3",
            "r.csv:6: text digest: not a digest: expected 64 hexadecimal digits, found 2 characters",
        ]
    );
}

#[test]
fn ratings_of_another_text_of_a_session_are_noted_as_stale() {
    let mut source = source(RatingLayout::Long);
    source.columns.text_digest = Some("text_digest".into());
    let (now, before) = (digest().hex(), Digest::of_bytes(b"older text").hex());
    let text =
        format!("session,item,rater,score,text_digest\ns1,agenda,C1,1,{now}\ns1,agenda,C2,1,{before}\n");
    let read = read_table(&source, &text).expect("sound");
    assert_eq!(read.ratings.len(), 2);
    assert_eq!(read.notes[0].message, "stale: 1 row on another text than the session has now (line 3)");
}

#[test]
fn raters_select_and_must_exist() {
    let mut source = source(RatingLayout::Long);
    source.raters = vec!["C1".into()];
    let text = "session,item,rater,score\ns1,agenda,C1,1\nnowhere,agenda,C2,x\n";
    let read = read_table(&source, text).expect("sound");
    assert_eq!(rows(&read), ["s1 agenda C1 1"]);
    assert_eq!(read.notes[0].message, "1 row by raters not asked for left out");
    source.raters.push("C9".into());
    assert_eq!(
        messages(&read_table(&source, text).expect_err("no C9")),
        ["r.csv: no rater \"C9\"; raters found: \"C1\", \"C2\""]
    );
}

#[test]
fn header_problems_are_reported_together() {
    let mut source = source(RatingLayout::WideRaters);
    source.scale.max = 5;
    source.items = BTreeMap::from([("Q1".into(), "mood".into())]);
    let problems = read_table(&source, "session,thing\n").expect_err("problems");
    assert_eq!(
        messages(&problems),
        [
            "r.csv: `items` maps to \"mood\", which the rubric does not have",
            "r.csv: layout `wide_raters` needs `raters`: the columns that hold scores",
            "r.csv: the table's scale 0..5 is not the rubric's 0..6",
            "r.csv:1: no column \"item\"; columns found: \"session\", \"thing\"",
        ]
    );
    let none = read_table(&self::source(RatingLayout::WideItems), "session,rater,x\n");
    assert_eq!(
        messages(&none.expect_err("no item")),
        ["r.csv:1: no column is an item of the rubric; columns found: \"session\", \"rater\", \"x\""]
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), rows in "([a-zA-Z0-9,\"\n.#@-]|s1|agenda){0,60}") {
        for layout in [RatingLayout::Long, RatingLayout::WideRaters, RatingLayout::WideItems] {
            let mut source = source(layout);
            let _ = read_table(&source, &text);
            source.raters = if layout == RatingLayout::WideRaters { vec!["C1".into()] } else { Vec::new() };
            let _ = read_table(&source, &format!("session,item,rater,score,C1,agenda\n{rows}"));
        }
    }
}
