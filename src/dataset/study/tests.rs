//! The published schema, on invented sessions, notes and ratings.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dataset::{
        Note, Problem,
        ratings::{self, RatingContext, RatingsRead},
        sessions::{self, Beside, SessionsRead},
        source::{
            ColumnMap, NotesSource, Opening, OutOfScalePolicy, RatingColumns, RatingLayout, RatingSource,
            RoleMap, ScoreWords, SessionFormat, SessionSource, TableOptions, UnknownLabels,
        },
    },
    domain::{
        ClientAuthor, CounselorAuthor, ItemId, Provenance, RatingOutcome, Scale, Session, SessionId, Subscale,
    },
};

const MESSAGES: &str = "\
SessionID,MessageID,Message,FromThinker,Timestamp,Offset
7,m1,\"hello, are you there?\",true,Tue Apr 05 2022 09:46:08 GMT-0700 (Pacific Daylight Time),0
7,m3,Tell me what happened.,false,Tue Apr 05 2022 09:46:58 GMT-0700 (Pacific Daylight Time),50
7,m2,I failed the test,True,Tue Apr 05 2022 09:46:20 GMT-0700 (Pacific Daylight Time),12
7,m4,and now I am hiding,TRUE,Tue Apr 05 2022 16:48:00 GMT+0000 (Coordinated Universal Time),112
8,m1,Good evening.,False,Tue Apr 05 2022 20:00:00 GMT-0700 (Pacific Daylight Time),0
8,m2,evening,True,,9
";

