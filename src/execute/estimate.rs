//! Estimates how many tokens a call needs before it is sent, and how many it used after it.

use super::limiter::{LoadSignal, TokenCharge};
use crate::{
    chat::{Failure, FailureKind, OutputFormat, Reply, Request, Usage},
    domain::{BilledTokens, Service},
};

/// Generated tokens counted on where the request sets no limit.
const USUAL_REPLY_TOKENS: u64 = 512;
/// Bytes of English text per token; a rule of thumb, corrected by the reported usage after each call.
const BYTES_PER_TOKEN: usize = 4;
/// Tokens that a chat template adds to each message.
const TOKENS_PER_MESSAGE: u64 = 4;

/// Tokens to count on before the call: the prompt's, by its length, and all that may be generated.
pub(super) fn expected(request: &Request) -> TokenCharge {
    let output = request.decoding.max_tokens.map_or(USUAL_REPLY_TOKENS, u64::from);
    TokenCharge { input: prompt(request), output }
}

/// Tokens that the server will have counted: as reported, else by length; none for what it turned away.
pub(super) fn used(request: &Request, outcome: &Result<Reply, Failure>) -> TokenCharge {
    match outcome {
        Ok(reply) => {
            let said = reply.text.len() + reply.reasoning.as_ref().map_or(0, String::len);
            TokenCharge {
                input: reply.usage.prompt_tokens.unwrap_or_else(|| prompt(request)),
                output: reply.usage.completion_tokens.unwrap_or_else(|| tokens_in(said)),
            }
        }
        Err(failure) if may_have_generated(failure) => expected(request),
        Err(_) => TokenCharge::default(),
    }
}

/// What a try is billed for: as reported, else by length.
pub(super) fn billed(request: &Request, outcome: &Result<Reply, Failure>) -> BilledTokens {
    let TokenCharge { input, output } = used(request, outcome);
    let usage = outcome.as_ref().map(|reply| reply.usage).unwrap_or_default();
    BilledTokens { prompt: input, generated: output, ..reported(&usage) }
}

/// What a server reported that it will bill; nothing for what it did not report.
pub(super) fn reported(usage: &Usage) -> BilledTokens {
    BilledTokens {
        prompt: usage.prompt_tokens.unwrap_or(0),
        cached: usage.cached_tokens.unwrap_or(0),
        written: usage.cache_write_tokens.unwrap_or(0),
        generated: usage.completion_tokens.unwrap_or(0),
    }
}

/// How a request that is sent alone is served.
pub(super) fn service(request: &Request) -> Service {
    if request.decoding.is_flex() { Service::Flex } else { Service::Standard }
}

/// True for a failure after which the server may have generated, and billed, a reply that did not arrive.
pub(super) fn may_have_generated(failure: &Failure) -> bool {
    let inside_a_success = failure.status.is_some_and(|status| (200..300).contains(&status));
    failure.kind == FailureKind::Malformed || inside_a_success || is_silence(failure)
}

/// What a call showed of its server's load.
pub(super) fn felt(outcome: &Result<Reply, Failure>) -> LoadSignal {
    match outcome {
        Ok(_) => LoadSignal::Well,
        Err(failure) => match failure.kind {
            FailureKind::RateLimited | FailureKind::Overloaded => LoadSignal::TooMuch,
            _ if is_silence(failure) => LoadSignal::TooMuch,
            _ => LoadSignal::Nothing,
        },
    }
}

/// No answer in time, or a gateway that got none.
fn is_silence(failure: &Failure) -> bool {
    failure.kind == FailureKind::Transient && matches!(failure.status, None | Some(408 | 504))
}

fn prompt(request: &Request) -> u64 {
    let schema = match &request.output {
        OutputFormat::Text => 0,
        OutputFormat::Json { schema, .. } => tokens_in(schema.text().len()),
    };
    request.messages.iter().map(|m| tokens_in(m.content.len()) + TOKENS_PER_MESSAGE).sum::<u64>() + schema
}

fn tokens_in(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX)
}
