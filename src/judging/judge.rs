//! Owns the loop that asks a judge for one draw, and once more when none of its quotes holds.

use super::{
    evidence::{self, Checked},
    prompt,
    reply::{self, RatingReply},
};
use crate::{
    chat::{Chat, Failure, FailureKind, Reply},
    config::{JudgeSpec, Model},
    domain::{Draw, Item, RatingOutcome, Rubric, Session, Unusable},
};

/// One draw: which judge, which item, which session.
#[derive(Debug, Clone, Copy)]
pub struct DrawJob<'j> {
    /// The judge.
    pub judge: &'j JudgeSpec,
    /// Its model.
    pub model: &'j Model,
    /// The instrument.
    pub rubric: &'j Rubric,
    /// The item.
    pub item: &'j Item,
    /// The session.
    pub session: &'j Session,
    /// Which repeat, from 1.
    pub number: u32,
}

/// Asks for one draw. What a judge answers badly is a typed outcome of the draw.
///
/// # Errors
/// A call failed: the draw has no answer yet, and running again asks for it again.
pub async fn draw(chat: &impl Chat, job: DrawJob<'_>) -> Result<Draw, Failure> {
    let first = read(&ask(chat, job, false).await?, job);
    let (answer, reasked) = match first {
        Ok(answer) if !stands(&answer) => {
            // The judge had its chance: an unreadable second answer leaves the first, unsupported one.
            let second = read(&ask(chat, job, true).await?, job);
            (Ok(second.unwrap_or(answer)), true)
        }
        first => (first, false),
    };
    Ok(match answer {
        Ok(answer) => supported(job.number, answer, reasked),
        Err(reason) => Draw::unusable(job.number, reason, reasked),
    })
}

type Answer = (RatingReply, Checked);

/// A score needs evidence that holds; "not assessable" says what is missing and has nothing to quote.
fn stands((reply, checked): &Answer) -> bool {
    !matches!(reply.outcome, RatingOutcome::Scored { .. }) || checked.carries_a_score()
}

/// A readable answer as a draw; without evidence that holds its score is unusable, with its quotes counted.
fn supported(number: u32, answer: Answer, reasked: bool) -> Draw {
    let outcome = if stands(&answer) {
        answer.0.outcome.clone()
    } else {
        RatingOutcome::Unusable { reason: Unusable::NoVerifiedEvidence }
    };
    let (reply, checked) = answer;
    Draw {
        number,
        outcome,
        observations: checked.observations,
        reasoning: reply.reasoning,
        quotes_cited: checked.cited,
        quotes_verified: checked.verified,
        quotes_near: checked.near,
        reasked,
    }
}

async fn ask(chat: &impl Chat, job: DrawJob<'_>, reask: bool) -> Result<Reply, Failure> {
    let repeat = prompt::repeat(job.number, reask);
    let request = prompt::rating(job.judge, job.model, job.rubric, job.item, job.session, repeat)
        .map_err(|error| Failure::new(FailureKind::Unsupported, format!("judge prompt: {error}")))?;
    chat.ask(request).await
}

fn read(reply: &Reply, job: DrawJob<'_>) -> Result<Answer, Unusable> {
    let reply = reply::rating(reply, job.item, job.rubric.scale)?;
    let checked = evidence::check(&reply, job.session);
    Ok((reply, checked))
}
