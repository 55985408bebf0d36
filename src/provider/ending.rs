//! Why a reply ended, in the words of every vendor: one table, because gateways pass on the words of the servers behind
//! them.

use serde_json::Value;

use super::{failure, reading::nonempty};
use crate::chat::{Failure, FailureKind, Finish, Reply};

/// Words for the token limit, of the reply or of the context.
const LIMIT: [&str; 10] = [
    "length",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "max_length",
    "model_length",
    "token_limit",
    "model_context_window_exceeded",
    "error_limit",
];
/// Words for a filter of the provider or of a gateway.
const FILTER: [&str; 21] = [
    "content_filter",
    "content_filtered",
    "content_policy",
    "content_policy_violation",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "model_armor",
    "jailbreak",
    "image_safety",
    "image_prohibited_content",
    "image_recitation",
    "guardrail",
    "guardrails",
    "guardrail_intervened",
    "sensitive",
    "moderation",
    "blocked",
    "error_toxic",
];
/// Words for a refusal by the model itself.
const REFUSAL: [&str; 2] = ["refusal", "refused"];
/// Words for a generation that broke.
const BROKEN: [&str; 13] = [
    "error",
    "failed",
    "failure",
    "timeout",
    "time_limit",
    "network_error",
    "server_error",
    "internal_error",
    "provider_error",
    "insufficient_system_resource",
    "abort",
    "cancelled",
    "canceled",
];
/// Words for a reply that is no answer, or not yet one. Others count as such too; these are told by their name.
const UNFINISHED: [&str; 27] = [
    "tool_calls",
    "tool_call",
    "tool_use",
    "function_call",
    "pause_turn",
    "compaction",
    "queued",
    "in_progress",
    "incomplete",
    "not_finished",
    "aborted",
    "user_cancel",
    "repetition",
    "load",
    "unload",
    "language",
    "other",
    "image_other",
    "no_image",
    "malformed_response",
    "malformed_function_call",
    "malformed_model_output",
    "malformed_tool_use",
    "unexpected_tool_call",
    "too_many_tool_calls",
    "missing_thought_signature",
    "finish_reason_unspecified",
];

/// What a word for the end of a reply means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndMeaning {
    Natural,
    Limit,
    Filter,
    Refusal,
    Broken,
    Unfinished,
    Unknown,
}

/// The end of a reply: why it ended, and whether the model refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) finish: Finish,
    pub(super) is_refusal: bool,
}

impl Ending {
    pub(super) const FILTERED: Self = Self { finish: Finish::ContentFilter, is_refusal: false };

    /// True where a reply may come without any words.
    pub(super) fn may_be_wordless(&self) -> bool {
        self.is_refusal || matches!(self.finish, Finish::Length | Finish::ContentFilter)
    }
}

/// The ending that this word tells of. A reply that did not end as one is a failure, never what somebody said.
pub(super) fn ending(word: &str, status: u16) -> Result<Ending, Failure> {
    let finish = match meaning(word) {
        EndMeaning::Natural => Finish::Stop,
        EndMeaning::Limit => Finish::Length,
        EndMeaning::Filter => Finish::ContentFilter,
        EndMeaning::Refusal => {
            return Ok(Ending { finish: Finish::Other("refusal".into()), is_refusal: true });
        }
        EndMeaning::Broken => return Err(ended_by(FailureKind::Transient, "broke off", word, status)),
        EndMeaning::Unfinished | EndMeaning::Unknown => {
            return Err(ended_by(FailureKind::Malformed, "did not end as a reply does", word, status));
        }
    };
    Ok(Ending { finish, is_refusal: false })
}

/// The ending of a field; where there is none, `absent` says what that means in the dialect.
pub(super) fn stated(field: Option<&Value>, status: u16, absent: Absent) -> Result<Ending, Failure> {
    match (nonempty(field), absent) {
        (Some(word), _) => ending(&word, status),
        (None, Absent::Unreported) => {
            Ok(Ending { finish: Finish::Other(Reply::UNREPORTED.into()), is_refusal: false })
        }
        (None, Absent::Unfinished) => {
            Err(failure::malformed(status, "the reply is not finished: it has no reason why it ended"))
        }
    }
}

