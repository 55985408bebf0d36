//! Chat data in the forms in which programs write them.

use super::*;
use crate::dataset::{
    roles::Roles,
    source::{RoleMap, SessionFormat},
};

/// Sessions as `id speaker:text|…`, problems, notes.
fn read_all(text: &str, change: impl Fn(&mut ColumnMap)) -> (Vec<String>, Vec<String>, Vec<String>) {
    let map = RoleMap {
        client: vec!["user".into(), "human".into(), "SPEAKER_00".into(), "0".into()],
        counselor: vec!["assistant".into(), "SPEAKER_01".into(), "1".into()],
    };
    let roles = Roles::new("s", &map).expect("labels");
    let mut intake = Intake::new(&roles, &[]);
    let mut columns = ColumnMap::of(SessionFormat::Chat);
    change(&mut columns);
    let notes = read(&mut intake, 0, "chats/day.json", text, &columns);
    let problems = intake.problems().iter().map(ToString::to_string).collect();
    let mut sessions: Vec<(String, Vec<String>)> = Vec::new();
    for said in &intake.utterances {
        let turn = format!("{}:{}:{}", said.line, said.speaker.label(), said.text);
        match sessions.iter_mut().find(|(id, _)| *id == said.session) {
            Some((_, turns)) => turns.push(turn),
            None => sessions.push((said.session.clone(), vec![turn])),
        }
    }
    let sessions = sessions.into_iter().map(|(id, turns)| format!("{id} {}", turns.join("|"))).collect();
    (sessions, problems, notes.into_iter().map(|note| note.message).collect())
}

#[test]
fn an_object_per_line_or_an_array_holds_sessions_with_their_messages() {
    let lines = r#"{"id": "a", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}
{"id": 402e12, "messages": [{"role": "user", "content": [{"type": "text", "text": "p"}, {"type": "image_url"}, "q"]}]}"#;
    let expected = ["a 1:client:x|1:counselor:y", "402e12 2:client:p\nq"];
    let notes = [
        "1 message of the roles system, developer, tool, function left out (line 1)",
        "1 part of messages that are no text left out (line 2)",
    ];
    let (sessions, problems, told) = read_all(lines, |_| {});
    assert_eq!(
        (sessions, problems, told),
        (expected.map(String::from).to_vec(), vec![], notes.map(String::from).to_vec())
    );
    let array = format!("[\n{}\n]", lines.replace("}\n{", "},\n{"));
    let (sessions, problems, _) = read_all(&array, |_| {});
    assert_eq!((sessions[0].as_str(), problems.len()), ("a 2:client:x|2:counselor:y", 0));
}

#[test]
fn a_list_of_messages_alone_is_one_session_named_after_its_file() {
    let (sessions, problems, notes) = read_all(
        r#"[{"role": "user", "content": "x"},{"role": "assistant", "content": null},{"role":"user","content":"z"}]"#,
        |_| {},
    );
    assert_eq!(sessions, ["day 1:client:x|1:client:z"]);
    assert_eq!(
        problems,
        ["chats/day.json:1: no text \"content\" in the message; fields found: \"content\", \"role\""]
    );
    assert_eq!(notes, ["sessions without an id in \"id\" are named after the file"]);
    let (sessions, ..) = read_all(
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}\n{\"messages\": [{\"role\": \"user\", \"content\": \"y\"}]}",
        |_| {},
    );
    assert_eq!(sessions, ["day-1 1:client:x", "day-2 2:client:y"]);
}

#[test]
fn exports_and_recognised_speech_are_read_by_their_keys() {
    let tree = r#"[{"conversation_id": "k", "current_node": "n3", "mapping": {
        "n1": {"message": null, "parent": null},
        "n2": {"message": {"author": {"role": "user"}, "content": {"parts": ["hello"]}}, "parent": "n1"},
        "old": {"message": {"author": {"role": "assistant"}, "content": {"parts": ["first try"]}}, "parent": "n2"},
        "n3": {"message": {"author": {"role": "assistant"}, "content": {"parts": ["second try"]}}, "parent": "n2"}}}]"#;
    let (sessions, problems, _) = read_all(tree, |columns| {
        columns.session = "conversation_id".into();
        columns.messages = Some("mapping".into());
        columns.speaker = "author.role".into();
        columns.text = "content.parts".into();
    });
    assert_eq!((sessions, problems), (vec!["k 3:client:hello|5:counselor:second try".to_owned()], vec![]));
    let speech = r#"{"results": {"utterances": [{"speaker": 0, "transcript": "hm"}, {"speaker": 1, "transcript": "yes"}]}}"#;
    let (sessions, problems, _) = read_all(speech, |columns| {
        columns.messages = Some("results.utterances".into());
        columns.speaker = "speaker".into();
        columns.text = "transcript".into();
    });
    assert_eq!((sessions, problems), (vec!["day 1:client:hm|1:counselor:yes".to_owned()], vec![]));
}

#[test]
fn one_cause_is_one_problem_and_never_shows_words() {
    let line = |id: usize| {
        format!("{{\"id\": {id}, \"talk\": [{{\"role\": \"user\", \"content\": \"secret words\"}}]}}\n")
    };
    let text: String = (0..40).map(line).collect();
    let (_, problems, _) = read_all(&text, |_| {});
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("chats/day.json:1: no list \"messages\" in the session; fields found: \"id\", \"talk\" (40 times: lines 1, 2"));
    let (_, problems, _) =
        read_all("{\"id\": 1, \"messages\": [{\"role\": \"nurse\", \"content\": \"x\"}, 3]} secret", |_| {});
    assert_eq!(problems.len(), 3);
    assert!(!problems.concat().contains("secret"), "{problems:?}");
}
