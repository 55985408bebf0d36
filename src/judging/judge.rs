//! Asks a judge for one draw, of one item or of all items, and once more if none of its quotes was found.

use super::{
    again::again,
    evidence::{self, CheckedEvidence},
    expected, prompt,
    reply::{self, RatingReply},
};
pub use crate::judging::asked::JudgeContext;
use crate::{
    chat::{Chat, Failure, FailureKind, Reply, Request},
    domain::{Draw, ExpectedScore, Item, RatingOutcome, Unusable},
};

/// A request for one draw of one item.
#[derive(Debug, Clone, Copy)]
pub struct DrawJob<'j> {
    /// Judge and session.
    pub asked: JudgeContext<'j>,
    /// The item.
    pub item: &'j Item,
    /// Number of the draw, from 1.
    pub number: u32,
}

/// A readable answer, its checked evidence, and its expected score if one was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedRating {
    reply: RatingReply,
    checked: CheckedEvidence,
    expected: Option<ExpectedScore>,
}

impl CheckedRating {
    /// True if the answer is supported: a score needs verified evidence; "not assessable" has nothing to quote.
    fn stands(&self) -> bool {
        !matches!(self.reply.outcome, RatingOutcome::Scored { .. }) || self.checked.carries_a_score()
    }

    /// Turns the answer into a draw; without verified evidence its score is unusable, with its quotes counted.
    fn into_draw(self, number: u32, reasked: bool) -> Draw {
        let stands = self.stands();
        let Self { reply, checked, expected } = self;
        let unsupported = RatingOutcome::Unusable { reason: Unusable::NoVerifiedEvidence };
        Draw {
            number,
            outcome: if stands { reply.outcome } else { unsupported },
            observations: checked.observations,
            reasoning: reply.reasoning,
            quotes_cited: checked.cited,
            quotes_verified: checked.verified,
            quotes_near: checked.near,
            reasked,
            confidence: reply.confidence,
            expected,
            repairs: reply.repairs.into_iter().collect(),
        }
    }
}

/// Asks for one draw of one item. A bad answer is a typed outcome of the draw, not an error.
///
/// # Errors
/// A call failed, or the transcript exceeds the judge's context. The draw then has no answer, and a later run asks for
/// it again.
pub async fn draw(chat: &impl Chat, job: DrawJob<'_>) -> Result<Draw, Failure> {
    let DrawJob { asked, item, number } = job;
    let _room = chat.room(&asked.model.id).await;
    let ask = async |reask: bool| -> Result<Result<CheckedRating, Unusable>, Failure> {
        let repeat = prompt::repeat(number, reask);
        let request = prompt::rating(asked, item, repeat).map_err(|error| unsupported(&error))?;
        let reply = send(chat, asked, request).await?;
        Ok(reply::rating(&reply, item, asked.rubric.scale).map(|read| answered(asked, &reply, read)))
    };
    let (answer, reasked) = again(ask, CheckedRating::stands).await?;
    Ok(into_draw(answer, number, reasked))
}

/// Asks for one draw of all items in one call, in the given order: one draw per item. Items whose first answer has no
/// verified evidence take the second answer.
///
/// # Errors
/// The same as [`draw`].
pub async fn draw_all(
    chat: &impl Chat,
    asked: JudgeContext<'_>,
    items: &[&Item],
    number: u32,
) -> Result<Vec<Draw>, Failure> {
    let _room = chat.room(&asked.model.id).await;
    let first = ask_all(chat, asked, items, prompt::repeat(number, false)).await?;
    if !first.iter().any(wants_another) {
        return Ok(first.into_iter().map(|answer| into_draw(answer, number, false)).collect());
    }
    let second = ask_all(chat, asked, items, prompt::repeat(number, true)).await?;
    let chosen = first.into_iter().zip(second).map(|(first, second)| {
        if wants_another(&first) {
            into_draw(second.or(first), number, true)
        } else {
            into_draw(first, number, false)
        }
    });
    Ok(chosen.collect())
}

async fn ask_all(
    chat: &impl Chat,
    asked: JudgeContext<'_>,
    items: &[&Item],
    repeat: u64,
) -> Result<Vec<Result<CheckedRating, Unusable>>, Failure> {
    let request = prompt::ratings(asked, items, repeat).map_err(|error| unsupported(&error))?;
    let reply = send(chat, asked, request).await?;
    Ok(match reply::ratings(&reply, items, asked.rubric.scale) {
        Ok(list) => list.into_iter().map(|read| read.map(|read| answered(asked, &reply, read))).collect(),
        Err(reason) => items.iter().map(|_| Err(reason)).collect(),
    })
}

