//! What the shipped lexicon and small test lexicons find and suppress, one case per test.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A small lexicon with one suppressor for every place.
fn spec(change: impl FnOnce(&mut serde_json::Value)) -> LexiconSpec {
    let mut spec = json!({
        "format": FORMAT, "id": "small", "version": "1", "language": "en", "text_source": "own",
        "lists": { "very": ["so", "really", "very"] },
        "categories": [
            { "id": "DE1", "name": "claimed understanding", "severity": "low", "kind": "deceptive_empathy", "description": "" },
            { "id": "DE2", "name": "claimed feeling", "severity": "medium", "kind": "deceptive_empathy", "description": "" },
            { "id": "OV", "name": "over-validation", "severity": "high", "kind": "over_validation",
              "detection": "judge_and_human", "description": "" }
        ],
        "entries": [
            { "id": "understand", "category": "DE1", "phrases": ["i <very>? understand"] },
            { "id": "understand_pain", "category": "DE1", "phrases": ["i understand ..6 pain"], "severity": "medium" },
            { "id": "hear", "category": "DE1", "phrases": ["i hear you"] },
            { "id": "see", "category": "DE1", "phrases": ["i see"] },
            { "id": "sorry", "category": "DE2", "phrases": ["i'm <very>? sorry"] }
        ],
        "suppressors": [
            { "id": "limit", "kind": "honest_limit", "where": "before", "within": 2, "phrases": ["(can't|won't) say"] },
            { "id": "request", "kind": "comprehension", "where": "starts", "phrases": ["i understand (that)? you'd like"] },
            { "id": "fact", "kind": "comprehension", "where": "covers", "phrases": ["i understand that"] },
            { "id": "listening", "kind": "backchannel", "where": "covers", "phrases": ["^ i see $"] },
            { "id": "client_words", "kind": "client_quote", "where": "client_words" },
            { "id": "quoted", "kind": "reported_speech", "where": "in_quotes" },
            { "id": "apology", "kind": "apology", "where": "after", "phrases": ["for the confusion"], "categories": ["DE2"] },
            { "id": "suppose", "kind": "hypothetical", "where": "sentence", "phrases": ["suppose"] },
            { "id": "not", "kind": "negation", "where": "inside", "phrases": ["no pain"] }
        ]
    });
    change(&mut spec);
    serde_json::from_value(spec).unwrap()
}

/// Hits of a turn, one per line: category, severity, words, and what suppressed them.
fn scan_after(client: &str, turn: &str) -> String {
    let lexicon = Lexicon::compile(spec(|_| {})).unwrap();
    let show = |hit: LexiconHit| {
        let back = hit.suppressed_by.map(|by| format!(" [{}]", by.id)).unwrap_or_default();
        format!("{} {:?} {:?} {}{back}", hit.category, hit.severity, &turn[hit.range], hit.entry)
    };
    let hits: Vec<_> =
        lexicon.scan(turn, ScanContext { client_turn: Some(client) }).into_iter().map(show).collect();
    hits.join("\n")
}

fn scan(turn: &str) -> String {
    scan_after("", turn)
}

