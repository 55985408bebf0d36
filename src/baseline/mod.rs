//! Scripted counselors and a judge that counts observable features: no network, no language model. Their output is
//! always labeled "baseline, not a language model". A judge model must beat the baseline judge to be worth its price.

mod aligner;
mod coherence;
mod counselor;
mod features;
mod flag_judge;
mod judge;
mod request;
mod settings;

use crate::chat::{Failure, FailureKind, OutputFormat, Reply, Request};

/// Part of every baseline call key. Increase it when a baseline's output changes, so that recorded replies of the older
/// version are not reused.
pub const BASELINE_VERSION: u32 = 1;

/// Name of the baseline that chooses client turns and grades whether they answer.
pub const ALIGNER: &str = "bm25";

/// Name of the baseline judge.
pub const JUDGE: &str = "judge";

/// Answers a request as the named baseline. Pure: the same request gives the same reply.
///
/// # Errors
/// `Unsupported` if there is no baseline of that name, or if it cannot answer the request, such as a rating request
/// without a transcript block.
pub fn answer(name: &str, request: &Request) -> Result<Reply, Failure> {
    let unsupported = |message: String| Err(Failure::new(FailureKind::Unsupported, message));
    match (&request.output, name) {
        (OutputFormat::Text, JUDGE) => unsupported("the baseline judge only answers rating requests".into()),
        (OutputFormat::Json { schema, .. }, ALIGNER)
            if schema.value().pointer("/properties/utterance").is_some() =>
        {
            aligner::answer(request, schema.value())
        }
        (OutputFormat::Json { schema, .. }, ALIGNER)
            if schema.value().pointer("/properties/answers").is_some() =>
        {
            coherence::answer(request)
        }
        (OutputFormat::Text, ALIGNER) => {
            unsupported("the baseline aligner only chooses and grades client turns".into())
        }
        (OutputFormat::Text, style) => counselor::answer(style, request),
        (OutputFormat::Json { schema, .. }, JUDGE)
            if schema.value().pointer("/properties/item").is_some() =>
        {
            judge::answer(request, schema.value())
        }
        (OutputFormat::Json { schema, .. }, JUDGE)
            if schema.value().pointer("/properties/ratings").is_some() =>
        {
            judge::answer_all(request, schema.value())
        }
        (OutputFormat::Json { schema, .. }, JUDGE)
            if schema.value().pointer("/properties/verdicts").is_some() =>
        {
            flag_judge::answer(request)
        }
        (OutputFormat::Json { name: asked, .. }, _) => {
            unsupported(format!("baseline `{name}` cannot answer a `{asked}` request"))
        }
    }
}
