//! The operational figures of a run: what was asked, what was paid for, what went wrong. Nothing here is a
//! result.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    chat::{FailureKind, Usage},
    domain::{TokenSum, Usd},
};

use super::{
    event::{AnswerSource, Event, Subject, ToldFault},
    prompt_counts::PromptCounts,
};

/// Figures of one model and purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UsageTally {
    /// Calls made in this run that ended with a reply.
    pub replies: u64,
    /// Questions answered by the ledger, or by a call already under way.
    pub from_ledger: u64,
    /// Questions without a reply, by kind; those the ledger remembered included.
    pub failures: BTreeMap<FailureKind, u64>,
    /// Tries that failed on the way there or back, by kind, those that were tried again included. What a model answers
    /// is never among them.
    pub transport_faults: BTreeMap<FailureKind, u64>,
    /// Replies by how they ended (`stop`, `length`, `content_filter`, `refusal`, `unreported` and so on); those from the
    /// ledger included.
    pub endings: BTreeMap<String, u64>,
    /// Replies by the model that said it answered; those from the ledger included.
    pub answered_by: BTreeMap<String, u64>,
    /// Cost of the replies paid for in this run, as far as prices are known.
    #[serde(skip)]
    pub paid: Usd,
    /// Earlier cost of the replies from the ledger.
    #[serde(skip)]
    pub paid_earlier: Usd,
    /// What was reported of the prompts; those from the ledger included.
    #[serde(skip)]
    pub prompts: PromptCounts,
    /// Requests sent, retries included.
    pub attempts: u64,
    /// Tokens of the replies paid for in this run.
    pub tokens: TokenSum,
    /// Tokens of the replies that the ledger gave.
    pub tokens_from_ledger: TokenSum,
    /// Time in the endpoint's queue.
    pub queued_ms: u64,
    /// Time between a failed try and the next.
    pub retry_wait_ms: u64,
    /// From first try to last, over the calls made.
    pub latency_ms: u64,
}

/// Figures of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UsageSummary {
    /// By model, then purpose.
    pub by_model: BTreeMap<String, BTreeMap<String, UsageTally>>,
    /// Pauses that servers asked for, by endpoint: how often, and milliseconds in total.
    pub pauses: BTreeMap<String, Pauses>,
}

/// Pauses of one endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pauses {
    /// How often.
    pub times: u64,
    /// In total.
    pub total_ms: u64,
}

impl UsageSummary {
    /// Counts an event in.
    pub fn absorb(&mut self, event: &Event) {
        match event {
            Event::CallStarted { .. }
            | Event::Sent { .. }
            | Event::Landed { .. }
            | Event::Batch { .. }
            | Event::Unusable { .. }
            | Event::Damaged { .. } => {}
            Event::CallFinished { subject, source, usage, cost, told } => {
                let tally = self.tally(subject);
                match source {
                    AnswerSource::Call { .. } => {
                        tally.replies += 1;
                        tally.paid += cost.unwrap_or_default();
                        add(&mut tally.tokens, usage);
                    }
                    AnswerSource::Ledger => {
                        tally.from_ledger += 1;
                        tally.paid_earlier += cost.unwrap_or_default();
                        add(&mut tally.tokens_from_ledger, usage);
                    }
                }
                tally.time(*source);
                if let Some(told) = told {
                    tally.tell(told, usage);
                }
            }
            Event::CallFailed { subject, kind, source } => {
                let tally = self.tally(subject);
                *tally.failures.entry(*kind).or_default() += 1;
                if let Some(source) = source {
                    tally.time(*source);
                }
                if matches!(source, Some(AnswerSource::Call { .. })) {
                    tally.fault(*kind);
                }
            }
            Event::Retried { subject, kind, wait, .. } => {
                let tally = self.tally(subject);
                tally.retry_wait_ms += milliseconds(*wait);
                tally.fault(*kind);
            }
            Event::Queued { subject, waited } => self.tally(subject).queued_ms += milliseconds(*waited),
            Event::RateLimited { endpoint, wait } => {
                let pauses = self.pauses.entry(endpoint.clone()).or_default();
                pauses.times += 1;
                pauses.total_ms += milliseconds(*wait);
            }
        }
    }

    /// Everything together.
    pub fn total(&self) -> UsageTally {
        let mut total = UsageTally::default();
        for tally in self.by_model.values().flat_map(BTreeMap::values) {
            total.merge(tally);
        }
        total
    }

