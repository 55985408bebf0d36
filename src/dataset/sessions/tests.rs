//! The rules by which files become sessions, one by one.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    dataset::source::{ColumnMap, Opening, RoleMap, TableOptions, UnknownLabels},
    domain::{Arm, ClientAuthor, CounselorAuthor, Provenance, Speaker, TurnRole},
};

fn source(format: SessionFormat) -> SessionSource {
    SessionSource {
        id: "demo".into(),
        paths: Vec::new(),
        format,
        columns: ColumnMap::of(format),
        roles: RoleMap {
            client: vec!["client".into(), "Thinker".into()],
            counselor: vec!["counselor".into(), "Peer Counselor".into()],
        },
        provenance: Provenance {
            source_set: "demo".into(),
            counselor: CounselorAuthor::Ai,
            client: ClientAuthor::Simulated,
            language: "en".into(),
            consent: Some("written".into()),
            licence: None,
            public: false,
            synthetic: true,
        },
        opening: Opening::Original,
        strip_backchannel: false,
        unknown_labels: UnknownLabels::Remark,
        notes: None,
        selected: None,
        redact: None,
        redacted: false,
        table: TableOptions::default(),
        only: Vec::new(),
    }
}

fn one(path: &str, text: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), text.to_owned())]
}

fn read_one(source: &SessionSource, text: &str) -> Result<SessionsRead, Vec<Problem>> {
    let path = match source.format {
        SessionFormat::Jsonl => "s.jsonl",
        SessionFormat::Csv | SessionFormat::Study => "s.csv",
        SessionFormat::Text => "talks/402e12.txt",
        SessionFormat::Chat => "talks/c.json",
        SessionFormat::Webvtt | SessionFormat::Srt => "talks/v.vtt",
    };
    read(source, &one(path, text), &Beside::default())
}

