//! How a call is written as a row and read back. Large texts are stored separately by digest, and a transcript
//! separately from the text around it, so that the calls of one session share it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    chat::{CallKey, Decoding, Failure, Message, Origin, OutputFormat, Reply, Request, message::Role},
    domain::{Digest, Session, SessionId, TokenSum, transcript},
};

/// One call as made by the executor. Holds transcript text: never log it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// Identity of what was sent.
    pub key: CallKey,
    /// The endpoint's id or identity.
    pub endpoint: String,
    /// The server's name for the model.
    pub model: String,
    /// Purpose, such as `turn`, `judge`, `flag`.
    pub purpose: String,
    /// The request.
    pub request: Request,
    /// The reply, or why there is none.
    pub outcome: Result<Reply, Failure>,
    /// The body as received, if one was received.
    pub raw: Option<String>,
    /// Number of attempts, including the last one.
    pub attempts: u32,
    /// When the first attempt began, RFC 3339.
    pub started_at: String,
    /// From the start of the first attempt to the end of the last.
    pub latency_ms: u64,
}

/// What the ledger knows about a key.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerEntry {
    /// The newest reply. A later failure never hides it.
    Reply(Box<Reply>),
    /// There is no reply; the newest failure.
    Failed(Failure),
    /// Never called.
    Unknown,
    /// The newest row differs from what was recorded, so nothing of it is used.
    Damaged {
        /// Its row number.
        call: i64,
    },
}

/// Origin of a question for the ledger: digests of the source's and the session's id.
pub fn origin_of(session: &Session) -> Origin {
    let source = Digest::of_value(&("source of sessions", &session.provenance.source_set));
    Origin { source: source.hex(), session: session_digest(&session.source).hex() }
}

/// Digest used in place of a session's id where the id must not be stored.
pub(super) fn session_digest(id: &SessionId) -> Digest {
    Digest::of_value(&("forgotten session", id))
}

/// Digest of the contents of a row: its key, its request, and its reply or failure, each as stored.
pub(super) fn row_digest(key: &str, request: &str, reply: Option<&str>, failure: Option<&str>) -> Digest {
    let mut bytes = Vec::new();
    for part in [key, request, reply.unwrap_or_default(), failure.unwrap_or_default()] {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(part.as_bytes());
    }
    Digest::of_bytes(&bytes)
}

/// Which calls to list: by ascending row number, a page at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPage {
    /// Only rows after this number; 0 starts at the beginning.
    pub after: i64,
    /// Maximum number of rows.
    pub limit: u32,
    /// Leave replies out.
    pub failures_only: bool,
}

/// One row without texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallSummary {
    /// Row number; increases with time.
    pub id: i64,
    /// Identity of what was sent.
    pub key: CallKey,
    /// The endpoint.
    pub endpoint: String,
    /// The server's name for the model.
    pub model: String,
    /// Purpose of the call.
    pub purpose: String,
    /// The failure; `None` if there is a reply.
    pub failure: Option<Failure>,
    /// Number of attempts.
    pub attempts: u32,
    /// Start of the first attempt, RFC 3339.
    pub started_at: String,
    /// Duration of all attempts.
    pub latency_ms: u64,
}

/// One row with its texts, for audit.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCall {
    /// Row number.
    pub id: i64,
    /// The call as recorded.
    pub record: CallRecord,
}

/// Counts over the whole ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LedgerSummary {
    /// Number of rows.
    pub calls: u64,
    /// Number of rows with a reply.
    pub replies: u64,
    /// Number of rows with a failure.
    pub failures: u64,
    /// Number of distinct keys.
    pub keys: u64,
    /// Number of texts, each stored once.
    pub texts: u64,
    /// Token sums of the replies.
    pub tokens: TokenSum,
}

/// Mean tokens of similar replies: from one endpoint and model, for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Typical {
    /// The endpoint.
    pub endpoint: String,
    /// The server's name for the model.
    pub model: String,
    /// Their purpose.
    pub purpose: String,
    /// Number of replies that reported their tokens.
    pub replies: u64,
    /// Mean number of generated tokens.
    pub completion_tokens: u64,
    /// Number of those replies that answer a question asked for a second time.
    pub second_asks: u64,
}

