//! Asks one probe question and returns scores, a guess or a failure.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use crate::{
    analysis::probe::{ProbeGuess, ProbeScore},
    chat::{Chat, ChatOf, Failure, Template},
    config::{JudgeForm, JudgeSpec, Model},
    domain::{Draw, ItemId, QuoteCheck, Session, Unusable, transcript},
    judging::{self, DrawJob, JudgeContext},
    pipeline::{PipelineError, Study, task_failure::TaskFailure},
    plan::{
        probe::{Ask, FIRST_DRAW, ProbePlan, ProbeQuestion, ProbeText},
        twin,
    },
    store::origin_of,
};

/// Concurrent questions for each session in progress; endpoints have their own limit in addition.
pub(super) const PER_SESSION: usize = 16;

/// Every prompt of a plan, parsed once.
pub(super) fn templates(plan: &ProbePlan) -> Result<BTreeMap<&str, Template>, PipelineError> {
    let mut found = BTreeMap::new();
    for question in &plan.questions {
        let Ask::Rate { prompt, .. } = &question.ask else { continue };
        if !found.contains_key(prompt.as_str()) {
            let template = Template::new(prompt)
                .map_err(|error| PipelineError::usage(format!("prompt of {}: {error}", question.variant)))?;
            found.insert(prompt.as_str(), template);
        }
    }
    Ok(found)
}

/// All answers of the judges.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) scores: Vec<ProbeScore>,
    pub(super) guesses: Vec<ProbeGuess>,
    /// Every draw, without its quotes and reasoning.
    pub(super) draws: Vec<Draw>,
    pub(super) failures: Vec<TaskFailure>,
}

impl Answers {
    pub(super) fn add(&mut self, other: Self) {
        self.scores.extend(other.scores);
        self.guesses.extend(other.guesses);
        self.draws.extend(other.draws);
        self.failures.extend(other.failures);
    }

    /// Sorts into an order that does not depend on which call returned first.
    pub(super) fn sort(&mut self) {
        let key = |s: &ProbeScore| {
            (s.judge.clone(), s.probe, s.variant.clone(), s.session.clone(), s.item.clone(), s.draw)
        };
        self.scores.sort_by_cached_key(key);
        self.guesses.sort_by(|a, b| (&a.judge, &a.session).cmp(&(&b.judge, &b.session)));
        self.failures.sort();
    }
}

/// Asks one question and reads the answer.
pub(super) async fn ask(
    study: &Study,
    plan: &ProbePlan,
    prompts: &BTreeMap<&str, Template>,
    chat: &impl Chat,
    question: &ProbeQuestion,
) -> Answers {
    let experiment = &study.experiment;
    let text = &plan.texts[question.text];
    let chat = &ChatOf::new(chat, origin_of(&text.session));
    let judge = experiment.judge(&question.judge).expect("questions name judges of the experiment");
    let model = experiment.model(&judge.model).expect("judges name models of the experiment");
    let mut answers = Answers::default();
    match &question.ask {
        Ask::Source => guess(study, chat, question, text, model, &mut answers).await,
        Ask::Rate { prompt, items } => {
            let prompt = prompts.get(prompt.as_str()).expect("every prompt of the plan is read").clone();
            let judge = JudgeSpec { prompt, ..judge.clone() };
            let (rubric, session) = (&experiment.rubric, &text.session);
            let (transcript, schemas) = (&transcript::render(&session.turns), &study.schemas);
            let asked = JudgeContext { judge: &judge, model, rubric, session, transcript, schemas };
            for (item, draw) in rate(chat, asked, items, question, &mut answers).await {
                answers.scores.push(score(question, text, item, &draw));
                answers.draws.push(Draw { observations: Vec::new(), reasoning: String::new(), ..draw });
            }
        }
    }
    answers
}

async fn guess(
    study: &Study,
    chat: &impl Chat,
    question: &ProbeQuestion,
    text: &ProbeText,
    model: &Model,
    answers: &mut Answers,
) {
    let template = &study.experiment.probes.texts.source_question;
    let found = judging::source::guess(chat, template, model, &text.session, question.draw).await;
    let percent = found.unwrap_or_else(|failure| {
        answers.failures.push(failed("source", question, text, failure));
        Err(Unusable::CallFailed)
    });
    answers.guesses.push(ProbeGuess {
        judge: question.judge.clone(),
        session: text.of.clone(),
        source: text.session.source.clone(),
        program: twin::by_program(&text.session),
        percent,
    });
}

/// The draw of each item: one call for each, or one for all.
async fn rate(
    chat: &impl Chat,
    asked: JudgeContext<'_>,
    items: &[ItemId],
    question: &ProbeQuestion,
    answers: &mut Answers,
) -> Vec<(ItemId, Draw)> {
    let known: Vec<_> = items.iter().filter_map(|id| asked.rubric.item(id)).collect();
    let number = question.draw;
    let lost = || Draw::unusable(number, Unusable::CallFailed, false);
    let session = asked.session;
    let mut found = Vec::new();
    if asked.judge.form == JudgeForm::SingleCall {
        match judging::draw_all(chat, asked, &known, number).await {
            Ok(draws) => found.extend(known.iter().map(|item| item.id.clone()).zip(draws)),
            Err(failure) => {
                answers.failures.push(failed_on("all items", question, session, failure));
                found.extend(known.iter().map(|item| (item.id.clone(), lost())));
            }
        }
        return found;
    }
    let calls = known.iter().map(|item| async move {
        (item.id.clone(), judging::draw(chat, DrawJob { asked, item, number }).await)
    });
    let mut calls = stream::iter(calls).buffered(PER_SESSION);
    while let Some((item, draw)) = calls.next().await {
        let draw = draw.unwrap_or_else(|failure| {
            answers.failures.push(failed_on(item.as_str(), question, session, failure));
            lost()
        });
        found.push((item, draw));
    }
    found
}

fn score(question: &ProbeQuestion, text: &ProbeText, item: ItemId, draw: &Draw) -> ProbeScore {
    let injected = |check: &QuoteCheck| match check {
        QuoteCheck::Verified { span } | QuoteCheck::Near { span, .. } => {
            text.injected.is_some_and(|injected| injected.overlaps(span))
        }
        _ => false,
    };
    let cited = draw.observations.iter().filter(|seen| injected(&seen.check)).count();
    ProbeScore {
        judge: question.judge.clone(),
        probe: question.probe,
        variant: question.variant.clone(),
        session: text.of.clone(),
        source: text.session.source.clone(),
        arm: text.arm.clone(),
        recorded: text.recorded,
        item,
        draw: draw.number + 1 - FIRST_DRAW,
        outcome: draw.outcome.clone(),
        cited: draw.quotes_cited,
        cited_injected: u32::try_from(cited).unwrap_or(u32::MAX),
    }
}

fn failed(what: &str, question: &ProbeQuestion, text: &ProbeText, failure: Failure) -> TaskFailure {
    failed_on(what, question, &text.session, failure)
}

fn failed_on(what: &str, question: &ProbeQuestion, session: &Session, failure: Failure) -> TaskFailure {
    let task = format!("probe {} {what} by {}", question.variant, question.judge);
    TaskFailure::of(&task, &session.arm, &session.source, session.epoch, failure)
}
