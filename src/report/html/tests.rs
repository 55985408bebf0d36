//! Guarantees of the page: inert text, no request, the same bytes, no blank figure.

use crate::analysis::Findings;
use crate::analysis::testing::{CONDITION, Study, flag, rating};
use crate::domain::{
    Draw, DrawFold, Flag, Observation, ObservationKind, QuoteCheck, Rating, RatingOutcome, ReviewStatus,
    Scale, Span, Speaker, TurnOutcome,
};

use super::{Links, Report, ReportContent, operations};

fn page(study: &Study) -> String {
    let findings = study.analyse();
    render(&findings, study, &Links::of_run("demo-1234"))
}

fn render(findings: &Findings, study: &Study, links: &Links) -> String {
    let Study { sessions, ratings, flags, .. } = study;
    let mut page = Vec::new();
    let content = ReportContent { findings, sessions, ratings, flags, assessments: &[], varied: &[] };
    let report = Report::new(&content, links).expect("templates parse");
    report.write(&mut page).expect("templates fit their values");
    String::from_utf8(page).expect("UTF-8")
}

/// Rewrites one turn and binds the ratings to the new text.
fn say(study: &mut Study, session: usize, turn: usize, text: &str) {
    study.sessions[session].turns[turn].text = text.to_owned();
    study.end_turn(session, turn, TurnOutcome::Spoken);
}

fn cite(quote: &str, span: Span, kind: ObservationKind) -> Observation {
    Observation {
        kind,
        note: "asks an open question".into(),
        quote: Some(quote.to_owned()),
        turns: (span.turn, span.turn),
        speaker: Some(Speaker::Counselor),
        check: QuoteCheck::Verified { span },
    }
}

fn with_draw(rating: &mut Rating, observations: Vec<Observation>) {
    rating.fold = Some(DrawFold { scored: 1, range: Some((3.0, 3.0)), ..DrawFold::default() });
    rating.draws = vec![Draw {
        outcome: RatingOutcome::Scored { score: Scale { min: 0, max: 6 }.score(3.0).expect("on the scale") },
        observations,
        reasoning: "because <b>bold</b>".into(),
        quotes_cited: 3,
        quotes_verified: 1,
        quotes_near: 0,
        ..Draw::unusable(1, crate::domain::Unusable::CallFailed, false)
    }];
}

#[test]
fn a_transcript_cannot_leave_its_place() {
    let mut study = Study::small();
    let hostile =
        "<script>alert(1)</script> </p><img src=x onerror=\"y\"> \"&' {{ 7 * 7 }}\nשלום \u{202e}abc";
    say(&mut study, 0, 0, hostile);
    let html = page(&study);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt; &lt;&#x2f;p&gt;&lt;img src=x"));
    assert!(
        html.contains("&quot;&amp;&#x27; {{ 7 * 7 }}\nשלום \u{202e}abc</p>"),
        "text and line break are kept"
    );
    assert_eq!(html.matches("<script").count(), 1, "our script and no other");
    assert!(!html.contains("<img"));
    assert!(html.contains("<p dir=\"auto\">"));
}

#[test]
fn names_of_raters_arms_and_notes_are_escaped_too() {
    let mut study = Study::small();
    study.ratings.push(rating(&study.sessions[0].clone(), "C<i>", "a", 2.0));
    with_draw(&mut study.ratings[3], vec![]);
    let html = page(&study);
    assert!(html.contains("C&lt;i&gt; 2") && !html.contains("C<i>"));
    assert!(html.contains("because &lt;b&gt;bold&lt;&#x2f;b&gt;"));
}

