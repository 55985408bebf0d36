//! The forecast: calls, tokens, money and time before any is spent. Calls are counted; tokens are estimated from text
//! lengths.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{
    Plan, TaskKind, exchanges,
    probe::{Ask, ProbePlan},
};
use crate::{
    config::{Experiment, JudgeForm, Route},
    domain::{Arm, BilledTokens, ItemId, Mode, RaterId, Service, Session, ShownAs, Speaker, Turn, Usd},
};

/// Bytes of English text per token, a rule of thumb; `plan` says that tokens are estimates.
const BYTES_PER_TOKEN: u64 = 4;
/// Generated tokens of one rating or flag reply if there are no earlier ones to learn from.
const JUDGE_REPLY_TOKENS: u64 = 350;
/// Generated tokens of a guess about who wrote the counselor's turns.
const SOURCE_REPLY_TOKENS: u64 = 60;
/// Bytes that template, item, scale and answer format add to the transcript in a judge's prompt, if not measured.
const JUDGE_BYTES: u64 = 2_500;

/// Known lengths of prompts and replies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usual {
    /// Bytes of a judge's prompt without the transcript, by judge and item.
    pub rating_bytes: BTreeMap<(RaterId, ItemId), u64>,
    /// Bytes of a flag request without the transcript.
    pub flag_bytes: Option<u64>,
    /// Bytes of the longest question about an ethics risk, without the transcript.
    pub ethics_bytes: Option<u64>,
    /// Mean generated tokens of earlier replies, by model id and purpose.
    pub reply_tokens: BTreeMap<(String, String), u64>,
    /// How many of a thousand earlier answers were asked for a second time, by model id and purpose.
    pub second_asks: BTreeMap<(String, String), u64>,
}

/// Load on one endpoint or of one model. Scripted baselines are not endpoints and cost nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EndpointLoad {
    /// Number of calls, each counted once.
    pub calls: u64,
    /// Estimated prompt tokens.
    pub prompt_tokens: u64,
    /// Estimated completion tokens.
    pub completion_tokens: u64,
    /// Cost in US dollars; `None` if a price is unknown.
    pub cost_usd: Option<Usd>,
    /// Least duration in seconds under the endpoint's stated limits; `None` without limits, and for a model.
    pub least_seconds: Option<u64>,
}

/// Forecast cost of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Number of conditions.
    pub conditions: usize,
    /// Number of recorded sessions.
    pub sessions: usize,
    /// Number of reconstructed sessions.
    pub reconstructions: usize,
    /// Number of reconstructions of counterfactual variants, not included above.
    #[serde(skip_serializing_if = "is_none")]
    pub variant_reconstructions: usize,
    /// Number of calls that write counselor turns.
    pub turn_calls: u64,
    /// Largest number of calls that choose or write client turns.
    pub client_calls: u64,
    /// Number of calls that rate items.
    pub score_calls: u64,
    /// Number of calls that check flag candidates.
    pub flag_calls: u64,
    /// Number of calls that ask about ethics risks.
    pub ethics_calls: u64,
    /// Largest number of calls that grade whether the client answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub coherence_calls: u64,
    /// Expected number of answers that are asked for a second time because their quotes do not hold, by the share of
    /// earlier ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub second_asks: u64,
    /// All calls if every rating has to be asked twice; retries after failures are not included.
    pub worst_case_calls: u64,
    /// Cost of these calls in US dollars; `None` if a price is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_case_usd: Option<Usd>,
    /// Number of calls answered by scripted baselines, without network.
    pub baseline_calls: u64,
    /// Load by endpoint id, without baselines.
    pub endpoints: BTreeMap<String, EndpointLoad>,
    /// Load by model id, without baselines.
    pub models: BTreeMap<String, EndpointLoad>,
    /// What may be asked a second time, by model id and purpose.
    #[serde(skip)]
    judged: BTreeMap<(String, String), EndpointLoad>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(calls: &u64) -> bool {
    *calls == 0
}