/// What a reply without any reason for its end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// A whole one, of a server that does not say.
    Unreported,
    /// One that is still being made: the interface promises a reason.
    Unfinished,
}

/// A gateway's translation of the end, corrected by the word it had from upstream where that one says that the reply
/// is none.
pub(super) fn corrected(ending: Ending, native: Option<&Value>, status: u16) -> Result<Ending, Failure> {
    let Some(native) = nonempty(native).filter(|_| ending.finish == Finish::Stop) else { return Ok(ending) };
    match meaning(&native) {
        EndMeaning::Natural | EndMeaning::Unknown => Ok(ending),
        _ => self::ending(&native, status),
    }
}

fn meaning(word: &str) -> EndMeaning {
    let tables: [(&[&str], EndMeaning); 6] = [
        (&Reply::NATURAL_ENDS, EndMeaning::Natural),
        (&LIMIT, EndMeaning::Limit),
        (&FILTER, EndMeaning::Filter),
        (&REFUSAL, EndMeaning::Refusal),
        (&BROKEN, EndMeaning::Broken),
        (&UNFINISHED, EndMeaning::Unfinished),
    ];
    let word = plain(word);
    let holds = |(words, _): &&(&[&str], EndMeaning)| words.iter().any(|known| plain(known) == word);
    tables.iter().find(holds).map_or(EndMeaning::Unknown, |(_, meaning)| *meaning)
}

/// `MAX_TOKENS`, `max-tokens` and `maxTokens` are one word.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// A word is named where it is known: one that a server made up could be anybody's.
fn ended_by(kind: FailureKind, how: &str, word: &str, status: u16) -> Failure {
    let known = !matches!(meaning(word), EndMeaning::Unknown);
    let word = if known { format!("`{word}`") } else { "a word that is not known here".into() };
    let message = format!("HTTP {status}: the reply {how} (its reason: {word})");
    Failure { status: Some(status), ..Failure::new(kind, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_all_vendors_are_one_vocabulary() {
        let finish = |word: &str| ending(word, 200).map(|ending| ending.finish).map_err(|f| f.kind);
        for word in ["stop", "STOP", "end_turn", "eos_token", "COMPLETE", "stop-sequence", "endTurn"] {
            assert_eq!(finish(word), Ok(Finish::Stop), "{word}");
        }
        for word in ["length", "MAX_TOKENS", "maxTokens", "model_context_window_exceeded", "token_limit"] {
            assert_eq!(finish(word), Ok(Finish::Length), "{word}");
        }
        for word in ["content_filter", "SAFETY", "MODEL_ARMOR", "guardrail_intervened", "sensitive", "SPII"] {
            assert_eq!(finish(word), Ok(Finish::ContentFilter), "{word}");
        }
        assert!(ending("refusal", 200).expect("an ending").is_refusal);
        for word in ["error", "timeout", "network_error", "abort", "insufficient_system_resource"] {
            assert_eq!(finish(word), Err(FailureKind::Transient), "{word}");
        }
        for word in ["tool_calls", "tool_use", "pause_turn", "OTHER", "LANGUAGE", "MALFORMED_RESPONSE", "hm"]
        {
            assert_eq!(finish(word), Err(FailureKind::Malformed), "{word}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_not_repeated() {
        let told = |word: &str| ending(word, 200).expect_err("no ending").message;
        insta::assert_snapshot!(told("pause_turn"), @"HTTP 200: the reply did not end as a reply does (its reason: `pause_turn`)");
        insta::assert_snapshot!(told("my brother"), @"HTTP 200: the reply did not end as a reply does (its reason: a word that is not known here)");
    }

    #[test]
    fn the_word_from_upstream_corrects_a_gateway() {
        let stop = Ending { finish: Finish::Stop, is_refusal: false };
        let corrected = |native: &str| corrected(stop.clone(), Some(&native.into()), 200).map(|e| e.finish);
        assert_eq!(corrected("completed"), Ok(Finish::Stop));
        assert_eq!(corrected("some_word_of_its_own"), Ok(Finish::Stop));
        assert_eq!(corrected("SAFETY"), Ok(Finish::ContentFilter));
        assert!(corrected("MALFORMED_RESPONSE").is_err());
    }
}