#[test]
fn nothing_is_fetched_from_anywhere() {
    let html = page(&Study::small());
    for fetch in
        ["src=", "url(", "@import", "<link", "<img", "<iframe", "http-equiv=\"refresh", "fetch(", "XMLHttp"]
    {
        assert!(!html.contains(fetch), "{fetch}");
    }
    for href in html.split("href=\"").skip(1) {
        let target = href.split('"').next().expect("a quoted value");
        assert!(target.starts_with('#') || !target.contains("&#x2f;"), "{target} leaves the folder");
    }
    assert!(!html.contains("http://") && !html.contains("https://"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn the_same_findings_give_the_same_bytes_in_whatever_order() {
    let study = Study::small();
    let mut shuffled = study.clone();
    shuffled.sessions.reverse();
    shuffled.ratings.reverse();
    shuffled.flags.reverse();
    let findings = study.analyse();
    let links = Links::of_run("demo");
    let one = render(&findings, &study, &links);
    let two = render(&findings, &study, &links);
    assert_eq!(one, two);
    let three = render(&findings, &shuffled, &links);
    assert!(one == three, "the order of the files changes nothing");
}

#[test]
fn quotes_and_flags_are_marked_in_the_words_they_mean() {
    let mut study = Study::small();
    say(&mut study, 1, 1, "Née là: I hear you — what happened?");
    let text = study.sessions[1].turns[1].text.clone();
    let at = |words: &str| {
        (text.find(words).expect("is there"), text.find(words).expect("is there") + words.len())
    };
    let ((from, to), (start, end)) = (at("I hear you"), at("you — what happened?"));
    study.flags = vec![Flag {
        span: Span { turn: 2, start: from, end: to },
        status: ReviewStatus::Confirmed,
        ..flag(&study.sessions[1], 2, "DE1")
    }];
    let judged =
        study.ratings.iter_mut().find(|r| r.session == study.sessions[1].id && r.rater.as_str() == "J");
    let span = Span { turn: 2, start, end };
    with_draw(judged.expect("rated"), vec![cite("you — what happened?", span, ObservationKind::Positive)]);
    let html = page(&study);
    assert!(html.contains(">I hear </mark><a id=\"s2e1\"></a><mark class=\"fl de ev for\" data-e=\"s2e1\""));
    assert!(html.contains(">you</mark><bdi class=\"tag\""));
    assert!(html.contains(">DE1, confirmed by a person</bdi>"));
    assert!(html.contains(">— what happened?</mark>") || html.contains("> — what happened?</mark>"));
    assert!(html.contains("<a href=\"#s2e1\" data-go=\"s2e1\"><q dir=\"auto\">you — what happened?</q>"));
    assert!(html.contains("3 quotes cited: 1 word for word, 0 nearly, 2 not found and struck"));
}

#[test]
fn a_phrase_is_called_by_who_says_it() {
    let html = page(&Study::small());
    assert!(html.contains(">relational phrase, unreviewed</bdi>"));
    assert!(html.contains(">DE1, unreviewed</bdi>"));
    assert!(html.contains(">DE1, suppressed (quoted)</bdi>"));
    assert!(html.contains("deceptive empathy: phrases flagged, not confirmed"));
    assert!(html.contains("<td class=\"words\">relational phrases</td>"));
}

#[test]
fn a_span_outside_the_text_is_said_and_loses_no_word() {
    let mut study = Study::small();
    study.flags =
        vec![Flag { span: Span { turn: 2, start: 3, end: 9_999 }, ..flag(&study.sessions[0], 2, "DE1") }];
    let html = page(&study);
    assert!(html.contains("s1: I hear you. What happened then?</p>"));
    assert!(html.contains("Flags or quotes whose place is not in this turn: 1."));
}

#[test]
fn the_first_screen_says_what_this_is() {
    let html = page(&Study::small());
    let top = html.split("id=\"scores\"").next().expect("a first part");
    for words in [
        "demonstration: invented ratings",
        "DEMO-informed automated scores, not DEMO scores",
        "<dd>paraphrase</dd>",
        "<dd>no</dd>",
        "baseline, not a language model",
        "no therapy, no diagnosis, no medical device",
    ] {
        assert!(top.contains(words), "{words}");
    }
}

#[test]
fn no_figure_is_blank_or_not_a_number() {
    let mut study = Study::small();
    study.ratings.retain(|r| r.rater.as_str() == "J" || r.rater.as_str() == "C1");
    let html = page(&study);
    let words = html.split("<script").next().expect("a page");
    assert!(!words.contains("NaN") && !words.contains(">inf") && !words.contains("<td></td>"));
    assert!(html.contains("undefined: too few raters ("));
}

#[test]
fn a_refusal_stays_in_the_transcript() {
    let mut study = Study::small();
    study.sessions[1].turns[1].text.clear();
    study.end_turn(1, 1, TurnOutcome::Refusal);
    let html = page(&study);
    assert!(html.contains("<strong>refusal</strong>") && html.contains("[no reply]"));
    assert!(html.contains("signal of abandonment"));
}

#[test]
fn marked_items_have_their_footnotes() {
    let html = page(&Study::small());
    assert!(html.contains("<b>C:</b> low confidence"));
    assert!(html.contains("</sup> Confounded by replay"));
    assert!(html.contains(CONDITION));
}

#[test]
fn operations_are_tables_and_what_is_absent_says_so() {
    let usage = serde_json::json!({
        "format": "corater-usage/1",
        "total": { "replies": 1234, "failures": { "rate_limited": 2 } },
        "usage": { "by_model": { "a<b>": { "turn": { "replies": 1234, "tokens": { "prompt": 98765 } } } }, "pauses": {} },
        "failures": [{ "task": "t1", "arm": "original", "source": "s1", "epoch": 1, "kind": "offline", "message": "no" }],
    });
    let html = operations(&usage, "demo").expect("renders");
    for words in
        ["a&lt;b&gt;, turn", "1,234", "98,765", "2 rate limited", "not recorded", "Tasks without a result"]
    {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<script"));
    assert!(
        operations(&serde_json::Value::Null, "demo").expect("renders").contains("Every task has a result.")
    );
}