/// `speaker|text` of every turn, openings marked.
fn turns(session: &Session) -> Vec<String> {
    let mark = |place| if place == TurnRole::Opening { "^" } else { "" };
    session.turns.iter().map(|t| format!("{}{}|{}", mark(t.place), t.speaker.label(), t.text)).collect()
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn bubbles_merge_and_rows_of_a_session_need_not_be_contiguous() {
    let text = "\u{feff}session,speaker,text\r\na,client,\"one\r\ntwo\"\r\nb,client,x\r\na,CLIENT,three\r\nb,counselor,y\r\n\
                a,Peer Counselor,four\r\n";
    let read = read_one(&source(SessionFormat::Csv), text).expect("sound");
    assert_eq!(read.sessions.len(), 2);
    let first = &read.sessions[0];
    assert_eq!(turns(first), ["client|one\ntwo\nthree", "counselor|four"]);
    assert_eq!(first.turns.iter().map(|turn| turn.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((first.arm.clone(), first.epoch, first.counselor), (Arm::Original, 1, CounselorAuthor::Ai));
    assert_eq!(first.provenance, source(SessionFormat::Csv).provenance);
    assert_eq!(read.notes, []);
}

#[test]
fn ids_are_text_exactly_as_written() {
    let text = r#"{"session": 402e12, "speaker": "client", "text": "a"}
{"session": 402e12, "speaker": "counselor", "text": "b"}

{"session": "007", "speaker": "client", "text": "a"}
{"session": "007", "speaker": "counselor", "text": "b", "extra": [1]}"#;
    let read = read_one(&source(SessionFormat::Jsonl), text).expect("sound");
    let ids: Vec<&str> = read.sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(ids, ["402e12", "007"]);
}

#[test]
fn a_declared_order_is_followed_and_must_be_whole_and_unique() {
    let mut source = source(SessionFormat::Csv);
    source.columns.order = Some("n".into());
    let text = "session,speaker,text,n\na,counselor,second,10\na,client,first,9\n";
    assert_eq!(
        turns(&read_one(&source, text).expect("sound").sessions[0]),
        ["client|first", "counselor|second"]
    );
    let text = "session,speaker,text,n\na,client,x,1\na,counselor,y,1\nb,client,x,1.5\nb,counselor,x,2\n";
    assert_eq!(
        messages(&read_one(&source, text).expect_err("two problems")),
        [
            "s.csv:3: order 1 of session \"a\" is taken by line 2",
            "s.csv:4: order \"1.5\" is not a whole number",
        ],
        "that session b lacks a client follows from line 4"
    );
}

#[test]
fn an_unknown_label_is_one_problem_that_names_the_labels_known() {
    let text = "session,speaker,text\na,client,x\na,Bot,y\na,Bot,z\na,I lost my job.,w\na,counselor,v\n";
    let problems = read_one(&source(SessionFormat::Csv), text).expect_err("unknown labels");
    let known = "labels known: \"client\", \"Thinker\", \"counselor\", \"Peer Counselor\"";
    assert_eq!(
        messages(&problems),
        [
            format!(
                "s.csv:3: speaker \"Bot\" is not in the role map, used by 2 utterances (lines 3, 4); {known}"
            ),
            format!("s.csv:5: speaker a text of 14 characters is not in the role map; {known}"),
        ]
    );
}

#[test]
fn utterances_without_words_are_dropped_and_counted() {
    let text = "session,speaker,text\na,client,x\na,counselor,\na,counselor, \na,client,y\na,counselor,z\n";
    let read = read_one(&source(SessionFormat::Csv), text).expect("sound");
    assert_eq!(turns(&read.sessions[0]), ["client|x\ny", "counselor|z"]);
    assert_eq!(read.notes[0].message, "2 utterances without words dropped (lines 3, 4)");
}

#[test]
fn only_role_labels_start_a_turn_in_speaker_text() {
    let text = "\n\nThinker: Two things:\r\n  first: work\nNote: tired\n\ncounselor:\nGo on.\n\n\npeer counselor: Take\n time.\n\n";
    let read = read_one(&source(SessionFormat::Text), text).expect("sound");
    let session = &read.sessions[0];
    assert_eq!(session.id.as_str(), "402e12");
    assert_eq!(
        turns(session),
        ["client|Two things:\n  first: work\nNote: tired", "counselor|Go on.\nTake\n time."]
    );
}

#[test]
fn speaker_text_before_the_first_label_is_a_problem_with_its_line() {
    let problems = read_one(&source(SessionFormat::Text), "\nprivate words\nclient: a\ncounselor: b")
        .expect_err("stray");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line, Some(2));
    assert!(!problems[0].to_string().contains("private"));
}

#[test]
fn one_session_lies_in_one_file() {
    let files = [("a/x.txt", "client: a\ncounselor: b"), ("b/x.txt", "client: c\ncounselor: d")];
    let files: Vec<(String, String)> = files.iter().map(|(p, t)| ((*p).into(), (*t).into())).collect();
    let problems = read(&source(SessionFormat::Text), &files, &Beside::default()).expect_err("same stem");
    assert_eq!(messages(&problems), ["b/x.txt:1: session \"x\" is also in a/x.txt"]);
}

#[test]
fn openings_are_kept_as_history_or_dropped() {
    let text = "counselor: Welcome.\ncounselor: Sit down.\nclient: a\ncounselor: b\n";
    let mut source = source(SessionFormat::Text);
    let kept = ["^counselor|Welcome.\nSit down.", "client|a", "counselor|b"];
    for opening in [Opening::Original, Opening::Model] {
        source.opening = opening;
        assert_eq!(turns(&read_one(&source, text).expect("sound").sessions[0]), kept);
    }
    source.opening = Opening::Drop;
    let read = read_one(&source, text).expect("sound");
    assert_eq!(turns(&read.sessions[0]), ["client|a", "counselor|b"]);
    assert_eq!(read.sessions[0].turns[0].number, 1);
    assert_eq!(read.notes[0].message, "opening counselor turn dropped in 1 session");
}

#[test]
fn back_channel_is_removed_before_bubbles_merge() {
    let mut source = source(SessionFormat::Text);
    source.strip_backchannel = true;
    let text = "client: I was [mm-hmm] late (again (sorry)) and\ncounselor: (nods)\nclient: tired :( [\ncounselor: I see.";
    let read = read_one(&source, text).expect("sound");
    assert_eq!(turns(&read.sessions[0]), ["client|I was late and\ntired :( [", "counselor|I see."]);
    let notes: Vec<&str> = read.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "1 utterance held only back-channel and left no words (line 2)",
            "3 brackets of back-channel removed (lines 1, 2)"
        ]
    );
}

