//! The loop that reconstructs one session through the chat port.

use super::{
    converse::converse,
    protocol::{self, ProtocolStep},
};
use crate::sessions::job::{ConversationEnd, Job};
use crate::{
    chat::{Chat, Failure},
    domain::{Arm, ClientAuthor, CounselorAuthor, Mode, Session, Turn},
};

/// A reconstructed session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconstruction {
    /// The session.
    pub session: Session,
    /// How the conversation ended.
    pub ended: ConversationEnd,
}

/// Reconstructs the session turn by turn.
///
/// # Errors
/// The first failed call ends the reconstruction; earlier replies remain in the ledger.
pub async fn reconstruct(chat: &impl Chat, job: Job<'_>) -> Result<Reconstruction, Failure> {
    let (turns, ended) = match job.condition.mode {
        Mode::Replay | Mode::TeacherForced => (in_order(chat, &job).await?, ConversationEnd::AllUsed),
        Mode::Selected | Mode::Aligned | Mode::SimulatedClient => converse(chat, &job).await?,
    };
    let mut provenance = job.source.provenance.clone();
    if job.condition.mode == Mode::SimulatedClient {
        provenance.client = ClientAuthor::Simulated;
    }
    let session = Session {
        id: Session::reconstructed_id(&job.source.id, &job.condition.id, job.epoch),
        source: job.source.source.clone(),
        variant: job.source.variant.clone(),
        arm: Arm::Condition(job.condition.id.clone()),
        epoch: job.epoch,
        mode: Some(job.condition.mode),
        counselor: CounselorAuthor::Ai,
        provenance,
        turns,
    };
    Ok(Reconstruction { session, ended })
}

/// The recorded turns in their order, with the counselor's turns generated.
async fn in_order(chat: &impl Chat, job: &Job<'_>) -> Result<Vec<Turn>, Failure> {
    let mut turns: Vec<Turn> = Vec::with_capacity(job.source.turns.len());
    for step in protocol::script(job.source, job.model_opens) {
        let turn = match step {
            // The time the client took to answer the recorded counselor does not apply to the generated one.
            ProtocolStep::Say(index) => Turn { waited_ms: None, ..job.source.turns[index].clone() },
            ProtocolStep::Answer(index) => {
                let history = protocol::history(job.condition.mode, job.source, &turns, index);
                let request = protocol::request(job.model, job.prompt, job.context, history, job.epoch);
                let (outcome, text) = protocol::outcome(&chat.ask(request).await?);
                Turn { text, outcome, generated: true, waited_ms: None, ..job.source.turns[index].clone() }
            }
        };
        turns.push(turn);
    }
    Ok(turns)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::executor::block_on;

    use super::*;
    use crate::{
        chat::{Capabilities, Decoding, Reply, Request, Role, ScriptedChat},
        config::Route,
        domain::{ConditionId, Digest, Speaker, TurnOutcome, TurnRole, testing},
    };
    use crate::{
        config::{Model, PromptVariant},
        domain::Condition,
    };

    /// A recorded session from a string of speakers: `H` counselor, `c` client.
    fn recorded(speakers: &str) -> Session {
        let mut opening = true;
        let turns = speakers.chars().zip(1..).map(|(who, number)| {
            let speaker = if who == 'H' { Speaker::Counselor } else { Speaker::Client };
            opening &= speaker == Speaker::Counselor;
            let place = if opening { TurnRole::Opening } else { TurnRole::Body };
            Turn { place, ..Turn::recorded(number, speaker, format!("{who}{number}")) }
        });
        testing::recorded("s1", CounselorAuthor::Human, turns)
    }

    /// Reconstructs and returns the role order of every request beside the spoken turns.
    fn run(speakers: &str, mode: Mode, model_opens: bool) -> (Vec<String>, String) {
        let source = recorded(speakers);
        let condition = Condition {
            id: ConditionId::new("m.p.replay").expect("id"),
            model: "m".into(),
            prompt: "p".into(),
            mode,
            baseline: true,
            content: Digest::of_bytes(b""),
        };
        let model = Model {
            id: "m".into(),
            route: Route::Baseline { name: "warm".into() },
            decoding: Decoding::default(),
            capabilities: Capabilities::default(),
        };
        let prompt = PromptVariant {
            id: "p".into(),
            source: "p".into(),
            settings: std::collections::BTreeMap::new(),
            system: "sys".into(),
        };
        let seen = Mutex::new(Vec::new());
        let chat = ScriptedChat(|request: &Request| {
            let letters = request.messages.iter().map(|m| match m.role {
                Role::System => "S".to_owned(),
                Role::User | Role::Assistant => m.content.clone(),
            });
            seen.lock().expect("lock").push(letters.collect::<Vec<_>>().join(" "));
            Ok(Reply::text("g"))
        });
        let job = Job {
            source: &source,
            condition: &condition,
            model: &model,
            prompt: &prompt,
            epoch: 1,
            model_opens,
            context: None,
            helper: None,
            exchanges: None,
        };
        let session = block_on(reconstruct(&chat, job)).expect("reconstructs").session;
        assert!(session.turns.iter().all(|t| t.outcome == TurnOutcome::Spoken));
        let spoken = session.turns.iter().map(|t| t.text.clone()).collect::<Vec<_>>().join(" ");
        (seen.into_inner().expect("lock"), spoken)
    }

    #[test]
    fn a_client_first_session_drops_no_turn_and_doubles_none() {
        let (requests, spoken) = run("cHcH", Mode::Replay, false);
        assert_eq!(requests, ["S c1", "S c1 g c3"]);
        assert_eq!(spoken, "c1 g c3 g");
    }

    #[test]
    fn a_counselor_first_session_keeps_its_opening_as_history() {
        let (requests, spoken) = run("HcHc", Mode::Replay, false);
        assert_eq!(requests, ["S H1 c2"]);
        assert_eq!(spoken, "H1 c2 g c4");
    }

    #[test]
    fn a_model_may_open_where_the_source_says_so() {
        let (requests, spoken) = run("HcH", Mode::Replay, true);
        assert_eq!(requests, ["S", "S g c2"]);
        assert_eq!(spoken, "g c2 g");
    }

    #[test]
    fn teacher_forced_turns_see_the_recorded_history_and_never_each_other() {
        let (requests, spoken) = run("HcHcH", Mode::TeacherForced, false);
        assert_eq!(requests, ["S H1 c2", "S H1 c2 H3 c4"]);
        assert_eq!(spoken, "H1 c2 g c4 g");
    }
}