impl Forecast {
    /// All calls, each counted once.
    pub fn calls(&self) -> u64 {
        self.turn_calls
            + self.client_calls
            + self.score_calls
            + self.flag_calls
            + self.ethics_calls
            + self.coherence_calls
            + self.second_asks
    }

    /// Load of all endpoints together; its cost is `None` if a price is unknown.
    pub fn total(&self) -> EndpointLoad {
        let mut total = EndpointLoad { cost_usd: Some(Usd::ZERO), ..EndpointLoad::default() };
        for load in self.models.values() {
            total.calls += load.calls;
            total.prompt_tokens += load.prompt_tokens;
            total.completion_tokens += load.completion_tokens;
            total.cost_usd = total.cost_usd.zip(load.cost_usd).map(|(sum, cost)| sum.plus(cost));
        }
        total
    }

    /// Ids of the models whose price is unknown.
    pub fn unpriced(&self) -> Vec<&str> {
        self.models.iter().filter(|(_, load)| load.cost_usd.is_none()).map(|(id, _)| id.as_str()).collect()
    }

    /// Forecasts a plan. `sessions` are the selected recorded sessions and those with a variant's substitutions.
    pub fn of<'s>(
        plan: &Plan,
        experiment: &Experiment,
        sessions: impl IntoIterator<Item = &'s Session>,
        usual: &Usual,
    ) -> Self {
        let seed = experiment.seed;
        let sizes: BTreeMap<&str, Sizes> =
            sessions.into_iter().map(|s| (s.id.as_str(), Sizes::of(s, seed))).collect();
        let recorded: HashSet<&str> = plan.sessions.iter().map(|(id, _)| id.as_str()).collect();
        let mut forecast =
            Self { conditions: plan.conditions.len(), sessions: plan.sessions.len(), ..Self::default() };
        for task in &plan.tasks {
            let Some(size) = sizes.get(task.source.as_str()) else { continue };
            match &task.kind {
                TaskKind::Reconstruct { condition, .. } => {
                    let Some(condition) = plan.condition(condition) else { continue };
                    if recorded.contains(task.source.as_str()) {
                        forecast.reconstructions += 1;
                    } else {
                        forecast.variant_reconstructions += 1;
                    }
                    let size = &size.in_mode(condition.mode, experiment.reconstruct.simulated_exchanges);
                    forecast.turn_calls += size.replies;
                    let system = experiment.prompt(&condition.prompt).map_or(0, |p| p.system.len() as u64);
                    forecast.add(experiment, &condition.model, size.turns(system, usual, &condition.model));
                    if let Some(helper) = experiment.reconstruct.helper(condition.mode) {
                        let calls = size.replies.saturating_sub(1);
                        forecast.client_calls += calls;
                        let prompt = (size.bytes + helper.prompt.len() as u64) * calls / BYTES_PER_TOKEN;
                        forecast.add(
                            experiment,
                            &helper.model,
                            (calls, prompt, size.client_tokens(condition.mode)),
                        );
                    }
                }
                TaskKind::Score { judge, item, .. } => {
                    forecast.score_calls += 1;
                    let bytes = usual.rating_bytes.get(&(judge.clone(), item.clone())).copied();
                    forecast.add_judge(experiment, judge, size, bytes, (usual, "rating"));
                }
                TaskKind::ScoreAll { judge, .. } => {
                    forecast.score_calls += 1;
                    forecast.add_answers(experiment, judge, size, experiment.items.len() as u64);
                }
                TaskKind::Coherence { arm, .. } => forecast.add_grades(plan, experiment, size, arm),
                TaskKind::Flag { judge, .. } => {
                    forecast.flag_calls += 1;
                    forecast.add_judge(experiment, judge, size, usual.flag_bytes, (usual, "flags"));
                }
                TaskKind::Ethics { judge, .. } => {
                    forecast.ethics_calls += 1;
                    forecast.add_judge(experiment, judge, size, usual.ethics_bytes, (usual, "ethics"));
                }
            }
        }
        forecast.worst_case_calls = forecast.calls() + forecast.score_calls + forecast.ethics_calls;
        forecast.ask_again(experiment, usual);
        forecast.price(experiment);
        forecast.time(experiment);
        forecast
    }

    /// Forecasts a probe. Questions about who wrote the counselor's turns are counted with the ratings.
    pub fn of_probe(plan: &ProbePlan, experiment: &Experiment, usual: &Usual) -> Self {
        let mut forecast = Self { sessions: plan.sessions.len(), ..Self::default() };
        let sizes: Vec<Sizes> =
            plan.texts.iter().map(|text| Sizes::of(&text.session, experiment.seed)).collect();
        let mut rated = 0;
        for question in &plan.questions {
            let (Some(judge), Some(size)) = (experiment.judge(&question.judge), sizes.get(question.text))
            else {
                continue;
            };
            forecast.score_calls += plan.calls(experiment, question);
            match &question.ask {
                Ask::Source => {
                    let bytes = experiment.probes.texts.source_question.len() as u64;
                    let prompt = (size.bytes + bytes) / BYTES_PER_TOKEN;
                    forecast.add(experiment, &judge.model, (1, prompt, SOURCE_REPLY_TOKENS));
                }
                Ask::Rate { items, .. } if judge.form == JudgeForm::PerItem => {
                    rated += items.len() as u64;
                    for item in items {
                        let bytes = usual.rating_bytes.get(&(judge.id.clone(), item.clone())).copied();
                        forecast.add_judge(experiment, &judge.id, size, bytes, (usual, "rating"));
                    }
                }
                Ask::Rate { items, .. } => {
                    rated += 1;
                    forecast.add_answers(experiment, &judge.id, size, items.len() as u64);
                }
            }
        }
        forecast.worst_case_calls = forecast.score_calls + rated;
        forecast.ask_again(experiment, usual);
        forecast.price(experiment);
        forecast.time(experiment);
        forecast
    }

    fn add_judge(
        &mut self,
        experiment: &Experiment,
        judge: &RaterId,
        size: &Sizes,
        measured: Option<u64>,
        (usual, purpose): (&Usual, &str),
    ) {
        let Some(spec) = experiment.judge(judge) else { return };
        let besides = measured.unwrap_or(JUDGE_BYTES + spec.prompt.source().len() as u64);
        let prompt = (size.bytes + besides) / BYTES_PER_TOKEN;
        let reply = usual.reply_tokens.get(&(spec.model.clone(), purpose.to_owned()));
        let load = (1, prompt, reply.copied().unwrap_or(JUDGE_REPLY_TOKENS));
        self.add(experiment, &spec.model, load);
        if purpose != "flags" {
            self.may_repeat(&spec.model, purpose, load);
        }
    }

    /// Notes a question that is asked a second time if the answer's quotes do not hold.
    fn may_repeat(&mut self, model: &str, purpose: &str, (calls, prompt, completion): (u64, u64, u64)) {
        let load = self.judged.entry((model.to_owned(), purpose.to_owned())).or_default();
        load.calls += calls;
        load.prompt_tokens += prompt;
        load.completion_tokens += completion;
    }

    /// Adds the questions that are expected to be asked a second time; the worst case asks all of them.
    fn ask_again(&mut self, experiment: &Experiment, usual: &Usual) {
        let judged = std::mem::take(&mut self.judged);
        let mut worst = Self { models: self.models.clone(), ..Self::default() };
        for (key, load) in &judged {
            let share = usual.second_asks.get(key).copied().unwrap_or(0).min(1_000);
            let part = |amount: u64| (amount * share).div_ceil(1_000);
            let second = (part(load.calls), part(load.prompt_tokens), part(load.completion_tokens));
            self.second_asks += if self.models.contains_key(&key.0) { second.0 } else { 0 };
            self.add(experiment, &key.0, second);
            worst.add(experiment, &key.0, (load.calls, load.prompt_tokens, load.completion_tokens));
        }
        worst.price(experiment);
        self.worst_case_usd = (!worst.models.is_empty()).then(|| worst.total().cost_usd).flatten();
    }

    /// Adds one call whose prompt shows this many items and whose reply contains as many answers.
    fn add_answers(&mut self, experiment: &Experiment, judge: &RaterId, size: &Sizes, items: u64) {
        let Some(spec) = experiment.judge(judge) else { return };
        let besides = JUDGE_BYTES * items + spec.prompt.source().len() as u64;
        let prompt = (size.bytes + besides) / BYTES_PER_TOKEN;
        let load = (1, prompt, JUDGE_REPLY_TOKENS * items);
        self.add(experiment, &spec.model, load);
        self.may_repeat(&spec.model, "ratings", load);
    }

    /// Adds the grades of one session; the length of the recorded session is used for every arm.
    fn add_grades(&mut self, plan: &Plan, experiment: &Experiment, size: &Sizes, arm: &Arm) {
        let Some(spec) = &experiment.coherence else { return };
        let (calls, bytes) = match arm {
            Arm::Original => size.graded,
            Arm::Condition(id) => {
                let replies = plan.condition(id).map_or(0, |c| size.in_mode(c.mode, None).replies);
                let (recorded, bytes) = size.graded_once;
                let replayed = plan.condition(id).is_some_and(|c| c.mode == Mode::Replay);
                let calls = if replayed { recorded } else { replies.saturating_sub(1) };
                (calls, bytes / recorded.max(1) * calls)
            }
        };
        self.coherence_calls += calls;
        let prompt = (bytes + spec.grader.prompt.len() as u64 * calls) / BYTES_PER_TOKEN;
        self.add(experiment, &spec.grader.model, (calls, prompt, 10 * calls));
    }

    fn add(&mut self, experiment: &Experiment, model: &str, (calls, prompt, completion): (u64, u64, u64)) {
        let Some(model) = experiment.model(model) else { return };
        match &model.route {
            Route::Baseline { .. } => self.baseline_calls += calls,
            Route::Endpoint { endpoint, .. } => {
                let cap = model.decoding.max_tokens.map_or(u64::MAX, |most| u64::from(most) * calls);
                let of_endpoint = self.endpoints.entry(endpoint.clone()).or_default();
                let of_model = self.models.entry(model.id.clone()).or_default();
                for load in [of_endpoint, of_model] {
                    load.calls += calls;
                    load.prompt_tokens += prompt;
                    load.completion_tokens += completion.min(cap);
                }
            }
        }
    }

    fn price(&mut self, experiment: &Experiment) {
        for load in self.endpoints.values_mut() {
            load.cost_usd = Some(Usd::ZERO);
        }
        for (id, load) in &mut self.models {
            let Some(model) = experiment.model(id) else { continue };
            let tokens = BilledTokens {
                prompt: load.prompt_tokens,
                generated: load.completion_tokens,
                ..BilledTokens::default()
            };
            let service = if model.decoding.is_flex() { Service::Flex } else { Service::Standard };
            load.cost_usd = experiment.price(model).map(|price| price.of_calls(load.calls, tokens, service));
            if let Route::Endpoint { endpoint, .. } = &model.route
                && let Some(sum) = self.endpoints.get_mut(endpoint)
            {
                sum.cost_usd = sum.cost_usd.zip(load.cost_usd).map(|(sum, cost)| sum.plus(cost));
            }
        }
    }

    fn time(&mut self, experiment: &Experiment) {
        for (id, load) in &mut self.endpoints {
            let Some(endpoint) = experiment.endpoints.get(id) else { continue };
            let limits = &endpoint.limits;
            let seconds = |amount: u64, per_minute: Option<u32>| {
                per_minute.map(|rate| (amount * 60).div_ceil(u64::from(rate.max(1))))
            };
            let tokens = load.prompt_tokens + load.completion_tokens;
            load.least_seconds = seconds(load.calls, limits.requests_per_minute)
                .max(seconds(tokens, limits.tokens_per_minute))
                .max(seconds(load.prompt_tokens, limits.input_tokens_per_minute))
                .max(seconds(load.completion_tokens, limits.output_tokens_per_minute));
        }
    }
}

