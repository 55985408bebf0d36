//! Who says what in the requests that reach a server: no turn dropped, none doubled, openings kept as history.

use serde_json::Value;

use crate::{
    server::reply,
    study::{RUN, Study},
    support::server::FaultServer,
};

/// A request's messages, one a line, without the system prompt.
fn shown(body: &Value) -> String {
    let text = |message: &Value| {
        let words: Vec<&str> = message["content"].as_str().unwrap().split(' ').take(6).collect();
        let words = if words[0] == "Reply" { "(generated)".to_owned() } else { words.join(" ") };
        format!("{}: {words}", message["role"].as_str().unwrap())
    };
    let messages = body["messages"].as_array().unwrap();
    assert_eq!(messages[0]["role"], "system");
    messages[1..].iter().map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_request_holds_the_session_so_far_once_and_in_order() {
    let server = FaultServer::start(|arrival| reply(&arrival.body));
    let folder = Study::at(&server).folder();
    folder.words(RUN).ends(0);
    let requests: Vec<String> = server.arrivals().iter().map(|arrival| shown(&arrival.body)).collect();
    assert_eq!(requests.len(), 12);
    let longest = |first: &str| {
        let of_session = requests.iter().filter(|request| request.contains(first));
        of_session.max_by_key(|request| request.lines().count()).unwrap()
    };
    insta::assert_snapshot!(longest("I keep counting"), @"
    user: I keep counting the stairs on
    assistant: (generated)
    user: That something breaks if I get
    assistant: (generated)
    user: About half. In the morning it
    ");
    insta::assert_snapshot!(longest("I froze"), @"
    user: [The session begins.]
    assistant: Good evening. What would you like
    user: I froze in front of the
    assistant: (generated)
    user: That everyone could hear my heart.
    assistant: (generated)
    user: Nobody did. They asked about the
    ");
    for request in &requests {
        let roles: Vec<&str> = request.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert!(roles.windows(2).all(|pair| pair[0] != pair[1]), "roles alternate: {request}");
        assert_eq!((roles[0], roles[roles.len() - 1]), ("user", "user"), "{request}");
    }
    for session in folder.lines_of_run("sessions.jsonl") {
        let turns = session["turns"].as_array().unwrap();
        let speakers: String = turns.iter().map(|turn| &turn["speaker"].as_str().unwrap()[..2]).collect();
        let expected = if session["source"] == "three" { "coclcoclcoclco" } else { "clcoclcoclco" };
        assert_eq!(speakers, expected, "{}", session["id"]);
    }
}
