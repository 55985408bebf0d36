//! Owns the forecast: calls, tokens and time before any is spent. Tokens are estimated from text lengths, calls are
//! counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Plan, TaskKind};
use crate::{
    config::{Experiment, Route},
    domain::{Session, Speaker},
};

/// Bytes of English text per token, the usual rule of thumb; `plan` says that tokens are estimates.
const BYTES_PER_TOKEN: u64 = 4;
/// Completion tokens of one rating or flag reply when the judge declares no `max_tokens`.
const JUDGE_REPLY_TOKENS: u64 = 350;
/// What the item text, the scale and the answer format add to a judge prompt, beyond its template.
const ITEM_BYTES: u64 = 2_500;

/// Load on one endpoint. Scripted baselines are not endpoints and cost nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EndpointForecast {
    /// Calls, each counted once.
    pub calls: u64,
    /// Estimated prompt tokens.
    pub prompt_tokens: u64,
    /// Estimated completion tokens.
    pub completion_tokens: u64,
    /// Least seconds under the endpoint's request and token limits; none without limits.
    pub least_seconds: Option<u64>,
}

/// What a plan will cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Cells of the matrix.
    pub conditions: usize,
    /// Recorded sessions.
    pub sessions: usize,
    /// Reconstructed sessions.
    pub reconstructions: usize,
    /// Calls that write counselor turns.
    pub turn_calls: u64,
    /// Calls that rate items.
    pub score_calls: u64,
    /// Calls that check flag candidates.
    pub flag_calls: u64,
    /// All calls when every rating has to be asked twice; retries after failures come on top.
    pub worst_case_calls: u64,
    /// Calls answered by scripted baselines, without network.
    pub baseline_calls: u64,
    /// Load by endpoint id.
    pub endpoints: BTreeMap<String, EndpointForecast>,
}

impl Forecast {
    /// All calls, each counted once.
    pub fn calls(&self) -> u64 {
        self.turn_calls + self.score_calls + self.flag_calls
    }

    /// Forecasts a plan. `sessions` are the selected recorded sessions.
    pub fn of(plan: &Plan, experiment: &Experiment, sessions: &[Session]) -> Self {
        let sizes: BTreeMap<&str, Sizes> = sessions.iter().map(|s| (s.id.as_str(), Sizes::of(s))).collect();
        let mut forecast =
            Self { conditions: plan.conditions.len(), sessions: plan.sessions.len(), ..Self::default() };
        for task in &plan.tasks {
            let Some(size) = sizes.get(task.source.as_str()) else { continue };
            match &task.kind {
                TaskKind::Reconstruct { condition, .. } => {
                    let Some(condition) = plan.condition(condition) else { continue };
                    forecast.reconstructions += 1;
                    forecast.turn_calls += size.replies;
                    let system = experiment.prompt(&condition.prompt).map_or(0, |p| p.system.len() as u64);
                    let load = size.turns_load(system);
                    forecast.add(experiment, &condition.model, load);
                }
                TaskKind::Score { judge, .. } => {
                    forecast.score_calls += 1;
                    forecast.add_judge(experiment, judge, size.bytes + ITEM_BYTES);
                }
                TaskKind::ScoreAll { judge, .. } => {
                    forecast.score_calls += 1;
                    let items = experiment.items.len() as u64;
                    forecast.add_answers(experiment, judge, size.bytes + ITEM_BYTES * items, items);
                }
                TaskKind::Flag { judge, .. } => {
                    forecast.flag_calls += 1;
                    forecast.add_judge(experiment, judge, size.bytes + ITEM_BYTES);
                }
            }
        }
        forecast.worst_case_calls = forecast.turn_calls + 2 * forecast.score_calls + forecast.flag_calls;
        forecast.time(experiment);
        forecast
    }

    fn add_judge(&mut self, experiment: &Experiment, judge: &crate::domain::RaterId, bytes: u64) {
        self.add_answers(experiment, judge, bytes, 1);
    }

    /// One call whose reply holds this many answers.
    fn add_answers(
        &mut self,
        experiment: &Experiment,
        judge: &crate::domain::RaterId,
        bytes: u64,
        answers: u64,
    ) {
        let Some(spec) = experiment.judge(judge) else { return };
        let prompt = (bytes + spec.prompt.len() as u64) / BYTES_PER_TOKEN;
        self.add(experiment, &spec.model, (1, prompt, JUDGE_REPLY_TOKENS * answers));
    }

    fn add(&mut self, experiment: &Experiment, model: &str, (calls, prompt, completion): (u64, u64, u64)) {
        let Some(model) = experiment.model(model) else { return };
        match &model.route {
            Route::Baseline { .. } => self.baseline_calls += calls,
            Route::Endpoint { endpoint, .. } => {
                let cap = model.decoding.max_tokens.map_or(u64::MAX, |most| u64::from(most) * calls);
                let load = self.endpoints.entry(endpoint.clone()).or_default();
                load.calls += calls;
                load.prompt_tokens += prompt;
                load.completion_tokens += completion.min(cap);
            }
        }
    }

    fn time(&mut self, experiment: &Experiment) {
        for (id, load) in &mut self.endpoints {
            let Some(endpoint) = experiment.endpoints.get(id) else { continue };
            let seconds = |amount: u64, per_minute: Option<u32>| {
                per_minute.map(|rate| (amount * 60).div_ceil(u64::from(rate.max(1))))
            };
            let by_requests = seconds(load.calls, endpoint.limits.requests_per_minute);
            let tokens = load.prompt_tokens + load.completion_tokens;
            let by_tokens = seconds(tokens, endpoint.limits.tokens_per_minute);
            load.least_seconds = by_requests.max(by_tokens);
        }
    }
}

/// Sizes of one recorded session.
#[derive(Debug)]
struct Sizes {
    replies: u64,
    bytes: u64,
    /// Bytes of history before each reply.
    histories: Vec<u64>,
    counselor_bytes: u64,
}

impl Sizes {
    fn of(session: &Session) -> Self {
        let mut sizes = Self { replies: 0, bytes: 0, histories: Vec::new(), counselor_bytes: 0 };
        for turn in &session.turns {
            if turn.is_counted_counselor() {
                sizes.replies += 1;
                sizes.histories.push(sizes.bytes);
                sizes.counselor_bytes += turn.text.len() as u64;
            }
            sizes.bytes += turn.text.len() as u64 + if turn.speaker == Speaker::Client { 12 } else { 15 };
        }
        sizes
    }

    /// Calls, prompt tokens and completion tokens of one reconstruction. The recorded counselor's length stands
    /// for the model's.
    fn turns_load(&self, system_bytes: u64) -> (u64, u64, u64) {
        let history: u64 = self.histories.iter().sum();
        let prompt = (history + system_bytes * self.replies) / BYTES_PER_TOKEN;
        (self.replies, prompt, self.counselor_bytes / BYTES_PER_TOKEN)
    }
}
