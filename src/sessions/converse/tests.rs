//! The modes as examples: who speaks, what each model is shown, and where a conversation ends.

use std::{collections::BTreeMap, sync::Mutex};

use futures::executor::block_on;

use super::*;
use crate::{
    chat::{Capabilities, Decoding, Reply, Role, ScriptedChat},
    config::{Model, PromptVariant, Route},
    domain::{ClientAuthor, Condition, ConditionId, CounselorAuthor, Digest, testing},
    sessions::{Reconstruction, reconstruct},
};

/// `H` starts a counselor turn, `c` a client turn, `C` a marked one; words follow.
fn recorded(turns: &[&str]) -> Session {
    let mut opening = true;
    let turn = |(text, number): (&&str, u32)| {
        let speaker = if text.starts_with('H') { Speaker::Counselor } else { Speaker::Client };
        opening &= speaker == Speaker::Counselor;
        let place = if opening { TurnRole::Opening } else { TurnRole::Body };
        Turn { place, selected: text.starts_with('C'), ..Turn::recorded(number, speaker, *text) }
    };
    testing::recorded("s1", CounselorAuthor::Human, turns.iter().zip(1..).map(turn))
}

fn model(id: &str) -> Model {
    Model {
        id: id.into(),
        route: Route::Baseline { name: id.into() },
        decoding: Decoding::default(),
        capabilities: Capabilities::default(),
    }
}

/// Reconstructs and records every request: the model, then its messages by role.
fn run(
    source: &Session,
    mode: Mode,
    exchanges: Option<u32>,
    answer: impl Fn(&Request, usize) -> Reply + Sync,
) -> (Reconstruction, Vec<String>) {
    let condition = Condition {
        id: ConditionId::new("m.p.x").expect("id"),
        model: "m".into(),
        prompt: "p".into(),
        mode,
        baseline: true,
        content: Digest::of_bytes(b""),
    };
    let prompt =
        PromptVariant { id: "p".into(), source: "p".into(), settings: BTreeMap::new(), system: "sys".into() };
    let (counselor, other) = (model("m"), model("other"));
    let seen = Mutex::new(Vec::new());
    let chat = ScriptedChat(|request: &Request| {
        let mut seen = seen.lock().expect("lock");
        let letters = request.messages.iter().map(|message| match message.role {
            Role::System => "S".to_owned(),
            Role::User => format!("u:{}", message.content),
            Role::Assistant => format!("a:{}", message.content),
        });
        seen.push(format!("{} {}", request.model, letters.collect::<Vec<_>>().join(" ")));
        Ok(answer(request, seen.len()))
    });
    let job = Job {
        source,
        condition: &condition,
        model: &counselor,
        prompt: &prompt,
        epoch: 1,
        model_opens: false,
        context: None,
        helper: Some(Helper { model: &other, prompt: "{{ transcript }}" }),
        exchanges,
    };
    let done = block_on(reconstruct(&chat, job)).expect("reconstructs");
    (done, seen.into_inner().expect("lock"))
}

/// `number text` of every turn; `*` marks one that a model wrote, `<n` the recorded turn it was.
fn turns(session: &Session) -> Vec<String> {
    let show = |turn: &Turn| {
        let from = turn.original.map_or(String::new(), |number| format!("<{number}"));
        format!("{} {}{}{from}", turn.number, turn.text, if turn.generated { "*" } else { "" })
    };
    session.turns.iter().map(show).collect()
}

#[test]
fn selected_takes_the_marked_turns_and_answers_each() {
    let source = recorded(&["H0", "c1", "H", "C2", "H", "c3", "H", "C4"]);
    let (done, requests) = run(&source, Mode::Selected, None, |_, n| Reply::text(format!("g{n}")));
    assert_eq!(turns(&done.session), ["1 H0", "2 C2<4", "3 g1*", "4 C4<8", "5 g2*"]);
    assert_eq!(requests, ["m S a:H0 u:C2", "m S a:H0 u:C2 a:g1 u:C4"]);
    assert_eq!(done.ended, ConversationEnd::AllUsed);
}

#[test]
fn aligned_takes_what_answers_and_stops_when_nothing_does() {
    let source = recorded(&[
        "c my exam is on friday",
        "H",
        "c my sister is ill",
        "H",
        "c i sleep badly",
        "H",
        "c bye",
    ]);
    let (done, _) = run(&source, Mode::Aligned, None, |request, n| match request.model.as_str() {
        "m" => Reply::text(["How do you sleep?", "And your sister?", "Zzz?"][n / 2]),
        // Two turns are shown, then the candidates 3 to 5; four turns, then 5 and 6; six, then 7.
        _ => Reply::text(["{\"utterance\": 4}", "{\"utterance\": 5}", "{\"utterance\": 0}"][n / 2 - 1]),
    });
    assert_eq!(
        turns(&done.session),
        [
            "1 c my exam is on friday<1",
            "2 How do you sleep?*",
            "3 c i sleep badly<5",
            "4 And your sister?*",
            "5 c my sister is ill<3",
            "6 Zzz?*",
        ]
    );
    assert_eq!(done.ended, ConversationEnd::NoneFits);
    let used: Vec<u32> = done.session.turns.iter().filter_map(|turn| turn.original).collect();
    let mut once = used.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), used.len(), "no turn is said twice");
}

#[test]
fn an_aligner_that_cannot_be_read_is_asked_once_more_and_ends_the_conversation() {
    let source = recorded(&["c1", "H", "c2"]);
    let (done, requests) = run(&source, Mode::Aligned, None, |request, _| match request.model.as_str() {
        "m" => Reply::text("g"),
        _ => Reply::text("the second one"),
    });
    assert_eq!((done.ended, turns(&done.session).len()), (ConversationEnd::Unusable, 2));
    assert_eq!(requests.iter().filter(|request| request.starts_with("other")).count(), 2);
}

#[test]
fn a_simulated_client_speaks_with_the_roles_exchanged_and_is_marked() {
    let source = recorded(&["H0", "c1", "H", "c2"]);
    let (done, requests) = run(&source, Mode::SimulatedClient, None, |_, n| Reply::text(format!("g{n}")));
    assert_eq!(turns(&done.session), ["1 H0", "2 c1<2", "3 g1*", "4 g2*", "5 g3*"]);
    assert_eq!(requests, ["m S a:H0 u:c1", "other S u:H0 a:c1 u:g1", "m S a:H0 u:c1 a:g1 u:g2"]);
    assert_eq!(done.session.provenance.client, ClientAuthor::Simulated);
    let (short, _) = run(&source, Mode::SimulatedClient, Some(1), |_, n| Reply::text(format!("g{n}")));
    assert_eq!(turns(&short.session), ["1 H0", "2 c1<2", "3 g1*"]);
    let (silent, _) =
        run(&source, Mode::SimulatedClient, Some(9), |request, _| match request.model.as_str() {
            "m" => Reply::text("g"),
            _ => Reply::text(" "),
        });
    assert_eq!((silent.ended, silent.session.turns.len()), (ConversationEnd::ClientSilent, 4));
    assert_eq!(silent.session.turns[3].outcome, TurnOutcome::Empty);
}