fn source() -> SessionSource {
    SessionSource {
        id: "study".into(),
        paths: Vec::new(),
        format: SessionFormat::Study,
        columns: ColumnMap::of(SessionFormat::Csv),
        roles: RoleMap { client: Vec::new(), counselor: Vec::new() },
        provenance: Provenance {
            source_set: "study".into(),
            counselor: CounselorAuthor::Human,
            client: ClientAuthor::Human,
            language: "en".into(),
            consent: Some("invented".into()),
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

fn read(source: &SessionSource, text: &str, beside: &Beside) -> Result<SessionsRead, Vec<Problem>> {
    sessions::read(source, &[("m.csv".to_owned(), text.to_owned())], beside)
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn turns(session: &Session) -> Vec<(&str, Option<u64>)> {
    session.turns.iter().map(|turn| (turn.text.as_str(), turn.waited_ms)).collect()
}

#[test]
fn messages_are_put_in_order_of_time_and_keep_the_time_between_turns() {
    let found = read(&source(), MESSAGES, &Beside::default()).expect("sound");
    assert_eq!(
        turns(&found.sessions[0]),
        [
            ("hello, are you there?\nI failed the test", None),
            ("Tell me what happened.", Some(38_000)),
            ("and now I am hiding", Some(62_000)),
        ]
    );
    // A message without a time: the order of the file, and no time between.
    assert_eq!(turns(&found.sessions[1]), [("Good evening.", None), ("evening", None)]);
    let notes: Vec<String> = found.notes.iter().map(|note| note.message.clone()).collect();
    assert_eq!(
        notes,
        [
            "Offset is smaller than in the row before (line 4); rows are ordered by time",
            "opening counselor turn kept as history in 1 session"
        ]
    );
}

#[test]
fn rows_that_break_the_schema_are_all_named_by_line() {
    let bad = MESSAGES
        .replace("m3", "m1")
        .replace("Tue Apr 05 2022 09:46:20", "Mon Apr 05 2022 09:46:20")
        .replace(",112", ",soon")
        .replace("evening,True", "evening,maybe");
    assert_eq!(
        told(&read(&source(), &bad, &Beside::default()).expect_err("broken")),
        [
            "m.csv:3: MessageID \"m1\" is also on line 2",
            "m.csv:4: time: the weekday is not that of the date",
            "m.csv:5: Offset \"soon\" is not a number",
            "m.csv:7: speaker \"maybe\" is not in the role map; labels known: \"true\", \"1\", \"false\", \"0\"",
        ]
    );
    let short = MESSAGES.replace(",Offset", "");
    assert!(read(&source(), &short, &Beside::default()).is_err());
}

#[test]
fn notes_of_the_human_session_are_told_and_redacted_with_it() {
    let notes = "SessionID,Counselor,Event,Thoughts,Feelings,Behaviors,Label,New Thought\n\
                 7,Human,Failed a test Anna wrote,I am stupid,shame,hides,labeling,one test\n\
                 7,LLM,Failed a test,x,x,x,x,x\n9,Human,x,x,x,x,x,x\n8,Human,,x,x,x,x,x\n";
    let spec = NotesSource {
        path: "n.csv".into(),
        session: "SessionID".into(),
        fields: vec!["Event".into(), "Feelings".into()],
    };
    let beside = Beside { notes: Some(("n.csv".into(), notes.into())), selected: None };
    let redact = crate::dataset::source::Redaction {
        kinds: crate::domain::IdentifierKind::ALL.to_vec(),
        names: vec!["Anna".into()],
        ids: Vec::new(),
    };
    let source = SessionSource { notes: Some(spec), redact: Some(redact), ..source() };
    let found = read(&source, MESSAGES, &beside).expect("sound");
    let told: Vec<(&str, &str)> =
        found.context.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    assert_eq!(told, [("7", "Event: Failed a test [NAME_1] wrote\nFeelings: shame"), ("8", "Feelings: x")]);
    assert!(found.notes.iter().any(|note| note.message.starts_with("2 rows of notes on other sessions")));
    let twice = Beside { notes: Some(("n.csv".into(), notes.replace("LLM", "Human"))), selected: None };
    let problems = read(&source, MESSAGES, &twice).expect_err("twice");
    assert_eq!(problems[0].to_string(), "n.csv:3: session \"7\" has a second row of notes");
}

#[test]
fn marks_come_from_a_column_or_from_a_table() {
    let marked = MESSAGES
        .replace(",Offset\n", ",Offset,key\n")
        .replace(",50\n", ",50,\n")
        .replace(",12\n", ",12,x\n")
        .replace(",112\n", ",112,no\n")
        .replace(",0\n", ",0,false\n")
        .replace(",9\n", ",9,1\n");
    let columns = ColumnMap { selected: Some("key".into()), ..ColumnMap::of(SessionFormat::Study) };
    let found = read(&SessionSource { columns, ..source() }, &marked, &Beside::default()).expect("sound");
    let marks = |read: &SessionsRead| -> Vec<Vec<u32>> {
        let of = |s: &Session| s.turns.iter().filter(|t| t.selected).map(|t| t.number).collect();
        read.sessions.iter().map(of).collect()
    };
    assert_eq!(marks(&found), [vec![1], vec![2]]);
    let table = |text: &str| Beside { notes: None, selected: Some(("k.csv".into(), text.into())) };
    let found = read(&source(), MESSAGES, &table("session,turn\n7,3\n8,2\n")).expect("sound");
    assert_eq!(marks(&found), [vec![3], vec![2]]);
    let problems = read(&source(), MESSAGES, &table("session,turn\n7,2\n7,9\nx,1\n")).expect_err("wrong");
    assert_eq!(
        told(&problems),
        [
            "k.csv:2: turn 2 of session \"7\" is the counselor's",
            "k.csv:3: session \"7\" has no turn \"9\"",
            "k.csv:4: session \"x\" is not in the source",
        ]
    );
}

fn id(text: &str) -> ItemId {
    ItemId::new(text).expect("id")
}

fn context() -> RatingContext {
    let found = read(&source(), MESSAGES, &Beside::default()).expect("sound");
    let subscale = |id: &str, name: &str, items: &[&str]| Subscale {
        id: id.into(),
        name: name.into(),
        items: items.iter().map(|item| self::id(item)).collect(),
    };
    RatingContext {
        items: ["agenda", "pacing", "homework"].into_iter().map(id).collect(),
        scale: Scale { min: 0, max: 6 },
        sessions: found.sessions.iter().map(|s| (s.id.clone(), s.text_digest())).collect(),
        by_ai: BTreeSet::from([SessionId::new("8").expect("id")]),
        names: BTreeMap::from([
            (id("agenda"), "Agenda".into()),
            (id("pacing"), "Pacing and efficient use of time".into()),
            (id("homework"), "Homework".into()),
        ]),
        subscales: vec![
            subscale("general", "General skills", &["agenda", "pacing"]),
            subscale("cbt", "Conceptualization and technique", &["homework"]),
        ],
        skip_bad_rows: 0,
    }
}

fn rated(text: &str) -> Result<RatingsRead, Vec<Problem>> {
    let source = RatingSource {
        id: "panel".into(),
        path: "r.csv".into(),
        layout: RatingLayout::Study,
        columns: RatingColumns::default(),
        raters: Vec::new(),
        items: BTreeMap::new(),
        rater_ids: BTreeMap::new(),
        session_ids: BTreeMap::new(),
        words: ScoreWords::default(),
        scale: Scale { min: 0, max: 6 },
        out_of_scale: OutOfScalePolicy::Exclude,
        synthetic: true,
        instructions: None,
        table: TableOptions::default(),
    };
    ratings::read(&source, "r.csv", text, &context())
}

const RATED: &str = "\
PsychologistID,SessionID,Counselor,Total_CTRS,General,Conceptualization & Technique,Agenda,Pacing,Homework,Session Feedback
P1,7,Human,9,5,4,2,3,4,\"kind, slow\"
P2,7,Human,54,30,4,2,3,4,
P1,7,LLM,3,2,1,1,1,1,
P1,8,LLM,3,2,1,1,1,1,
P2,8,LLM,,2,,1,1,,
";

#[test]
fn published_ratings_are_read_and_sums_that_do_not_add_up_are_listed_by_line() {
    let found = rated(RATED).expect("sound");
    let scores: Vec<String> = found
        .ratings
        .iter()
        .map(|r| {
            format!(
                "{} {} {} {}",
                r.session,
                r.rater,
                r.item,
                r.outcome.score().map_or("-".into(), |s| s.to_string())
            )
        })
        .collect();
    assert_eq!(scores.len(), 12);
    assert_eq!(scores[..3], ["7 P1 agenda 2", "7 P1 pacing 3", "7 P1 homework 4"]);
    assert_eq!(scores[11], "8 P2 homework -");
    assert_eq!(found.ratings[11].outcome, RatingOutcome::Missing);
    let notes: Vec<&str> = found.notes.iter().map(|Note { message, .. }| message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "1 row on a session with the other counselor, whose text is not in this study, left out (line 4)",
            "line 3: Total_CTRS is 54, its items add up to 9; the items count",
            "line 3: General is 30, its items add up to 5; the items count",
            "line 3: Total_CTRS is 54, the subscales add up to 34",
        ]
    );
}

#[test]
fn a_published_table_without_its_columns_is_refused() {
    let problems =
        rated(&RATED.replace("General", "Overall").replace("Counselor", "By")).expect_err("columns");
    let problems = told(&problems);
    assert!(
        problems[0].starts_with("r.csv:1: no column \"Counselor\", \"General skills\"")
            && problems.len() == 1,
        "{problems:?}"
    );
    let problems = told(&rated(&RATED.replace("7,Human,9", "7,Robot,9")).expect_err("author"));
    assert_eq!(problems, ["r.csv:2: Counselor \"Robot\" is neither Human nor LLM"]);
}