/// Bytes of a turn as shown to a judge or model, including its label.
pub fn turn_bytes(turn: &Turn) -> u64 {
    turn.text.len() as u64 + if turn.speaker == Speaker::Client { 12 } else { 15 }
}

/// Sizes of one recorded session.
#[derive(Debug, Clone, Default)]
struct Sizes {
    replies: u64,
    bytes: u64,
    /// Bytes of history before each reply.
    histories: Vec<u64>,
    counselor_bytes: u64,
    client_turns: u64,
    client_bytes: u64,
    marked: u64,
    /// Number of questions about the recorded session's exchanges, and bytes of the turns they show.
    graded: (u64, u64),
    /// The same without the questions that show another turn.
    graded_once: (u64, u64),
}

impl Sizes {
    fn of(session: &Session, seed: u64) -> Self {
        let mut sizes = Self { replies: 0, bytes: 0, histories: Vec::new(), ..Self::default() };
        for turn in &session.turns {
            if turn.is_counted_counselor() {
                sizes.replies += 1;
                sizes.histories.push(sizes.bytes);
                sizes.counselor_bytes += turn.text.len() as u64;
            }
            if turn.speaker == Speaker::Client {
                sizes.client_turns += 1;
                sizes.client_bytes += turn.text.len() as u64;
                sizes.marked += u64::from(turn.selected);
            }
            sizes.bytes += turn_bytes(turn);
        }
        for asked in exchanges(session, seed) {
            let shown = &session.turns[asked.first..=asked.counselor];
            let bytes = shown.iter().map(turn_bytes).sum::<u64>() + turn_bytes(&session.turns[asked.client]);
            sizes.graded = (sizes.graded.0 + 1, sizes.graded.1 + bytes);
            if asked.shown == ShownAs::Next {
                sizes.graded_once = (sizes.graded_once.0 + 1, sizes.graded_once.1 + bytes);
            }
        }
        sizes
    }

