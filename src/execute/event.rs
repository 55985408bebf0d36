//! Events that the executor reports: progress, usage and reports are all made of these. Never holds text of a
//! request or a reply.

use std::{sync::Arc, time::Duration};

use super::prompt_counts::PromptSize;
use crate::{
    chat::{FailureKind, OutputFormat, Reply, Request, Usage},
    domain::Usd,
};

/// Which calls belong together in tables: the model's id in the experiment, and what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The experiment's id of the model.
    pub model: String,
    /// `turn` for free text, else the name of the schema.
    pub purpose: String,
}

impl Subject {
    /// What a request belongs to.
    pub fn of(request: &Request) -> Self {
        let purpose = match &request.output {
            OutputFormat::Text => "turn",
            OutputFormat::Json { name, .. } => name,
        };
        Self { model: request.model.clone(), purpose: purpose.to_owned() }
    }
}

/// What a reply shows beside its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFault {
    /// How it ended, as [`Reply::ending`].
    pub ending: String,
    /// The model that says it answered.
    pub answered_by: Option<String>,
    /// The prompt's length.
    pub prompt: PromptSize,
}

impl ToldFault {
    /// Of a reply to this request.
    pub fn of(request: &Request, reply: &Reply) -> Self {
        Self {
            ending: reply.ending().to_owned(),
            answered_by: reply.answered_by.clone(),
            prompt: PromptSize::of(request),
        }
    }
}

/// How a question was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerSource {
    /// By a call made for it.
    Call {
        /// Tries, the last one included.
        attempts: u32,
        /// From the first try to the end of the last, waits between them included.
        latency: Duration,
    },
    /// By the ledger, or by a call that another question had already under way.
    Ledger,
}

/// Limits of an endpoint that are in force: stated, learned from its server, or none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct InForce {
    /// Requests per minute.
    pub requests_per_minute: Option<f64>,
    /// Tokens per minute, prompt and generated.
    pub tokens_per_minute: Option<f64>,
    /// Most calls in flight now; fewer than stated while the server is too busy.
    pub concurrency: u32,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A call not known to the ledger enters its endpoint's queue.
    CallStarted {
        /// Whose.
        subject: Subject,
    },
    /// A question has its reply.
    CallFinished {
        /// Whose.
        subject: Subject,
        /// Who answered.
        source: AnswerSource,
        /// The reply's token counts.
        usage: Usage,
        /// What the reply costs, or cost when it was recorded; `None` if its price is not known.
        cost: Option<Usd>,
        /// What else the reply shows; none where another question will be answered by it.
        told: Option<ToldFault>,
    },
    /// A question has no reply.
    CallFailed {
        /// Whose.
        subject: Subject,
        /// Why.
        kind: FailureKind,
        /// Who answered; none when nothing was sent.
        source: Option<AnswerSource>,
    },
    /// A try failed and another follows.
    Retried {
        /// Whose.
        subject: Subject,
        /// Why.
        kind: FailureKind,
        /// Which try failed, from 1.
        attempt: u32,
        /// The wait before the next.
        wait: Duration,
    },
    /// A call waited for its turn at the endpoint.
    Queued {
        /// Whose.
        subject: Subject,
        /// How long.
        waited: Duration,
    },
    /// A batch was asked after.
    Batch {
        /// The endpoint's id.
        endpoint: String,
        /// Its items at their end.
        done: u64,
        /// Its items.
        total: u64,
    },
    /// One request leaves.
    Sent {
        /// The endpoint's id.
        endpoint: Arc<str>,
        /// The limits it left under.
        limits: InForce,
    },
    /// One request ended.
    Landed {
        /// The endpoint's id.
        endpoint: Arc<str>,
        /// Tokens the server will have counted.
        tokens: u64,
        /// The server turned it away because of its rate.
        rate_limited: bool,
    },
    /// A call in the ledger is not what was recorded: it is not used.
    Damaged {
        /// Its row number.
        call: i64,
    },
    /// Many of a judge's answers cannot be used; told once for each judge.
    Unusable {
        /// The judge.
        judge: String,
        /// Answers that cannot be used.
        unusable: u64,
        /// Answers so far.
        answers: u64,
        /// Why, with how many of each.
        reasons: String,
    },
    /// A server asked for a pause: nothing is sent to the endpoint until it is over.
    RateLimited {
        /// The endpoint's id.
        endpoint: String,
        /// How long.
        wait: Duration,
    },
}
