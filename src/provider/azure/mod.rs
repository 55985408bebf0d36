//! Chat Completions as Azure `OpenAI` serves them: the deployment stands in the path (`provider::address`), text limits
//! of schemas are refused as by `OpenAI` itself, and a prompt that its filter stops comes back as an error, which the
//! Chat Completions decoder reads as the outcome it is.

use super::chat_completions::{self, Body};
use crate::chat::{Capabilities, Request, StructuredOutput};

/// The body that asks `request` of a deployment. `model` is kept: Azure ignores it, and gateways in front read it.
pub(super) fn encode<'r>(request: &'r Request, deployment: &'r str, capabilities: &Capabilities) -> Body<'r> {
    let structured_output = match capabilities.structured_output {
        StructuredOutput::JsonSchema => StructuredOutput::JsonSchemaSubset,
        other => other,
    };
    let capabilities = Capabilities { structured_output, ..capabilities.clone() };
    chat_completions::encode(request, deployment, &capabilities)
}
