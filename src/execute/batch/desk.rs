//! One batch at its endpoint: each question to the batch interface, answered.

use reqwest::{Method, Url};
use serde_json::Value;

use super::{super::transport::RequestBody, BatchError, EndpointQueue, Target};
use crate::chat::CallKey;
use crate::chat::Request;
use crate::provider::batch::BatchItem;
use crate::{
    chat::{Failure, FailureKind},
    execute::{spend::Hold, transport::Transport},
    provider::{
        Response,
        batch::{BatchWire, ItemOutcome, Parcel, RemoteBatch},
        failure,
    },
    store::StoredBatch,
};

/// Most bytes of a results file.
const MOST_RESULTS: usize = 256 * 1024 * 1024;
/// Most bytes of any other answer.
const MOST_ANSWER: usize = 16 * 1024 * 1024;
/// Most pages of a list that are read.
const MOST_PAGES: usize = 20;
/// Length of a time to the second, `2026-01-31T23:59:59`.
const TO_THE_SECOND: usize = 19;

/// A batch, and where it is asked after.
pub(super) struct Desk<'d> {
    pub(super) gate: &'d EndpointQueue,
    pub(super) wire: BatchWire,
    pub(super) transport: &'d Transport,
    pub(super) target: &'d Target,
    pub(super) stored: StoredBatch,
    /// What it may cost at most, held back; none for a batch of an earlier run.
    pub(super) hold: Option<Hold<'d>>,
}

/// Which batches of a list could be one's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BatchMatch {
    None,
    One(String),
    Several(usize),
}

impl Desk<'_> {
    /// Uploads where that comes first, and creates the batch.
    pub(super) async fn create(&self) -> Result<RemoteBatch, Failure> {
        let items = items(self);
        let upload = match self.wire.upload(&self.stored.id, &items) {
            // A file alone does nothing: that it may be there twice costs nothing.
            Some(parcel) => {
                let answer = self.json(parcel).await.map_err(before_the_batch)?;
                Some(self.wire.uploaded(&answer).map_err(before_the_batch)?)
            }
            None => None,
        };
        let base = &self.gate.base_url;
        let created = self.json(self.wire.create(base, &self.stored.id, upload.as_deref(), &items)).await?;
        self.wire.read(base, &created)
    }

    pub(super) async fn status(&self) -> Result<RemoteBatch, Failure> {
        let base = &self.gate.base_url;
        let id = self.stored.remote.as_deref().unwrap_or_default();
        self.wire.read(base, &self.json(self.wire.status(base, id)).await?)
    }

    /// Every item that has a result.
    pub(super) async fn results(&self, remote: &RemoteBatch) -> Result<Vec<(String, ItemOutcome)>, Failure> {
        let mut items = Vec::new();
        for path in &remote.results {
            let response = self.carry(self.wire.fetch(path), MOST_RESULTS).await?;
            items.extend(self.wire.results(&response.body)?);
        }
        Ok(items)
    }

    /// Looks through the server's list for a batch that could be this one: by its intent where the interface carries
    /// one, else by when it was created and how many items it holds, among those that the ledger does not know.
    pub(super) async fn find(&self, known: &[String]) -> Result<BatchMatch, BatchError> {
        let mut candidates = Vec::new();
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let parcel = self.wire.list(&self.gate.base_url, after.as_deref());
            let page = self.json(parcel).await.and_then(|body| self.wire.listed(&body));
            let page = page.map_err(|failure| BatchError::Call(self.gate.named(failure)))?;
            candidates.extend(
                page.batches.iter().filter(|batch| self.could_be(batch, known)).map(|b| b.id.clone()),
            );
            let is_past = page.batches.last().is_some_and(|batch| self.is_too_old(batch));
            after = page.next.filter(|_| !is_past);
            if after.is_none() {
                break;
            }
        }
        Ok(match candidates.len() {
            0 => BatchMatch::None,
            1 => BatchMatch::One(candidates.remove(0)),
            several => BatchMatch::Several(several),
        })
    }

    fn could_be(&self, batch: &RemoteBatch, known: &[String]) -> bool {
        match self.wire {
            BatchWire::OpenAi(_) => batch.intent.as_deref() == Some(self.stored.id.as_str()),
            BatchWire::Anthropic => {
                !known.contains(&batch.id)
                    && !self.stored.excluded.contains(&batch.id)
                    && !self.is_too_old(batch)
                    && batch.total == Some(self.stored.items)
            }
        }
    }

    /// Both times are RFC 3339 in UTC: to the second they compare as texts.
    fn is_too_old(&self, batch: &RemoteBatch) -> bool {
        let second = |time: &str| time.get(..TO_THE_SECOND).map(str::to_owned);
        let created = batch.created_at.as_deref().filter(|time| time.ends_with('Z')).and_then(second);
        created.zip(second(&self.stored.not_before)).is_some_and(|(created, bound)| created < bound)
    }

    pub(super) fn ambiguous(&self, count: usize) -> BatchError {
        BatchError::Ambiguous { endpoint: self.gate.id.to_string(), count }
    }

    pub(super) fn refused(&self, message: String) -> BatchError {
        BatchError::Refused { endpoint: self.gate.id.to_string(), message }
    }

    async fn json(&self, parcel: Parcel) -> Result<Value, Failure> {
        let response = self.carry(parcel, MOST_ANSWER).await?;
        serde_json::from_slice(&response.body).map_err(|_| {
            let message = "batch interface: the answer is not JSON";
            Failure { status: Some(response.status), ..Failure::new(FailureKind::Malformed, message) }
        })
    }

    /// Carries one parcel; a status that is no success is a failure.
    async fn carry(&self, parcel: Parcel, most: usize) -> Result<Response, Failure> {
        let url: Url = format!("{}{}", self.gate.base_url, parcel.path)
            .parse()
            .map_err(|_| Failure::new(FailureKind::Permanent, "batch interface: the address is no URL"))?;
        let method = if parcel.is_post { Method::POST } else { Method::GET };
        let load = RequestBody { method, content_type: parcel.content_type, body: parcel.body, most };
        let (response, _) = self.transport.carry(&url, load).await?;
        if (200..300).contains(&response.status) {
            Ok(response)
        } else {
            Err(failure::of_response(&response))
        }
    }
}

/// Nothing was created yet, so whatever went wrong can be tried again without looking for a batch.
fn before_the_batch(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Transient | FailureKind::Malformed => {
            Failure { kind: FailureKind::Overloaded, status: failure.status.or(Some(503)), ..failure }
        }
        _ => failure,
    }
}

/// The items of a batch as they are sent.
pub(super) fn items(batch: &Desk<'_>) -> Vec<BatchItem> {
    let Target { wire_model, capabilities, .. } = batch.target;
    let item = |(key, request): &(CallKey, Request)| BatchItem {
        key: key.as_str().to_owned(),
        body: serde_json::from_str(batch.gate.dialect.encode(request, wire_model, capabilities).get())
            .expect("a body is JSON"),
    };
    batch.stored.calls.iter().map(item).collect()
}
