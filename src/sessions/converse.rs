//! The modes whose client turns do not simply follow each other: `selected` uses those a person marked, `aligned` the
//! one that best answers the counselor, and in `simulated_client` a model writes them.

use super::{ConversationEnd, Helper, Job, align, protocol};
use crate::{
    chat::{Chat, Failure, FailureKind, Message, OutputFormat, Request, template},
    domain::{Mode, Session, Speaker, Turn, TurnOutcome, TurnRole, transcript},
};

/// Holds the conversation turn by turn; returns its turns and how it ended.
pub(super) async fn converse(
    chat: &impl Chat,
    job: &Job<'_>,
) -> Result<(Vec<Turn>, ConversationEnd), Failure> {
    let mut conversation = Conversation { job, turns: Vec::new() };
    conversation.open(chat).await?;
    let ended = match job.condition.mode {
        Mode::Selected => conversation.selected(chat).await?,
        Mode::Aligned => conversation.aligned(chat).await?,
        Mode::SimulatedClient => conversation.simulated(chat).await?,
        Mode::Replay | Mode::TeacherForced => unreachable!("these follow the recorded order"),
    };
    Ok((conversation.turns, ended))
}

struct Conversation<'c, 'j> {
    job: &'c Job<'j>,
    turns: Vec<Turn>,
}

impl<'j> Conversation<'_, 'j> {
    fn push(&mut self, turn: Turn) {
        let number = u32::try_from(self.turns.len() + 1).expect("a session has few turns");
        self.turns.push(Turn { number, ..turn });
    }

    /// Adds the counselor's opening, recorded or generated.
    async fn open(&mut self, chat: &impl Chat) -> Result<(), Failure> {
        let opening = self.job.source.turns.iter().take_while(|turn| turn.place == TurnRole::Opening);
        for turn in opening {
            if self.job.model_opens {
                self.answer(chat).await?;
            } else {
                self.push(turn.clone());
            }
        }
        Ok(())
    }

    /// Adds a recorded client turn, unchanged.
    fn say(&mut self, turn: &Turn) {
        self.push(Turn { original: Some(turn.number), waited_ms: None, ..turn.clone() });
    }

    async fn answer(&mut self, chat: &impl Chat) -> Result<(), Failure> {
        let Job { model, prompt, context, epoch, .. } = *self.job;
        let reply = chat.ask(protocol::request(model, prompt, context, &self.turns, epoch)).await?;
        let (outcome, text) = protocol::outcome(&reply);
        let place = if self.turns.is_empty() { TurnRole::Opening } else { TurnRole::Body };
        let turn = Turn::recorded(0, Speaker::Counselor, text);
        self.push(Turn { outcome, generated: true, place, ..turn });
        Ok(())
    }

    /// Every marked turn gets a reply, in the recorded order.
    async fn selected(&mut self, chat: &impl Chat) -> Result<ConversationEnd, Failure> {
        for turn in self.job.source.client_turns().filter(|turn| turn.selected) {
            self.say(turn);
            self.answer(chat).await?;
        }
        Ok(ConversationEnd::AllUsed)
    }

    /// Starts with the client's first turn and continues with the turns that best answer the counselor.
    async fn aligned(&mut self, chat: &impl Chat) -> Result<ConversationEnd, Failure> {
        let helper = self.helper()?;
        let mut unused: Vec<&Turn> = self.job.source.client_turns().collect();
        let mut next = 0;
        while next < unused.len() {
            let turn = unused.remove(next);
            self.say(turn);
            self.answer(chat).await?;
            if unused.is_empty() {
                break;
            }
            let repeat = u64::from(self.job.epoch);
            next = match align::choose(chat, helper, &self.turns, &unused, repeat).await? {
                align::AlignerChoice::Turn(place) => place,
                align::AlignerChoice::NoneFits => return Ok(ConversationEnd::NoneFits),
                align::AlignerChoice::Unusable => return Ok(ConversationEnd::Unusable),
            };
        }
        Ok(ConversationEnd::AllUsed)
    }

    /// The client's first turn is the recorded one; a model that has read the recorded session writes the others.
    async fn simulated(&mut self, chat: &impl Chat) -> Result<ConversationEnd, Failure> {
        let helper = self.helper()?;
        let recorded = self.job.source.client_turns().count();
        let exchanges = self.job.exchanges.map_or(recorded, |most| most as usize);
        if let Some(first) = self.job.source.client_turns().next() {
            self.say(first);
            self.answer(chat).await?;
        }
        for _ in 1..exchanges {
            let reply =
                chat.ask(client_request(helper, self.job.source, &self.turns, self.job.epoch)?).await?;
            let (outcome, text) = protocol::outcome(&reply);
            let turn = Turn::recorded(0, Speaker::Client, text);
            self.push(Turn { outcome, generated: true, ..turn });
            if outcome != TurnOutcome::Spoken {
                return Ok(ConversationEnd::ClientSilent);
            }
            self.answer(chat).await?;
        }
        Ok(ConversationEnd::AllUsed)
    }

    fn helper(&self) -> Result<Helper<'j>, Failure> {
        let missing =
            || Failure::new(FailureKind::Unsupported, "the experiment names no model for the client's turns");
        self.job.helper.ok_or_else(missing)
    }
}

/// The request for the next turn of a simulated client. The roles of the conversation are swapped, because the model
/// speaks for the client.
fn client_request(
    helper: Helper<'_>,
    source: &Session,
    turns: &[Turn],
    epoch: u32,
) -> Result<Request, Failure> {
    let view = serde_json::json!({"transcript": transcript::render(&source.turns)});
    let system = template::render(helper.prompt, &view)
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("client prompt: {error}")))?;
    let mut messages = vec![Message::system(system)];
    messages.extend(turns.iter().map(|turn| match turn.speaker {
        Speaker::Client => Message::assistant(turn.shown()),
        Speaker::Counselor => Message::user(turn.shown()),
    }));
    let mut decoding = helper.model.decoding.clone();
    decoding.seed = decoding.seed.map(|seed| seed + u64::from(epoch) - 1);
    let model = helper.model.id.clone();
    Ok(Request {
        model,
        messages,
        decoding,
        output: OutputFormat::Text,
        logprobs: None,
        repeat: u64::from(epoch),
    })
}

#[cfg(test)]
mod tests;