#[test]
fn only_selects_sessions_and_their_problems() {
    let mut source = source(SessionFormat::Csv);
    source.only = vec!["a".into()];
    let text = "session,speaker,text\na,client,x\nb,nobody,x\na,counselor,y\n";
    assert_eq!(read_one(&source, text).expect("sound").sessions.len(), 1);
    source.only.push("c".into());
    let problems = read_one(&source, text).expect_err("no such session");
    assert_eq!(messages(&problems), ["demo: `only` names session \"c\", which is not there"]);
}

#[test]
fn every_problem_of_a_table_is_reported_at_once() {
    let text = "session,speaker,text\na,client,x\na\n,client,x\na,counselor,y\nb,client,z\n";
    assert_eq!(
        messages(&read_one(&source(SessionFormat::Csv), text).expect_err("three problems")),
        [
            "s.csv:3: 1 field, expected 3 as in the header",
            "s.csv:4: the session id is empty",
            "s.csv:6: session \"b\" has no counselor turn",
        ]
    );
    let missing = read_one(&source(SessionFormat::Csv), "id,who,words\n").expect_err("other columns");
    assert_eq!(
        messages(&missing),
        ["s.csv:1: no column \"session\", \"speaker\", \"text\"; columns found: \"id\", \"who\", \"words\""]
    );
}

#[test]
fn bad_messages_are_named_without_quoting_them() {
    let text = "{\"session\": \"a\", \"speaker\": \"client\"}\n\"private words\"\n{\"session\": [1], \"speaker\": \"x\"}";
    let problems = read_one(&source(SessionFormat::Jsonl), text).expect_err("three problems");
    assert_eq!(
        messages(&problems),
        [
            "s.jsonl:1: no field \"text\"; fields found: \"session\", \"speaker\"",
            "s.jsonl:2: not a JSON object (column 15)",
            "s.jsonl:3: field \"session\" is neither text nor a number",
        ]
    );
}

#[test]
fn a_role_map_must_name_both_sides_once() {
    let mut source = source(SessionFormat::Text);
    source.roles = RoleMap { client: vec!["A".into()], counselor: vec!["a".into()] };
    let both = read_one(&source, "a: x").expect_err("both sides");
    assert_eq!(messages(&both), ["demo: label \"a\" is both client and counselor"]);
    source.roles.counselor.clear();
    let none = read_one(&source, "a: x").expect_err("no counselor");
    assert_eq!(messages(&none), ["demo: the role map names no label for the counselor"]);
}

#[test]
fn a_source_without_sessions_is_a_problem() {
    for format in [SessionFormat::Jsonl, SessionFormat::Text] {
        assert!(read_one(&source(format), "").is_err());
    }
    assert_eq!(
        messages(&read(&source(SessionFormat::Text), &[], &Beside::default()).expect_err("nothing")),
        ["demo: no session in this source"]
    );
}

#[test]
fn subtitles_have_their_speakers_and_the_times_of_their_cues() {
    let text = "WEBVTT\n\n1\n00:01.000 --> 00:03.000\n<v Thinker>I cannot sleep.</v>\n\n2\n00:04.500 --> 00:05.000\nPeer Counselor: Since\nwhen?\n";
    let read = read_one(&source(SessionFormat::Webvtt), text).expect("sound");
    let session = &read.sessions[0];
    assert_eq!(
        (session.id.as_str(), turns(session)),
        ("v", vec!["client|I cannot sleep.".into(), "counselor|Since\nwhen?".into()])
    );
    assert_eq!(session.turns[1].waited_ms, Some(3500));
    let other = text.replace("Thinker", "Mother");
    let problems = read_one(&source(SessionFormat::Webvtt), &other).expect_err("an unknown voice");
    assert!(
        messages(&problems)[0].starts_with("talks/v.vtt:5: speaker \"Mother\" is not in the role map"),
        "{problems:?}"
    );
    let words = "client: x\n2\n00:00:04.000 --> 00:00:06.000\ncounselor: y";
    let problems = read_one(&source(SessionFormat::Text), words).expect_err("subtitles are no speaker text");
    assert_eq!(problems[0].line, Some(3));
}