    /// The same session as a mode uses it: the number of replies, each with the mean history of the recorded ones.
    fn in_mode(&self, mode: Mode, exchanges: Option<u32>) -> Self {
        let replies = match mode {
            Mode::Replay | Mode::TeacherForced => return self.clone(),
            Mode::Selected => self.marked,
            Mode::Aligned => self.client_turns,
            Mode::SimulatedClient => exchanges.map_or(self.client_turns, u64::from),
        };
        let count = (self.histories.len() as u64).max(1);
        let mean = self.histories.iter().sum::<u64>() / count;
        let histories = (0..replies).map(|_| mean).collect();
        Self { replies, histories, counselor_bytes: self.counselor_bytes / count * replies, ..self.clone() }
    }

    /// Completion tokens of the client's side: a number, or a turn as long as the recorded ones.
    fn client_tokens(&self, mode: Mode) -> u64 {
        let calls = self.replies.saturating_sub(1);
        match mode {
            Mode::SimulatedClient => self.client_bytes / self.client_turns.max(1) * calls / BYTES_PER_TOKEN,
            _ => 10 * calls,
        }
    }

    /// Calls, prompt tokens and completion tokens of one reconstruction. If nothing is known about the model's replies,
    /// the recorded counselor's length is used.
    fn turns(&self, system_bytes: u64, usual: &Usual, model: &str) -> (u64, u64, u64) {
        let recorded = self.counselor_bytes / BYTES_PER_TOKEN;
        let known = usual.reply_tokens.get(&(model.to_owned(), "turn".to_owned()));
        let completion = known.map_or(recorded, |mean| mean * self.replies);
        let history: u64 = self.histories.iter().sum();
        let prompt = (history + system_bytes * self.replies) / BYTES_PER_TOKEN;
        // Longer replies make longer histories: on average, half of all replies precede a reply.
        let longer = completion.saturating_sub(recorded) * self.replies.saturating_sub(1) / 2;
        (self.replies, prompt + longer, completion)
    }
}