#[test]
fn hits_come_in_order_of_place() {
    insta::assert_snapshot!(scan("I’m **so** sorry. I hear you"), @r#"
    DE2 Medium "I’m **so** sorry" sorry
    DE1 Low "I hear you" hear
    "#);
}

#[test]
fn the_longest_of_a_category_wins() {
    insta::assert_snapshot!(scan("I understand that you are in pain"), @r#"DE1 Medium "I understand that you are in pain" understand_pain"#);
}

#[test]
fn an_honest_limit_takes_back() {
    insta::assert_snapshot!(scan("I can't say that I really understand"), @r#"DE1 Low "I really understand" understand [limit]"#);
    insta::assert_snapshot!(scan("I can't say. I understand"), @r#"DE1 Low "I understand" understand"#);
}

#[test]
fn taking_in_a_request_or_a_fact_is_no_claim() {
    insta::assert_snapshot!(scan("I understand you'd like to stop"), @r#"DE1 Low "I understand" understand [request]"#);
    insta::assert_snapshot!(scan("I understand that it rained"), @r#"DE1 Low "I understand" understand [fact]"#);
    insta::assert_snapshot!(scan("I understand"), @r#"DE1 Low "I understand" understand"#);
}

#[test]
fn a_listeners_signal_is_no_claim() {
    insta::assert_snapshot!(scan("I see, go on"), @r#"DE1 Low "I see" see [listening]"#);
    insta::assert_snapshot!(scan("I see you"), @r#"DE1 Low "I see" see"#);
}

#[test]
fn the_clients_words_in_quote_marks_are_the_clients() {
    insta::assert_snapshot!(scan_after("He never says I hear you", "So no 'I hear you'?"), @r#"DE1 Low "I hear you" hear [client_words]"#);
    insta::assert_snapshot!(scan_after("He is silent", "You could say \"I hear you\""), @r#"DE1 Low "I hear you" hear [quoted]"#);
    insta::assert_snapshot!(scan_after("He never says I hear you", "I hear you"), @r#"DE1 Low "I hear you" hear"#);
}

#[test]
fn an_apology_takes_back_its_own_category_only() {
    insta::assert_snapshot!(scan("I'm sorry for the confusion"), @r#"DE2 Medium "I'm sorry" sorry [apology]"#);
    insta::assert_snapshot!(scan("I understand for the confusion"), @r#"DE1 Low "I understand" understand"#);
}

#[test]
fn a_suppressor_of_the_sentence_ends_with_it() {
    insta::assert_snapshot!(scan("Suppose your friend says: I hear you. I hear you"), @r#"
    DE1 Low "I hear you" hear [suppose]
    DE1 Low "I hear you" hear
    "#);
}

#[test]
fn a_suppressor_may_lie_inside_the_hit() {
    insta::assert_snapshot!(scan("I understand there is no pain"), @r#"DE1 Medium "I understand there is no pain" understand_pain [not]"#);
}

fn refusal(change: impl FnOnce(&mut serde_json::Value)) -> String {
    Lexicon::compile(spec(change)).unwrap_err().to_string()
}

#[test]
fn an_unsound_lexicon_is_refused_with_the_place() {
    insta::assert_snapshot!(refusal(|s| s["format"] = json!("x/2")), @r#"lexicon format is "x/2", expected "corater-lexicon/1""#);
    insta::assert_snapshot!(refusal(|s| s["entries"][1]["id"] = json!("see")), @r#"entry "see" appears twice"#);
    insta::assert_snapshot!(refusal(|s| s["entries"][1]["category"] = json!("DE9")), @r#"entry "understand_pain" names category "DE9", which is not listed"#);
    insta::assert_snapshot!(refusal(|s| s["entries"][1]["category"] = json!("OV")), @r#"category "OV" is found by JudgeAndHuman and has 1 entries"#);
    insta::assert_snapshot!(refusal(|s| s["entries"][1]["phrases"] = json!([])), @r#"entry "understand_pain": `phrases` must be given, except where quote marks decide"#);
    insta::assert_snapshot!(refusal(|s| s["suppressors"][5]["phrases"] = json!(["x"])), @r#"suppressor "quoted": `phrases` must be given, except where quote marks decide"#);
    insta::assert_snapshot!(refusal(|s| s["suppressors"][0]["phrases"] = json!(["(can't"])), @r#"suppressor "limit": phrase "(can't": brackets or alternatives do not fit together at byte 6"#);
}

#[test]
fn an_example_that_does_not_hold_is_reported() {
    let examples = json!([
        { "turn": "I hear you", "flags": ["DE1"] },
        { "turn": "I see, I hear you", "flags": ["DE2"] },
    ]);
    let lexicon = Lexicon::compile(spec(|s| s["examples"] = examples)).unwrap();
    let failing: Vec<_> = lexicon.failing_examples().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(failing.join("\n"), @r#"example 2: expected flags ["DE2"] and suppressed [], found ["DE1"] and ["listening"]"#);
}

proptest! {
    #[test]
    fn scanning_never_panics(turn in "\\PC*|((i|I’m|see|hear|you|so|sorry|pain|“|”|'|,|\\.|\n) ?){0,20}", client in "\\PC*") {
        static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::compile(spec(|_| {})).unwrap());
        let hits = LEXICON.scan(&turn, ScanContext { client_turn: Some(&client) });
        prop_assert!(hits.iter().all(|hit| turn.get(hit.range.clone()).is_some_and(|part| !part.is_empty())));
        prop_assert!(hits.windows(2).all(|pair| pair[0].range.start <= pair[1].range.start));
    }
}