fn unsupported(error: &crate::chat::TemplateError) -> Failure {
    Failure::new(FailureKind::Unsupported, format!("judge prompt: {error}"))
}

fn wants_another(answer: &Result<CheckedRating, Unusable>) -> bool {
    answer.as_ref().is_ok_and(|answer| !answer.stands())
}

fn into_draw(answer: Result<CheckedRating, Unusable>, number: u32, reasked: bool) -> Draw {
    match answer {
        Ok(answer) => answer.into_draw(number, reasked),
        Err(reason) => Draw::unusable(number, reason, reasked),
    }
}

fn answered(asked: JudgeContext<'_>, reply: &Reply, read: RatingReply) -> CheckedRating {
    let checked = evidence::check(&read, asked.session);
    let scored = matches!(read.outcome, RatingOutcome::Scored { .. });
    let expected = asked.judge.logprobs.filter(|_| scored);
    let expected = expected.map(|_| expected::expected(reply, read.score_at.as_ref(), asked.rubric.scale));
    CheckedRating { reply: read, checked, expected }
}

/// Sends a request that fits the judge's context. A transcript is never shortened to fit.
async fn send(chat: &impl Chat, asked: JudgeContext<'_>, request: Request) -> Result<Reply, Failure> {
    prompt::fits(asked.model, &request, &asked.session.id)?;
    chat.ask(request).await
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, VecDeque},
        sync::Mutex,
    };

    use futures::executor::block_on;

    use super::*;
    use crate::{
        chat::{Capabilities, Decoding, ScriptedChat, Template, TokenLogprob},
        config::{JudgeForm, Route},
        domain::{
            Confidence, CounselorAuthor, ItemId, LookFor, RaterId, Scale, Speaker, TextSource, TotalKind,
            TotalRule, Turn, testing::recorded, transcript,
        },
    };
    use crate::{
        config::{JudgeSpec, Model},
        domain::{Rubric, Session},
        judging::schema::Schemas,
    };

    fn item(id: &str) -> Item {
        Item {
            id: ItemId::new(id).expect("id"),
            number: 1,
            name: id.to_owned(),
            measures: "m".into(),
            anchors: BTreeMap::new(),
            look_for: LookFor::default(),
            not_assessable_when: None,
            replay_confounded: false,
            confidence_note: None,
        }
    }

    fn rubric() -> Rubric {
        Rubric {
            format: "corater-rubric/1".into(),
            id: "r".into(),
            name: "R".into(),
            version: "1".into(),
            text_source: TextSource::Paraphrase,
            checked_against_manual: false,
            citation: String::new(),
            scale: Scale { min: 0, max: 6 },
            levels: "whole numbers".into(),
            subscales: Vec::new(),
            total: TotalRule { rule: TotalKind::ScaledMean, factor: 1.0, minimum_items: 1, competence: None },
            profiles: BTreeMap::new(),
            items: vec![item("a"), item("b")],
        }
    }

    fn session() -> Session {
        recorded(
            "s",
            CounselorAuthor::Human,
            [
                Turn::recorded(1, Speaker::Client, "The exam went badly."),
                Turn::recorded(2, Speaker::Counselor, "What went through your mind just then?"),
            ],
        )
    }

    fn judge(form: JudgeForm, logprobs: Option<u8>) -> JudgeSpec {
        let prompt = match form {
            JudgeForm::PerItem => "{{ transcript }} {{ item.id }}",
            JudgeForm::SingleCall => "{{ transcript }}{% for item in items %} {{ item.id }}{% endfor %}",
        };
        JudgeSpec {
            id: RaterId::new("J").expect("id"),
            model: "m".into(),
            draws: 1,
            observations: 3,
            form,
            logprobs,
            prompt: Template::new(prompt).expect("parses"),
            prompt_source: "test".into(),
        }
    }

    fn model(context_tokens: Option<u32>) -> Model {
        Model {
            id: "m".into(),
            route: Route::Baseline { name: "judge".into() },
            decoding: Decoding { max_tokens: Some(100), ..Decoding::default() },
            capabilities: Capabilities { logprobs: true, context_tokens, ..Capabilities::default() },
        }
    }

    fn asked<'j>(
        judge: &'j JudgeSpec,
        model: &'j Model,
        rubric: &'j Rubric,
        session: &'j Session,
        transcript: &'j str,
        schemas: &'j Schemas,
    ) -> JudgeContext<'j> {
        JudgeContext { judge, model, rubric, session, transcript, schemas }
    }

    /// Answers one item with a quote that holds, or with one that does not.
    fn says(item: &str, score: u32, holds: bool) -> String {
        let quote = if holds { "What went through your mind" } else { "words that nobody ever said" };
        let positive = format!(r#"[{{"turn": 2, "speaker": "counselor", "quote": "{quote}", "note": "n"}}]"#);
        format!(
            r#"{{"item": "{item}", "positive": {positive}, "reasoning": "r", "score": {score}, "sure": "high"}}"#
        )
    }

    #[test]
    fn an_answer_to_all_items_is_asked_again_only_for_what_does_not_hold() {
        let (rubric, session, model) = (rubric(), session(), model(None));
        let judge = judge(JudgeForm::SingleCall, None);
        let schemas = Schemas::of(&rubric, [judge.observations]);
        let transcript = transcript::render(&session.turns);
        let asked = asked(&judge, &model, &rubric, &session, &transcript, &schemas);
        let all = |a: &str, b: &str| Reply::text(format!(r#"{{"ratings": [{b}, {a}]}}"#));
        let replies = vec![
            all(&says("a", 4, true), &says("b", 2, false)),
            all(&says("a", 1, true), &says("b", 3, true)),
        ];
        let replies = Mutex::new(VecDeque::from(replies));
        let requests = Mutex::new(Vec::new());
        let chat = ScriptedChat(|request: &Request| {
            requests.lock().expect("lock").push(request.clone());
            Ok(replies.lock().expect("lock").pop_front().expect("a reply is left"))
        });
        let items: Vec<&Item> = rubric.items.iter().rev().collect();
        let draws = block_on(draw_all(&chat, asked, &items, 1)).expect("answers");
        let found: Vec<(Option<f64>, bool)> = draws.iter().map(|d| (d.outcome.score(), d.reasked)).collect();
        assert_eq!(found, [(Some(3.0), true), (Some(4.0), false)], "b is first, as asked");
        assert!(draws.iter().all(|draw| draw.confidence == Some(Confidence::High)));
        let requests = requests.into_inner().expect("lock");
        assert_eq!(requests.iter().map(|r| r.repeat).collect::<Vec<_>>(), [1, 1001]);
        assert!(requests[0].messages[0].content.ends_with(" b a"), "in the order drawn");
    }

    #[test]
    fn a_score_comes_with_its_expected_score_where_one_is_asked_for() {
        let (rubric, session, model) = (rubric(), session(), model(None));
        let text = says("a", 4, true);
        let (before, after) = text.split_at(text.find("4, \"sure\"").expect("the score"));
        let token = |text: &str, top: &[(&str, f64)]| TokenLogprob {
            token: text.into(),
            logprob: top.first().map_or(0.0, |(_, p)| p.ln()),
            top: top.iter().map(|(t, p)| ((*t).to_owned(), p.ln())).collect(),
        };
        let tokens = vec![token(before, &[]), token("4", &[("4", 0.6), ("2", 0.2)]), token(&after[1..], &[])];
        let reply = Reply { logprobs: Some(tokens), ..Reply::text(text.clone()) };
        let chat = ScriptedChat(|request: &Request| {
            assert_eq!(request.logprobs, Some(5));
            Ok(reply.clone())
        });
        let judge = judge(JudgeForm::PerItem, Some(5));
        let schemas = Schemas::of(&rubric, [judge.observations]);
        let transcript = transcript::render(&session.turns);
        let asked = asked(&judge, &model, &rubric, &session, &transcript, &schemas);
        let job = DrawJob { asked, item: &rubric.items[0], number: 1 };
        let drawn = block_on(draw(&chat, job)).expect("answers");
        let Some(ExpectedScore::Available { value, mass }) = drawn.expected else { panic!("{drawn:?}") };
        assert!((value - 3.5).abs() < 1e-12 && (mass - 0.8).abs() < 1e-12, "{value} {mass}");
        assert_eq!(drawn.outcome.score(), Some(4.0), "the score itself stays");
    }

    #[test]
    fn a_transcript_too_long_for_the_judge_is_an_error_before_the_call() {
        let (rubric, session, model) = (rubric(), session(), model(Some(110)));
        let judge = judge(JudgeForm::PerItem, None);
        let schemas = Schemas::of(&rubric, [judge.observations]);
        let transcript = transcript::render(&session.turns);
        let asked = asked(&judge, &model, &rubric, &session, &transcript, &schemas);
        let chat = ScriptedChat(|_: &Request| -> Result<Reply, Failure> { panic!("nothing may be sent") });
        let job = DrawJob { asked, item: &rubric.items[0], number: 1 };
        let failure = block_on(draw(&chat, job)).expect_err("it does not fit");
        assert!(failure.message.starts_with("session s does not fit model m: about "), "{}", failure.message);
        assert!(!failure.message.contains("exam"), "no text of the session");
    }
}