#[test]
fn lines_that_look_like_labels_are_told_or_refused() {
    let text = "client: x\nMother: y\nCuonselor: z\ncounselor\u{ff1a} w\n";
    let mut source = source(SessionFormat::Text);
    let read = read_one(&source, text).expect("read with remarks");
    assert_eq!(turns(&read.sessions[0]), ["client|x\nMother: y\nCuonselor: z", "counselor|w"]);
    let notes: Vec<&str> = read.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "line 2 starts like a speaker label that the role map does not have; read as words of the turn before",
            "line 3 starts with nearly the label \"counselor\"; read as words of the turn before",
        ]
    );
    source.unknown_labels = UnknownLabels::Refuse;
    let problems = read_one(&source, text).expect_err("refused");
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(2), Some(3)]);
}

#[test]
fn other_forms_of_json_are_named_once() {
    let talks = "{\"id\": 1, \"messages\": [{\"role\": \"user\"}]}\n".repeat(50);
    for (text, form) in [
        (talks.as_str(), "one object per session"),
        ("[\n{\"a\": 1}\n]", "a JSON array"),
        ("{\n}", "one object over several lines"),
    ] {
        let problems = read_one(&source(SessionFormat::Jsonl), text).expect_err("another form");
        assert!(problems.len() == 1 && problems[0].message.contains(form), "{problems:?}");
        assert!(problems[0].hint.as_deref().is_some_and(|hint| hint.contains("format: chat")));
    }
}

proptest! {
    #[test]
    fn messages_round_trip(said in prop::collection::vec((any::<bool>(), ".*[a-z].*"), 1..20)) {
        let mut text = String::new();
        for (client, words) in &said {
            let speaker = if *client { "client" } else { "counselor" };
            let line = serde_json::json!({"session": "s", "speaker": speaker, "text": words});
            writeln!(text, "{line}").expect("text");
        }
        let changes = said.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
        let both = changes > 0;
        match read_one(&source(SessionFormat::Jsonl), &text) {
            Ok(read) => {
                prop_assert!(both);
                let session = &read.sessions[0];
                prop_assert_eq!(session.turns.len(), changes + 1);
                let words: usize = session.turns.iter().map(|turn| turn.text.matches(char::is_alphanumeric).count()).sum();
                let given: usize = said.iter().map(|(_, text)| text.matches(char::is_alphanumeric).count()).sum();
                prop_assert_eq!(words, given);
                prop_assert!(session.turns.windows(2).all(|pair| pair[0].speaker != pair[1].speaker));
                let opening = session.turns[0].speaker == Speaker::Counselor;
                prop_assert_eq!(session.turns[0].place == TurnRole::Opening, opening);
            }
            Err(_) => prop_assert!(!both),
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>(), strip in any::<bool>()) {
        for format in [
            SessionFormat::Jsonl,
            SessionFormat::Csv,
            SessionFormat::Text,
            SessionFormat::Chat,
            SessionFormat::Webvtt,
        ] {
            let mut source = source(format);
            source.strip_backchannel = strip;
            let _ = read_one(&source, &text);
        }
    }

    #[test]
    fn no_speaker_text_makes_a_reader_panic(text in "((client|counselor|İ|x)?:?[\\[\\]() \r\na-c\"İ]{0,6}){0,12}") {
        let mut source = source(SessionFormat::Text);
        source.strip_backchannel = true;
        source.roles.client.push("İ".into());
        let _ = read_one(&source, &text);
        let _ = read_one(&SessionSource { format: SessionFormat::Csv, ..source }, &format!("session,speaker,text\n{text}"));
    }
}