/// A call ready to be inserted; serialized in the caller's task, so that the writer only writes.
pub(super) struct CallRow {
    pub(super) key: CallKey,
    pub(super) endpoint: String,
    pub(super) model: String,
    pub(super) purpose: String,
    pub(super) request: String,
    pub(super) reply: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) raw: Option<Digest>,
    pub(super) attempts: u32,
    pub(super) started_at: String,
    pub(super) latency_ms: i64,
    /// Prompt, cached, completion, reasoning; `None` if not reported.
    pub(super) tokens: [Option<i64>; 4],
    pub(super) texts: Vec<(Digest, String)>,
    pub(super) digest: Digest,
}

/// A request whose texts are replaced by digests.
#[derive(Serialize, Deserialize)]
struct StoredRequest {
    model: String,
    messages: Vec<StoredMessage>,
    decoding: Decoding,
    output: StoredOutput,
    logprobs: Option<u8>,
    repeat: u64,
    /// True if the raw body contains [`CUT`] in place of the reply's text, which is in `calls.reply`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    raw_is_cut: bool,
}

/// Marker in a raw body in place of the reply's text.
const CUT: &str = "⟦reply.text⟧";
/// Shortest reply that is replaced; for shorter ones it is not worth it.
const SHORTEST_CUT: usize = 64;

/// A reply's text as usually written in a JSON body; `None` if it is short.
fn as_written(reply: &Reply) -> Option<String> {
    let quoted = json(&reply.text);
    (reply.text.len() >= SHORTEST_CUT).then(|| quoted[1..quoted.len() - 1].to_owned())
}

/// The raw body without the reply's text; `None` unless the text occurs in it exactly once.
fn cut(raw: &str, reply: &Reply) -> Option<String> {
    let written = as_written(reply)?;
    (raw.matches(&written).count() == 1 && !raw.contains(CUT)).then(|| raw.replacen(&written, CUT, 1))
}

/// The raw body as received.
pub(super) fn whole_raw(
    stored_request: &str,
    raw: String,
    outcome: &Result<Reply, Failure>,
) -> Option<String> {
    let request: StoredRequest = serde_json::from_str(stored_request).ok()?;
    match outcome {
        Ok(reply) if request.raw_is_cut => Some(raw.replacen(CUT, &as_written(reply)?, 1)),
        _ => Some(raw),
    }
}

#[derive(Serialize, Deserialize)]
struct StoredMessage {
    role: Role,
    content: StoredText,
}

/// A text by its digest, or by the digests of its parts in order.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredText {
    Whole(Digest),
    Parts(Vec<Digest>),
}

impl StoredText {
    fn digests(&self) -> &[Digest] {
        match self {
            Self::Whole(digest) => std::slice::from_ref(digest),
            Self::Parts(digests) => digests,
        }
    }

    fn restore(&self, texts: &HashMap<Digest, String>) -> Option<String> {
        self.digests().iter().map(|digest| texts.get(digest).map(String::as_str)).collect()
    }
}

/// The text before a transcript, the transcript with its delimiters, and the text after it. Any division is valid,
/// because the joined parts are the text. A text without a complete block is one part.
fn parts(text: &str) -> Vec<&str> {
    let block = text.find(transcript::BEGIN).and_then(|begin| {
        let end = text[begin..].find(transcript::END)? + begin + transcript::END.len();
        Some((begin, end))
    });
    match block {
        Some((begin, end)) => {
            let parts = [&text[..begin], &text[begin..end], &text[end..]];
            parts.into_iter().filter(|part| !part.is_empty()).collect()
        }
        None => vec![text],
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "format")]
enum StoredOutput {
    Text,
    Json { name: String, schema: Digest },
}

/// Collects texts under their digest.
#[derive(Default)]
struct CallTexts(Vec<(Digest, String)>);

impl CallTexts {
    fn put_parts(&mut self, text: String) -> StoredText {
        match &parts(&text)[..] {
            [_] | [] => StoredText::Whole(self.put(text)),
            parts => StoredText::Parts(parts.iter().map(|part| self.put((*part).to_owned())).collect()),
        }
    }

