//! The parts of a batch that every interface has.

use serde_json::Value;

use crate::{
    chat::{Failure, FailureKind},
    provider::Response,
};

/// One HTTP request of a batch interface; its path follows the base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// True for POST, else GET.
    pub is_post: bool,
    /// Path and query.
    pub path: String,
    /// Content type of the body.
    pub content_type: &'static str,
    /// The body; empty for GET.
    pub body: Vec<u8>,
}
impl Parcel {
    pub(super) fn get(path: String) -> Self {
        Self { is_post: false, path, content_type: "application/json", body: Vec::new() }
    }

    pub(super) fn post(path: String, body: &Value) -> Self {
        Self { is_post: true, path, content_type: "application/json", body: body.to_string().into_bytes() }
    }
}
/// One item: a call key and the body of its request.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchItem {
    /// The call key, 64 hexadecimal digits: what both interfaces take as an id of one's own.
    pub key: String,
    /// The request's body.
    pub body: Value,
}
/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Not yet at its end.
    Working,
    /// At its end, be it expired or cancelled: what has a result can be fetched.
    Ended,
    /// Refused as a whole, with the server's code.
    Failed(String),
}
/// A batch as the server tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteBatch {
    /// The server's id.
    pub id: String,
    /// The intent that it was created for, where the interface lets one say so.
    pub intent: Option<String>,
    /// RFC 3339, where the interface says so.
    pub created_at: Option<String>,
    /// Items in it.
    pub total: Option<u64>,
    /// Items at their end.
    pub done: u64,
    /// How far it is.
    pub phase: Phase,
    /// Where results are fetched, once it ended.
    pub results: Vec<String>,
}
/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// Its batches, newest first.
    pub batches: Vec<RemoteBatch>,
    /// What asks for the next page; none at the end.
    pub next: Option<String>,
}
/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemOutcome {
    /// A response as the dialect's own codec reads it.
    Answered(Response),
    /// Nothing came of it: expired, cancelled.
    Nothing,
}
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
pub(super) fn unreadable(what: &str) -> Failure {
    Failure::new(FailureKind::Malformed, format!("batch interface: {what}"))
}