    fn tally(&mut self, subject: &Subject) -> &mut UsageTally {
        self.by_model.entry(subject.model.clone()).or_default().entry(subject.purpose.clone()).or_default()
    }
}

impl UsageTally {
    /// Questions without a reply.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    fn tell(&mut self, told: &ToldFault, usage: &Usage) {
        *self.endings.entry(told.ending.clone()).or_default() += 1;
        if let Some(name) = &told.answered_by {
            *self.answered_by.entry(name.clone()).or_default() += 1;
        }
        if let Some(counted) = usage.prompt_tokens {
            self.prompts.add(counted, told.prompt);
        }
    }

    fn fault(&mut self, kind: FailureKind) {
        if kind.is_transport_fault() {
            *self.transport_faults.entry(kind).or_default() += 1;
        }
    }

    fn time(&mut self, source: AnswerSource) {
        if let AnswerSource::Call { attempts, latency } = source {
            self.attempts += u64::from(attempts);
            self.latency_ms += milliseconds(latency);
        }
    }

    /// Counts another one in.
    pub fn merge(&mut self, other: &Self) {
        self.replies += other.replies;
        self.from_ledger += other.from_ledger;
        for (kind, count) in &other.failures {
            *self.failures.entry(*kind).or_default() += count;
        }
        for (kind, count) in &other.transport_faults {
            *self.transport_faults.entry(*kind).or_default() += count;
        }
        for (word, count) in &other.endings {
            *self.endings.entry(word.clone()).or_default() += count;
        }
        for (name, count) in &other.answered_by {
            *self.answered_by.entry(name.clone()).or_default() += count;
        }
        self.prompts.merge(&other.prompts);
        self.paid += other.paid;
        self.paid_earlier += other.paid_earlier;
        self.attempts += other.attempts;
        self.tokens += other.tokens;
        self.tokens_from_ledger += other.tokens_from_ledger;
        self.queued_ms += other.queued_ms;
        self.retry_wait_ms += other.retry_wait_ms;
        self.latency_ms += other.latency_ms;
    }
}

fn add(sum: &mut TokenSum, usage: &Usage) {
    let whole = usage.prompt_tokens.is_some() && usage.completion_tokens.is_some();
    *sum += TokenSum {
        reported: u64::from(whole),
        unreported: u64::from(!whole),
        prompt: usage.prompt_tokens.unwrap_or(0),
        cached: usage.cached_tokens.unwrap_or(0),
        cache_written: usage.cache_write_tokens.unwrap_or(0),
        completion: usage.completion_tokens.unwrap_or(0),
        reasoning: usage.reasoning_tokens.unwrap_or(0),
    };
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(model: &str) -> Subject {
        Subject { model: model.into(), purpose: "turn".into() }
    }

    #[test]
    fn what_was_paid_is_told_apart_from_what_was_known() {
        let usage = Usage { prompt_tokens: Some(10), completion_tokens: Some(2), ..Usage::default() };
        let call = AnswerSource::Call { attempts: 3, latency: Duration::from_millis(40) };
        let mut summary = UsageSummary::default();
        for event in [
            Event::CallFinished { subject: subject("a"), source: call, usage, cost: None, told: None },
            Event::CallFinished {
                subject: subject("a"),
                source: AnswerSource::Ledger,
                usage,
                cost: None,
                told: None,
            },
            Event::CallFinished {
                subject: subject("b"),
                source: call,
                usage: Usage::default(),
                cost: None,
                told: None,
            },
            Event::CallFailed { subject: subject("b"), kind: FailureKind::Offline, source: None },
            Event::Retried {
                subject: subject("a"),
                kind: FailureKind::Transient,
                attempt: 1,
                wait: Duration::from_millis(500),
            },
            Event::RateLimited { endpoint: "local".into(), wait: Duration::from_secs(2) },
        ] {
            summary.absorb(&event);
        }
        let total = summary.total();
        assert_eq!((total.replies, total.from_ledger, total.failed(), total.attempts), (2, 1, 1, 6));
        assert_eq!((total.tokens.prompt, total.tokens.unreported), (10, 1));
        assert_eq!(total.tokens_from_ledger.completion, 2);
        assert_eq!((total.retry_wait_ms, total.latency_ms), (500, 80));
        assert_eq!(total.transport_faults, BTreeMap::from([(FailureKind::Transient, 1)]));
        assert_eq!(summary.pauses["local"], Pauses { times: 1, total_ms: 2_000 });
    }
}