    fn put(&mut self, text: String) -> Digest {
        let digest = Digest::of_bytes(text.as_bytes());
        self.0.push((digest, text));
        digest
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the ledger's types have text keys and finite numbers or null")
}

/// A request as stored, and the texts that it refers to.
pub(super) fn stored(request: Request) -> (String, Vec<(Digest, String)>) {
    let mut texts = CallTexts::default();
    let stored = json(&StoredRequest::of(request, &mut texts));
    (stored, texts.0)
}

impl CallRow {
    /// Serializes a record.
    pub(super) fn of(record: CallRecord) -> Self {
        let mut texts = CallTexts::default();
        let mut request = StoredRequest::of(record.request, &mut texts);
        let without = record.raw.as_deref().zip(record.outcome.as_ref().ok());
        let without = without.and_then(|(raw, reply)| cut(raw, reply));
        request.raw_is_cut = without.is_some();
        let raw = without.or(record.raw).map(|raw| texts.put(raw));
        let request = json(&request);
        let usage = record.outcome.as_ref().map(|reply| reply.usage).unwrap_or_default();
        let count = |n: Option<u64>| n.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let (reply, failure) = match &record.outcome {
            Ok(reply) => (Some(json(reply)), None),
            Err(failure) => (None, Some(json(failure))),
        };
        let digest = row_digest(record.key.as_str(), &request, reply.as_deref(), failure.as_deref());
        Self {
            key: record.key,
            endpoint: record.endpoint,
            model: record.model,
            purpose: record.purpose,
            request,
            reply,
            failure,
            raw,
            attempts: record.attempts,
            started_at: record.started_at,
            latency_ms: i64::try_from(record.latency_ms).unwrap_or(i64::MAX),
            tokens: [
                count(usage.prompt_tokens),
                count(usage.cached_tokens),
                count(usage.completion_tokens),
                count(usage.reasoning_tokens),
            ],
            texts: texts.0,
            digest,
        }
    }
}

impl StoredRequest {
    fn of(request: Request, texts: &mut CallTexts) -> Self {
        let messages = request
            .messages
            .into_iter()
            .map(|message| StoredMessage { role: message.role, content: texts.put_parts(message.content) })
            .collect();
        let output = match request.output {
            OutputFormat::Text => StoredOutput::Text,
            OutputFormat::Json { name, schema } => {
                StoredOutput::Json { name, schema: texts.put(schema.text().to_owned()) }
            }
        };
        Self {
            model: request.model,
            messages,
            decoding: request.decoding,
            output,
            logprobs: request.logprobs,
            repeat: request.repeat,
            raw_is_cut: false,
        }
    }
}

/// The digests a stored request refers to; `None` if it cannot be decoded.
pub(super) fn referenced(stored: &str) -> Option<Vec<Digest>> {
    let request: StoredRequest = serde_json::from_str(stored).ok()?;
    let mut digests: Vec<Digest> =
        request.messages.iter().flat_map(|message| message.content.digests()).copied().collect();
    if let StoredOutput::Json { schema, .. } = request.output {
        digests.push(schema);
    }
    Some(digests)
}

/// A stored request without its texts.
pub(super) struct Outline {
    /// Role and digest of each message.
    pub(super) messages: Vec<(Role, Digest)>,
    /// Digests of all texts it refers to.
    pub(super) texts: Vec<Digest>,
    /// True if free text is requested, false for JSON.
    pub(super) asks_for_words: bool,
}

/// The outline of a stored request; `None` if it cannot be decoded.
pub(super) fn outline(stored: &str) -> Option<Outline> {
    let request: StoredRequest = serde_json::from_str(stored).ok()?;
    let of_message = |message: &StoredMessage| -> Vec<(Role, Digest)> {
        message.content.digests().iter().map(|digest| (message.role, *digest)).collect()
    };
    Some(Outline {
        messages: request.messages.iter().flat_map(of_message).collect(),
        texts: referenced(stored)?,
        asks_for_words: matches!(request.output, StoredOutput::Text),
    })
}

/// A stored request with its texts restored; `None` if it cannot be decoded or a text is missing.
pub(super) fn restore(stored: &str, texts: &HashMap<Digest, String>) -> Option<Request> {
    let request: StoredRequest = serde_json::from_str(stored).ok()?;
    let messages = request
        .messages
        .into_iter()
        .map(|m| m.content.restore(texts).map(|content| Message { role: m.role, content }))
        .collect::<Option<Vec<_>>>()?;
    let output = match request.output {
        StoredOutput::Text => OutputFormat::Text,
        StoredOutput::Json { name, schema } => {
            OutputFormat::Json { name, schema: serde_json::from_str(texts.get(&schema)?).ok()? }
        }
    };
    Some(Request {
        model: request.model,
        messages,
        decoding: request.decoding,
        output,
        logprobs: request.logprobs,
        repeat: request.repeat,
    })
}
